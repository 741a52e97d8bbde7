"""What the tests of row files with typed columns share, whatever the format (rules 5.1, 5.2, 5.4, 7.1): kills, disks, names. Rows stand
once and in order whatever is killed, full or retried. Import this module, not its classes: the tests of a format derive from them."""

import csv
import os
import signal
import sys

from run_testing import WAITING, processes_with
from table_testing import TableRunTest

NO_ROOM = "No space left on device"
# One row of a dictionary for each item; the tries are noted, and can be held.
DICTIONARIES = WAITING + """
def run(mini_batch):
    for path in mini_batch:
        with open(os.path.join({folder!r}, "ran", os.path.basename(path)), "a") as stream:
            stream.write("x")
    time.sleep(0.01)
    if mini_batch[0] >= {held!r}:
        wait_while_held("run")
    return [{{"name": os.path.basename(path), "number": int(path[-5:]), "odd": "yes" if int(path[-5:]) % 2 else None}} for path in mini_batch]
"""


class OutputTest(TableRunTest):
    """Of one format: `name` of the row file, `maker` of it among the words of a process, how messages call it, its word for text, and
    what becomes of a text that is missing."""

    count = 60
    name = maker = called = text_type = missing = None

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))

    def configure(self, workers=2, **keys):
        keys = dict({"environment": {"python": sys.executable}, "append_row_file_name": self.name}, **keys)
        return self.write_config(workers=workers, **keys)

    def write_dictionaries_script(self, held="zzz"):
        self.make_files(self.count)
        self.write_script(DICTIONARIES.format(folder=self.folder, held=self.path("data", held)))

    def run_with_failed_sevens(self):
        """A run in which what ends in 7 fails as long as the file `sevens` is there; it is gone then."""
        self.write_dictionaries_script()
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write("\nbefore = run\ndef run(mini_batch):\n    if mini_batch[0].endswith('7') and os.path.exists(%r):\n"
                         "        raise ValueError('a seven')\n    return before(mini_batch)\n" % self.path("sevens"))
        self.configure(run_max_try=1)
        open(self.path("sevens"), "w").close()
        self.expect_status(self.mpirun(3), 0)
        os.unlink(self.path("sevens"))

    def expect_said_before_anything_runs(self, python, package):
        self.write_dictionaries_script()
        self.configure(environment={"python": python})
        words = "append_row_file_name: a row file that ends in %s needs the Python package %s"
        for ran in (self.mpirun(3), self.prs_mpi("check", "config.yaml")):
            self.expect_status(ran, 2)
            self.assertIn(words % (os.path.splitext(self.name)[1], package), ran.stderr)
            self.assertIn("pip install " + package, ran.stderr)
        self.assertEqual(self.calls(), {})
        self.assertFalse(os.path.exists(self.out()))

    def records(self):
        """The rows of the file, as dictionaries."""
        raise NotImplementedError

    def expect_no_leftovers(self):
        self.assertEqual([name for name in os.listdir(self.out()) if name.startswith("." + self.name)], [])

    def expect_all_dictionaries(self):
        rows = [{"name": "item%05d" % i, "number": i, "odd": "yes" if i % 2 else self.missing} for i in range(self.count)]
        self.assertEqual(self.records(), rows)
        self.expect_no_leftovers()

    def calls(self):
        return {name: os.path.getsize(self.path("ran", name)) for name in os.listdir(self.path("ran"))}

    def expect_nothing_run_twice(self):
        self.assertEqual(self.calls(), {"item%05d" % i: 1 for i in range(self.count)})

    def failed_items(self):
        with open(self.out("failed_items.csv"), newline="") as stream:
            return list(csv.DictReader(stream))


class FailuresTest(OutputTest):
    def test_other_columns_or_types_fail_their_try_with_both_named(self):
        self.make_files(5)
        self.configure(workers=1, run_max_try=2)
        for other, named in (("{'y': [i]}", '{"y": "int64"}'), ("{'x': ['a']}", '{"x": "%s"}' % self.text_type)):
            self.write_script("import pandas\ndef run(mini_batch, context):\n    i = int(context.minibatch_index)\n"
                              "    return pandas.DataFrame(%s if i == 3 else {'x': [i]})\n" % other)
            self.expect_status(self.mpirun(2, "config.yaml", "--overwrite"), 0)
            self.assertEqual(self.records(), [{"x": i} for i in (0, 1, 2, 4)])
            self.assertEqual([row["Status"] for row in self.tries() if row["Mini-batch Id"] == "3"], ["BAD_RETURN"] * 2)
            said = "the columns [%s], but the run's first DataFrame settled them as [{\"x\": \"int64\"}]" % named
            self.assertIn(said, self.read(self.out("logs", "job_error.txt")))
            self.assertEqual(len(self.failed_items()), 1)

    def test_no_row_at_all_is_no_output(self):
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return []\n")
        self.configure()
        self.expect_status(self.mpirun(3), 1)
        self.assertFalse(os.path.exists(self.out(self.name)))


