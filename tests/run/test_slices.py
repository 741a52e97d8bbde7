"""Rule 7.7: a run in slices, each a job of its own, and their join. What comes of it is what one run would have made, byte for byte."""

import csv
import glob
import os
import shutil

from run_testing import NOTING, RunTest, main

# The number is that of the whole plan, wherever the script looks.
NUMBERED = """
import os
def run(mini_batch, context):
    assert mini_batch.task_id == str(context.minibatch_index)
    return ["%s %s" % (mini_batch.task_id, os.path.basename(path)) for path in mini_batch]
"""
# Fails, at its first try or always, what the environment names; a try later, what its name ends in.
FAILING = """
import os
FAILING = os.environ.get("FAILING", "").split()
def run(mini_batch, context):
    name = os.path.basename(mini_batch[0])
    if name in FAILING:
        raise ValueError("no " + name)
    return [name]
"""
FRAMES = """
import os
import pandas
def run(mini_batch, context):
    name = os.path.basename(mini_batch[0])
    columns = os.environ.get("COLUMNS_OF_ROWS", "name,number").split(",")
    return pandas.DataFrame({columns[0]: [name], columns[1]: [context.minibatch_index * 1.5]})
"""
ROW_BYTES = 1_000_000
LONG = """
import os
def run(mini_batch):
    return [os.path.basename(path) + "x" * %d for path in mini_batch]
""" % ROW_BYTES


class SlicesTest(RunTest):
    name = "parallel_run_step.txt"

    def slice(self, number, count, *words, **environment):
        return self.prs_mpi("run", "config.yaml", "--slice", "%d/%d" % (number, count), *words, extra=environment)

    def run_slices(self, count, *words, **environment):
        for number in range(1, count + 1):
            self.expect_status(self.slice(number, count, *words, **environment), 0)

    def join(self, count, *words, **environment):
        return self.prs_mpi("join", "config.yaml", "--slices", str(count), *words, extra=environment)

    def folder_of(self, number, count):
        return self.out(".prs", "slices", "%d-of-%d" % (number, count))

    def run_whole(self, *words, **environment):
        """What one run makes, in the folder "whole"."""
        self.expect_status(self.prs_mpi("run", "config.yaml", "--output", "whole", *words, extra=environment), 0)

    def expect_as_one_run(self):
        self.assertEqual(self.read(self.out(self.name)), self.read(self.path("whole", self.name)))
        failed = [os.path.join(folder, "failed_items.csv") for folder in (self.out(), self.path("whole"))]
        self.assertEqual(os.path.exists(failed[0]), os.path.exists(failed[1]))
        if os.path.exists(failed[0]):
            self.assertEqual(self.read(failed[0]), self.read(failed[1]))

    def expect_refused(self, ran, *texts):
        self.expect_status(ran, 2)
        for text in texts:
            self.assertIn(text, ran.stderr)


