"""Rule 9.3: what a run says of itself afterwards, where a setting would have made it better, and only there."""

import html
import json
import os

from run_testing import RunTest, main

TINY = "def run(mini_batch):\n    return mini_batch\n"
# The last mini-batch is at work for three seconds more when the others are over.
TAIL = """
import os, time
def run(mini_batch):
    name = os.path.basename(mini_batch[-1])
    if name == "item00023":
        while len(os.listdir({folder!r})) < 11:
            time.sleep(0.01)
        time.sleep(3)
    else:
        open(os.path.join({folder!r}, name), "w").close()
    return [name]
"""
# The last mini-batch fails at once, or hangs for both its tries; given again, it takes three seconds.
LATE = """
import os, time
def run(mini_batch):
    name = os.path.basename(mini_batch[-1])
    if name == "item00023":
        if os.path.exists({folder!r} + "/again"):
            time.sleep(3)
        elif {hangs}:
            open({folder!r} + "/hung", "a").write("once\\n")
            time.sleep(60)
        else:
            raise ValueError("not yet")
    return list(mini_batch)
"""
# The first try of one file hangs; another takes most of the time that there is.
SLOW = """
import os, time
def run(mini_batch):
    mark = os.path.join({folder!r}, "hung")
    if mini_batch[0].endswith("item00001") and not os.path.exists(mark):
        open(mark, "w").close()
        time.sleep(60)
    time.sleep(1.6 if mini_batch[0].endswith("item00000") else 0)
    return list(mini_batch)
"""


class Advice(RunTest):
    """After the run, in its report files and in `status`."""

    def advice_after(self, ranks):
        ran = self.mpirun(ranks)
        self.expect_status(ran, 0)
        begin = "prs_mpi: advice: "
        advice = [line[len(begin):] for line in ran.stderr.splitlines() if line.startswith(begin)]
        self.assertEqual(json.loads(self.prs_mpi("status", "out", "--json").stdout)["advice"], advice)
        result = self.read(self.out("logs", "job_result.txt"))
        page = html.unescape(self.read(self.out("report.html")))
        for sentence in advice:
            self.assertIn("  %s\n" % sentence, result)
            self.assertIn(sentence, page)
        return advice

    def advice_with_a_tail(self, **keys):
        self.make_files(24)
        os.mkdir(self.path("over"))
        self.write_script(TAIL.format(folder=self.path("over")))
        self.write_config(workers=12, **keys)
        return self.advice_after(13)

    def test_workers_that_wait_for_the_last_mini_batch(self):
        (sentence,) = self.advice_with_a_tail(mini_batch_size=2)
        self.assertRegex(sentence, r"^workers had nothing left to do for \d+ % of their time.*a smaller mini_batch_size")

    def late(self, hangs, **keys):
        self.make_files(24)
        self.write_script(LATE.format(folder=self.folder, hangs=hangs))
        self.write_config(workers=12, mini_batch_size=2, error_threshold=2, **keys)

    def test_a_tail_of_retries_is_not_the_mini_batch_sizes(self):
        self.late(True, run_invocation_timeout=2, run_max_try=2)
        self.assertEqual(self.advice_after(13), [])
        self.assertEqual(self.read(self.path("hung")), "once\nonce\n")

    def test_what_an_earlier_start_left_is_no_tail(self):
        self.late(False, run_max_try=1)
        self.assertEqual(self.advice_after(13), [])
        open(self.path("again"), "w").close()
        ran = self.mpirun(13, "config.yaml", "--retry-failed")
        self.expect_status(ran, 0)
        self.assertNotIn("advice", ran.stderr)
        self.assertIn("11, done by an earlier start", self.read(self.out("logs", "job_result.txt")))

    def test_a_process_for_each_mini_batch(self):
        self.make_files(150)
        self.write_script(TINY)
        self.write_config(workers=12, mini_batch_size=1, max_batches_per_process=1)
        (sentence,) = self.advice_after(13)
        self.assertRegex(sentence, r"^workers waited for \d+ % .* new script processes, one after each mini-batch: a larger max_")

    def test_mini_batches_of_one_item_are_as_small_as_can_be(self):
        self.assertEqual(self.advice_with_a_tail(mini_batch_size=1), [])

    def test_tiny_mini_batches(self):
        with open(self.path("data", "numbers.csv"), "w") as stream:
            stream.write("number\n" + "".join("%06d\n" % number for number in range(8000)))
        self.write_script(TINY)
        self.write_config(top={"inputs": [{"name": "numbers", "path": "data", "format": "csv"}]}, workers=8, mini_batch_size="7")
        (sentence,) = self.advice_after(9)
        self.assertRegex(sentence, r"^run\(\) took [\d.]+ ms a mini-batch, and \d+ % of .*a larger mini_batch_size")

    def test_tries_that_may_have_been_on_their_way(self):
        self.make_files(4)
        self.write_script(SLOW.format(folder=self.folder))
        self.write_config(run_invocation_timeout=2)
        (sentence,) = self.advice_after(3)
        self.assertRegex(sentence, r"^1 try was ended by run_invocation_timeout \(2.0 s\).*a longer run_invocation_timeout")

    def test_a_run_to_which_nothing_happened_gets_none(self):
        self.make_files(200)
        self.write_script(TINY)
        self.write_config()
        self.assertEqual(self.advice_after(3), [])


if __name__ == "__main__":
    main()