class KillsTest(OutputTest):
    def kill_all(self, job):
        job.send_signal(signal.SIGSTOP)  # else mpirun kills the last ranks first
        self.kill(0, 1, 2)
        job.kill()
        self.finish(job)
        self.expect_no_process_left(limit=20)

    def test_killed_at_half_it_goes_on(self):
        self.write_dictionaries_script(held="item00050")
        self.configure()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: len(self.calls()) > self.count // 2, "half of the mini-batches ran")
        self.kill_all(job)
        self.assertFalse(os.path.exists(self.out(self.name)))
        self.let_go()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.assertLess(sum(self.calls().values()), self.count + 20, "done mini-batches were run again")

    def start_and_hold_disk(self, *rules):
        """A job that hangs where one of these rules strikes."""
        self.write_dictionaries_script()
        self.configure()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk(*rules))
        self.wait_until(self.disk_hits, "the disk hangs")
        return job

    def test_killed_while_the_file_is_made_it_is_made_anew(self):
        job = self.start_and_hold_disk("write -columns.building hang")
        self.kill_all(job)
        self.assertFalse(os.path.exists(self.out(self.name)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_a_signal_while_the_file_is_made_interrupts(self):
        job = self.start_and_hold_disk("write -columns.building hang")
        job.send_signal(signal.SIGUSR1)
        self.assertEqual(self.finish(job).status, 75)
        self.assertFalse(os.path.exists(self.out(self.name)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_the_process_that_makes_it_is_killed(self):
        job = self.start_and_hold_disk("write -columns.building hang")
        makers = [pid for pid, words in processes_with(self.mark).items() if self.maker in words and "prs_keeper" not in words]
        self.assertEqual(len(makers), 1)
        os.kill(makers[0], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("the %s file could not be made" % self.called, ran.stderr)
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_killed_once_it_has_its_name_it_stays(self):
        """The ledger does not know yet that it has it."""
        job = self.start_and_hold_disk("write -columns.building hang")
        self.change_disk("unlink .building hang")
        self.wait_until(lambda: self.disk_hits()[-1].startswith("unlink"), "the rows that it was made of are removed")
        self.kill_all(job)
        before = os.stat(self.out(self.name))
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(os.stat(self.out(self.name)).st_ino, before.st_ino)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_rows_that_are_damaged_on_disk_run_again(self):
        self.write_dictionaries_script(held="item00050")
        self.configure()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: len(self.calls()) > self.count // 2, "half of the mini-batches ran")
        self.kill_all(job)
        for name in os.listdir(self.out(".prs", "parts")):
            with open(self.out(".prs", "parts", name), "r+b") as stream:
                stream.seek(40)
                stream.write(b"#" * 500)
        self.let_go()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.assertIn("damaged", self.read(self.out("logs", "job_result.txt")))


class DisksTest(OutputTest):
    def test_a_disk_that_is_full_while_the_file_is_made(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.mpirun(3, "config.yaml", extra=self.faulty_disk("write -columns.building fail 28"))
        self.expect_status(ran, 3)
        self.assertTrue(self.disk_hits(), "nothing was refused")
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        self.assertIn(NO_ROOM, last)
        self.assertIn("the same command goes on", last)
        self.assertFalse(os.path.exists(self.out(self.name)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_a_disk_that_fails_to_sync_it(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.mpirun(3, "config.yaml", extra=self.faulty_disk("sync -columns.building fail 5"))
        self.expect_status(ran, 3)
        self.assertTrue(self.disk_hits(), "nothing was refused")
        self.assertFalse(os.path.exists(self.out(self.name)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()


class PlacesTest(OutputTest):
    def test_an_earlier_file_is_replaced_only_when_asked(self):
        self.write_dictionaries_script()
        self.configure()
        os.mkdir(self.out())
        with open(self.out(self.name), "w") as stream:
            stream.write("mine")
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)
        self.assertEqual(self.read(self.out(self.name)), "mine")
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.expect_all_dictionaries()
        self.assertIn("nothing to do", self.mpirun(3).stderr)
        self.expect_nothing_run_twice()

    def test_what_failed_and_is_tried_again_joins_the_others(self):
        self.run_with_failed_sevens()
        self.assertEqual([row["number"] for row in self.records()], [i for i in range(self.count) if i % 10 != 7])
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_one_mini_batch_is_shown_by_hand(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.prs_mpi("try", "config.yaml", "--mini-batch", "3")
        self.expect_status(ran, 0)
        self.assertIn("item00003,3,yes", ran.stdout)