class Joined(SlicesTest):
    def expect_joined(self, files, count):
        self.make_files(files)
        self.write_script(NUMBERED)
        self.write_config()
        self.run_whole()
        self.run_slices(count)
        ran = self.join(count)
        self.expect_status(ran, 0)
        self.expect_as_one_run()
        self.assertEqual(self.rows(), ["%d item%05d" % (i, i) for i in range(files)])
        self.assertIn("completed: %d mini-batches, %d rows in" % (files, files), ran.stderr.splitlines()[-1])
        self.assertEqual([int(row["Mini-batch Id"]) for row in self.tries()], list(range(files)))
        self.assertIn("join of %d slices" % count, self.read(self.out("logs", "job_result.txt")))

    def test_two_slices(self):
        self.expect_joined(7, 2)

    def test_three_slices(self):
        self.expect_joined(10, 3)

    def test_more_slices_than_mini_batches(self):
        self.expect_joined(2, 4)
        self.assertIn("completed: slice 4 of 4: 0 mini-batches", self.slice(4, 4, "--overwrite").stderr)

    def test_a_header_stands_once(self):
        self.name = "rows.csv"
        self.make_files(5)
        self.write_script(FRAMES)
        self.write_config(append_row_file_name=self.name)
        self.run_whole()
        self.run_slices(2)
        self.expect_status(self.join(2), 0)
        self.expect_as_one_run()
        self.assertEqual(self.rows(self.name)[0], "name,number")
        self.assertEqual(len(self.rows(self.name)), 6)

    def test_what_a_script_puts_into_the_run_folder_lies_in_that_of_the_whole_run(self):
        self.make_files(2)
        self.write_script("import os\nfrom azureml_user.parallel_run import EntryScript\n"
                          "def run(mini_batch):\n    for folder in (EntryScript().output_dir, os.environ['AZUREML_BI_OUTPUT_PATH']):\n"
                          "        with open(os.path.join(str(folder), 'of-' + mini_batch.task_id), 'a') as stream:\n"
                          "            stream.write('x')\n    return mini_batch\n")
        self.write_config()
        self.run_slices(2)
        self.assertEqual([self.read(self.out("of-%d" % i)) for i in range(2)], ["xx", "xx"])

    def test_rows_that_are_only_counted(self):
        self.make_files(4)
        self.write_script(NUMBERED)
        self.write_config(output_action="summary_only")
        self.run_slices(2)
        ran = self.join(2)
        self.expect_status(ran, 0)
        self.assertIn("4 mini-batches, 4 rows counted", ran.stderr)


class Failed(SlicesTest):
    """What failed, and the limits (rule 6.4)."""

    def setUp(self):
        super().setUp()
        self.make_files(10)
        self.write_script(FAILING)

    def test_what_failed_is_listed_as_by_one_run(self):
        failing = {"FAILING": "item00001 item00008 item00009"}
        self.write_config(run_max_try=2)
        self.run_whole(**failing)
        self.run_slices(3, **failing)
        self.expect_status(self.join(3), 0)
        self.expect_as_one_run()
        with open(self.out("failed_items.csv"), newline="") as stream:
            self.assertEqual([row["Mini-batch Id"] for row in csv.DictReader(stream)], ["1", "8", "9"])
        self.assertIn("ValueError", self.read(self.out("logs", "job_error.txt")))
        self.assertEqual(len(self.tries()), 13)

    def test_a_limit_that_only_all_slices_pass_together_fails_the_join(self):
        failing = {"FAILING": "item00001 item00008"}
        for keys, text in (({"error_threshold": 1}, "2 failed items exceed error_threshold 1"),
                           ({"allowed_failed_count": 1}, "2 failed mini-batches exceed allowed_failed_count 1"),
                           ({"allowed_failed_percent": 15}, "2 failed mini-batches (20 % of 10) exceed allowed_failed_percent 15")):  # fmt: skip
            self.write_config(run_max_try=1, **keys)
            one = self.prs_mpi("run", "config.yaml", "--output", "whole", "--overwrite", extra=failing)
            self.expect_status(one, 1)
            self.run_slices(2, "--overwrite", **failing)
            ran = self.join(2)
            self.expect_status(ran, 1)
            for said in (one, ran):
                self.assertIn("prs_mpi: failed: " + text, said.stderr)
            self.assertFalse(os.path.exists(self.out(self.name)))
        self.expect_status(self.join(2, "--set", "allowed_failed_percent=20"), 0)
        self.assertEqual(len(self.rows()), 8)

    def test_a_slice_that_passes_a_limit_alone_fails(self):
        self.write_config(run_max_try=1, error_threshold=1)
        self.expect_status(self.slice(1, 2, FAILING="item00001 item00002"), 1)
        self.expect_status(self.slice(2, 2), 0)
        self.expect_refused(self.join(2), "1 of 2 slices", "slice 1: not completed; see " + self.folder_of(1, 2))
        self.expect_status(self.slice(1, 2, "--retry-failed"), 0)
        self.expect_status(self.join(2), 0)
        self.assertEqual(len(self.rows()), 10)

    def test_a_slice_may_have_no_success_but_not_all_of_them(self):
        self.write_config(run_max_try=1)
        every = " ".join("item%05d" % i for i in range(10))
        self.run_slices(2, FAILING=every)
        ran = self.join(2)
        self.expect_status(ran, 1)
        self.assertIn("not one item succeeded", ran.stderr)

    def test_slices_that_are_tried_again_are_joined_anew(self):
        self.write_config(run_max_try=1)
        self.run_slices(2, FAILING="item00001")
        self.expect_status(self.join(2), 0)
        self.assertEqual(len(self.rows()), 9)
        self.expect_status(self.slice(1, 2, "--retry-failed"), 0)
        self.expect_status(self.join(2), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(10)])
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))


