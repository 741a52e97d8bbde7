"""Rules 7.1, 7.2: everything killed at half, ledger or rows cut; the same command finishes, runs only what was lost, gives the same bytes."""

import json
import os
import re
import shutil
import signal

from run_testing import WAITING, RunTest, main

HEADER_BYTES = 52  # of the first segment: preamble and header record (src/ledger/FORMAT.md)
# The last mini-batches can be held.
SCRIPT = WAITING + """
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    with open(os.path.join({folder!r}, "ran", name), "a") as stream:
        stream.write("x")
    time.sleep(0.02)
    if name in {last_names!r}:
        wait_while_held("run")
    return ["%s %s" % (name, "y" * (int(name[4:]) % 50))]
"""


class Resume(RunTest):
    count = 120

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))
        self.make_files(self.count)
        self.write_script(SCRIPT.format(folder=self.folder, last_names=["item%05d" % i for i in range(self.count - 8, self.count)]))
        self.write_config()

    def ran(self):
        """{name: run() calls}"""
        return {name: os.path.getsize(self.path("ran", name)) for name in os.listdir(self.path("ran"))}

    def kill_everything_at_half(self):
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: len(self.ran()) > self.count // 2, "half of the mini-batches begun")
        self.kill_job(job, 0, 1, 2)
        self.let_go()

    def finish_the_rest(self, least_repeated, most_repeated):
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d %s" % (i, "y" * (i % 50)) for i in range(self.count)])
        repeated = [name for name, calls in self.ran().items() if calls > 1]
        self.assertGreaterEqual(len(repeated), least_repeated)
        self.assertLessEqual(len(repeated), most_repeated, "done mini-batches were run again")
        return ran

    def largest(self, kind):
        folder = self.out(".prs", kind)
        return max((os.path.join(folder, name) for name in os.listdir(folder)), key=os.path.getsize)

    # Each of the two workers holds a few mini-batches, run and not reported yet, when it is killed.
    most_in_flight = 12

    def test_mpirun_and_all_ranks_killed_at_half(self):
        self.kill_everything_at_half()
        ran = self.finish_the_rest(0, self.most_in_flight)
        reused = re.search(r"(\d+) reused", ran.stderr + self.read(self.out("logs", "job_result.txt")))
        self.assertTrue(reused, "does not say how much was reused")
        self.assertGreaterEqual(int(reused.group(1)), self.count // 2 - self.most_in_flight)

    def test_a_ledger_that_is_cut_costs_its_last_records(self):
        """An outcome takes 64 bytes: 40 bytes less are one record, 200 bytes less are four."""
        for cut, lost in ((40, 1), (200, 4)):
            with self.subTest(cut=cut):
                self.kill_everything_at_half()
                path = self.largest("ledger")
                whole = HEADER_BYTES + (os.path.getsize(path) - HEADER_BYTES) // 64 * 64  # a kill may have cut a record
                os.truncate(path, whole - cut)
                self.finish_the_rest(lost, lost + self.most_in_flight)
                self.start_anew()

    def test_a_part_that_is_cut_or_overwritten_costs_its_mini_batches(self):
        for how in ("cut", "overwrite"):
            with self.subTest(how=how):
                self.kill_everything_at_half()
                path = self.largest("parts")
                if how == "cut":
                    os.truncate(path, os.path.getsize(path) - 100)
                else:
                    with open(path, "r+b") as stream:
                        stream.seek(300)
                        stream.write(b"#" * 150)
                self.finish_the_rest(1, 150 // 10 + self.most_in_flight)
                self.assertIn("damaged", self.read(self.out("logs", "job_result.txt")))
                self.start_anew()

    def test_a_ledger_of_which_nothing_is_left_costs_everything_and_no_more(self):
        self.kill_everything_at_half()
        os.truncate(self.largest("ledger"), 7)
        self.finish_the_rest(self.count // 2 - self.most_in_flight, self.count)
        self.assertIn("preamble", self.read(self.out("logs", "sys", "master_role.txt")))

    def start_anew(self):
        for name in self.ran():
            os.unlink(self.path("ran", name))
        shutil.rmtree(self.out())


class Overwrite(RunTest):
    def test_one_that_was_cut_short_is_done_by_the_next(self):
        """What is left of the earlier run must not be taken for the new one's, nor for a stranger's files."""
        self.make_files(6)
        self.write_noting_script("pass")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        for part in ("/ledger", "/parts", "/tries", "/logs"):
            with self.subTest(part=part):
                ran = self.mpirun(3, "config.yaml", "--overwrite", extra=self.faulty_disk("unlink %s fail 5" % part))
                self.expect_status(ran, 3)
                self.assertTrue(self.disk_hits(), "nothing was refused")
                self.assertTrue(os.path.exists(self.out(".prs", "run.json")), "nothing tells any more that this is a run's folder")
                self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
                self.assertEqual(self.rows(), ["item%05d" % i for i in range(6)])
                self.assertNotIn("reused", self.read(self.out("logs", "job_result.txt")))


class SamePlan(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(3)
        self.write_script("import sys\ndef run(mini_batch):\n    return [repr(sys.argv[1:])] * len(mini_batch)\n")

    def run_with(self, arguments):
        self.write_config(top={"arguments": arguments})
        return self.mpirun(3)

    def test_arguments_are_compared_word_for_word(self):
        self.expect_status(self.run_with(["a b"]), 0)
        for other in (["a", "b"], ["a b", ""], ["a  b"]):
            ran = self.run_with(other)
            self.expect_status(ran, 2)
            self.assertIn("arguments: was [", ran.stderr)
        self.assertIn('is ["a","b"]', self.run_with(["a", "b"]).stderr)
        self.expect_status(self.run_with(["a b"]), 0)
        self.assertEqual(self.rows(), ["['a b']"] * 3)

    def test_a_folder_of_a_program_that_did_not_keep_the_words_goes_on(self):
        self.expect_status(self.run_with(["a b"]), 0)
        with open(self.out(".prs", "run.json")) as stream:
            identity = json.load(stream)
        del identity["words"], identity["launch"]
        with open(self.out(".prs", "run.json"), "w") as stream:
            json.dump(identity, stream)
        ran = self.run_with(["a b"])
        self.expect_status(ran, 0)
        self.assertIn("completed by an earlier start", ran.stderr)
        self.expect_status(self.run_with(["c"]), 2)


class RetryFailed(RunTest):
    def picked(self, mini_batch):
        return [int(row["Picked Count"]) for row in self.tries() if int(row["Mini-batch Id"]) == mini_batch]

    def test_what_has_tries_left_keeps_its_own(self):
        """--retry-failed is for what was given up; what failed once goes on with its second try, in this start and in those after it."""
        self.make_files(5)
        self.write_script(
            WAITING.format(folder=self.folder) +
            "def run(mini_batch, context):\n"
            "    number = int(mini_batch[0][-5:])\n"
            "    if number == 3:\n"
            "        open(%r, 'w').close()\n"
            "        wait_while_held('run')\n"
            "    if number < 3 and not (number == 2 and context.retry_count):\n"
            "        raise ValueError('no')\n"
            "    return ['%%d, try %%d' %% (number, context.retry_count + 1)]\n" % self.path("third")
        )
        self.write_config(workers=1, run_max_try=1)
        self.hold()
        job = self.start(self.mpirun_words(2, "config.yaml"))
        self.wait_until(lambda: os.path.exists(self.path("third")), "the first three have failed")
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "SIGUSR1" in self.read(self.out("logs", "sys", "master_role.txt")), "the signal in the log")
        self.let_go()
        self.expect_status(self.finish(job), 75)
        # Of three tries, which each has now, one is used.
        self.expect_status(self.mpirun(2, "config.yaml", "--retry-failed", "--set", "run_max_try=3"), 0)
        self.assertEqual(self.rows(), ["2, try 2", "3, try 1", "4, try 1"])
        self.assertEqual(self.picked(0), [1, 2, 3])
        # The run is finished: what has failed was given up, whatever run_max_try is by now.
        for most, picked in ((2, [1, 1, 2, 2, 3]), (4, [1, 1, 1, 2, 2, 2, 3, 3, 4])):
            self.expect_status(self.mpirun(2, "config.yaml", "--retry-failed", "--set", "run_max_try=%d" % most), 0)
            self.assertEqual(self.picked(0), picked)
            self.assertEqual(self.picked(2), [1, 2])


if __name__ == "__main__":
    main()