class Refused(SlicesTest):
    def setUp(self):
        super().setUp()
        self.make_files(6)
        self.write_script(NUMBERED)
        self.write_config()

    def test_slices_that_are_missing_are_named_with_the_command_for_them(self):
        self.expect_refused(self.join(3), "3 of 3 slices", "slice 2: not started")
        self.assertFalse(os.path.exists(self.out()), "nothing was made")
        self.expect_status(self.slice(2, 3), 0)
        self.expect_refused(self.join(3), "2 of 3 slices", "slice 1: not started", "slice 3: not started",
                            "prs_mpi run %s --slice 1/3" % self.path("config.yaml"), "sbatch --array=1,3 ")
        self.expect_refused(self.join(4), "there are slices of 3, too")

    def test_slices_that_are_not_joined_have_no_page_of_the_whole(self):
        self.run_slices(2)
        self.expect_refused(self.prs_mpi("report", "out"), "holds slices that no join has put together yet",
                            self.out(".prs", "slices") + "/K-of-N/report.html", "prs_mpi status " + self.out(),
                            "prs_mpi join CONFIG --slices N")
        self.expect_refused(self.prs_mpi("report", "out", "--text"), "holds slices")
        self.assertFalse(os.path.exists(self.out("report.html")))
        self.expect_status(self.prs_mpi("report", self.folder_of(1, 2)), 0)
        self.expect_status(self.join(2), 0)
        self.expect_status(self.prs_mpi("report", "out"), 0)

    def test_a_slice_is_no_other_slice(self):
        self.expect_status(self.slice(1, 2), 0)
        os.rename(self.folder_of(1, 2), self.folder_of(2, 2))
        self.expect_refused(self.slice(2, 2), "was [slice 1 of 2], is [slice 2 of 2]")
        os.rename(self.folder_of(2, 2), self.folder_of(1, 2))
        shutil.copytree(self.folder_of(1, 2), self.folder_of(2, 2))
        self.expect_refused(self.join(2), self.folder_of(2, 2) + " holds a run of a different plan")

    def test_slices_of_another_plan(self):
        self.run_slices(2)
        self.make_files(7)
        self.expect_refused(self.join(2), self.folder_of(1, 2) + " holds a run of a different plan", "was [6], is [7]")

    def test_other_columns(self):
        self.name = "rows.csv"
        self.write_script(FRAMES)
        self.write_config(append_row_file_name=self.name)
        self.expect_status(self.slice(1, 2), 0)
        self.expect_status(self.slice(2, 2, COLUMNS_OF_ROWS="name,size"), 0)
        self.expect_refused(self.join(2), "slice 1 of 2 has the columns 'name,number', and slice 2 of 2 has 'name,size'")
        self.expect_status(self.slice(2, 2, "--overwrite"), 0)
        self.expect_status(self.join(2), 0)

    def test_nothing_of_another_run_is_replaced(self):
        self.run_slices(2)
        with open(self.out(self.name), "w") as stream:
            stream.write("mine\n")
        self.expect_refused(self.join(2), "exists already and is not of this run", "--overwrite")
        self.assertEqual(self.rows(), ["mine"])
        os.unlink(self.out(self.name))
        self.expect_status(self.prs_mpi("config.yaml"), 0)
        self.expect_refused(self.join(2), "holds a run of a different plan", "slices: was not given, is [2]")
        self.expect_status(self.join(2, "--overwrite"), 0)
        self.assertEqual(len(self.rows()), 6)
        self.expect_refused(self.prs_mpi("config.yaml"), "slices: was [2], is not given")

    def test_what_is_no_slice(self):
        for word in ("0/3", "4/3", "3", "/3", "1/", "1/2/3", "-1/2", "1/0", "a/b"):
            self.expect_refused(self.prs_mpi("run", "config.yaml", "--slice", word), "'%s' is not allowed; allowed: K/N, as 3/8" % word)
        self.expect_refused(self.prs_mpi("join", "config.yaml"), "--slices is required")
        self.expect_refused(self.prs_mpi("join", "config.yaml", "--slices", "0"), "--slices")


class Repeated(SlicesTest):
    def test_a_join_is_done_once_and_may_be_given_again(self):
        self.make_files(4)
        self.write_script(NUMBERED)
        self.write_config()
        self.run_slices(2)
        self.expect_status(self.join(2), 0)
        before = os.stat(self.out(self.name))
        again = self.join(2)
        self.expect_status(again, 0)
        self.assertIn("completed by an earlier start, nothing to do", again.stderr)
        self.assertEqual(os.stat(self.out(self.name)).st_ino, before.st_ino)
        os.unlink(self.out(self.name))
        self.expect_status(self.join(2), 0)
        self.assertEqual(len(self.rows()), 4)

    def test_a_slice_that_was_killed_goes_on(self):
        for kind in ("begun", "ended"):
            os.mkdir(self.path(kind))
        self.write_script(NOTING.format(folder=self.folder, body="if mini_batch[0][-1] in '89': wait_while_held('run')"))
        self.make_files(10)
        self.write_config()
        self.expect_status(self.slice(1, 2), 0)
        self.hold()
        job = self.start(self.mpirun_words(3, "run", "config.yaml", "--slice", "2/2"))
        self.wait_until(lambda: self.count("ended") == 8 and self.count("begun") == 10, "all but two are over")
        self.kill_job(job, 0, 1, 2)
        self.expect_refused(self.join(2), "slice 2: ", "not over; see " + self.folder_of(2, 2))
        self.let_go()
        self.expect_status(self.slice(2, 2), 0)
        self.expect_status(self.join(2), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(10)])
        self.assertLess(len(self.repeated("begun")), 6)

    def test_a_join_that_is_killed_goes_on_where_it_was(self):
        self.make_files(40)
        self.write_script(LONG)
        self.write_config()
        self.run_whole()
        self.run_slices(2)
        job = self.start(self.mpirun_words(3, "join", "config.yaml", "--slices", "2"), self.faulty_disk("write .building stall 0.1"))
        self.wait_until(lambda: len(self.disk_hits()) >= 6, "some blocks are written")
        self.change_disk("write .building hang")
        self.kill_job(job, 0, 1, 2)
        self.assertEqual(len(glob.glob(self.out(".*.building"))), 1)
        self.expect_status(self.join(2), 0)
        self.expect_as_one_run()
        self.assertIn("goes on with an output of which", self.read(self.out("logs", "sys", "master_role.txt")))

    def test_rows_of_a_slice_that_are_damaged_are_made_again(self):
        self.make_files(6)
        self.write_script(NUMBERED)
        self.write_config()
        self.run_whole()
        self.run_slices(2)
        damaged = 0
        for part in glob.glob(os.path.join(self.folder_of(2, 2), ".prs", "parts", "*.rows")):
            with open(part, "rb") as stream:
                text = stream.read()
            damaged += text.count(b"item00004")
            with open(part, "wb") as stream:
                stream.write(text.replace(b"item00004", b"item0000X"))
        self.assertEqual(damaged, 1)
        self.expect_status(self.join(2), 0)
        self.expect_as_one_run()
        self.assertIn("1 mini-batches were found damaged", self.read(self.out("logs", "job_result.txt")))


if __name__ == "__main__":
    main()
