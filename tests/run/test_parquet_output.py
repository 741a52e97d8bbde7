"""Rules 5.1, 5.2, 7.1: rows that become a Parquet file. Each mini-batch's rows once, in order, with their types; whatever is killed, full or retried.

Needs an interpreter with pyarrow, which Debian has none of: build/tables-venv, made by scripts/table_environments.
"""

import json
import os
import random
import signal
import sys

from parquet_testing import HAS_PYARROW, ParquetTest, random_frame, run_with_pyarrow
from run_testing import WAITING, processes_with
from table_testing import TableRunTest

if HAS_PYARROW:
    import pandas
    import pyarrow
    import pyarrow.parquet

WITHOUT_PYARROW = "/usr/bin/python3"
HERE = os.path.dirname(os.path.realpath(__file__))
# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))
NAME = "rows.parquet"
NO_ROOM = "No space left on device"

# A random DataFrame for each mini-batch; some tries fail before.
FRAMES = """
import os, random, sys
sys.path.insert(0, {here!r})
from parquet_testing import random_frame
def run(mini_batch, context):
    chance = random.Random("{seed} %s" % context.minibatch_index)
    frame = random_frame(chance, chance.choice([1, 7, chance.randint(1, 300)]))
    if context.retry_count < chance.choice([0, 0, 0, 1, 2]):
        raise ValueError("not yet")
    return frame.iloc[:0] if chance.random() < 0.1 else frame
"""
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


class OutputTest(ParquetTest):
    count = 60

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))

    def configure(self, workers=2, **keys):
        keys = dict({"environment": {"python": sys.executable}, "append_row_file_name": NAME}, **keys)
        return self.write_config(workers=workers, **keys)

    def write_dictionaries_script(self, held="zzz"):
        self.make_files(self.count)
        self.write_script(DICTIONARIES.format(folder=self.folder, held=self.path("data", held)))

    def table(self):
        self.assertEqual([name for name in os.listdir(self.out()) if name.startswith("." + NAME)], [])
        return pyarrow.parquet.read_table(self.out(NAME))

    def expect_all_dictionaries(self):
        rows = [{"name": "item%05d" % i, "number": i, "odd": "yes" if i % 2 else None} for i in range(self.count)]
        self.assertEqual(self.table().to_pylist(), rows)

    def calls(self):
        return {name: os.path.getsize(self.path("ran", name)) for name in os.listdir(self.path("ran"))}

    def expect_nothing_run_twice(self):
        self.assertEqual(self.calls(), {"item%05d" % i: 1 for i in range(self.count)})


class Rows(OutputTest):
    def test_random_frames_stand_in_order_once_and_with_their_types(self):
        print("seed", SEED)
        chance = random.Random(SEED)
        self.make_files(chance.randint(20, 60))
        self.write_script(FRAMES.format(here=HERE, seed=SEED))
        workers, size = chance.randint(1, 4), chance.randint(1, 3)
        self.configure(workers, mini_batch_size=size, run_max_try=3)
        self.expect_status(self.mpirun(1 + workers), 0)
        frames = []
        for index in range(-(-len(os.listdir(self.path("data"))) // size)):
            own = random.Random("%d %d" % (SEED, index))
            frame = random_frame(own, own.choice([1, 7, own.randint(1, 300)]))
            own.choice([0, 0, 0, 1, 2])
            if own.random() >= 0.1:
                frames.append(pyarrow.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata())
        found, wanted = self.table().replace_schema_metadata(), pyarrow.concat_tables(frames)
        self.assertEqual(found.num_rows, wanted.num_rows)
        for name in wanted.column_names:
            self.assertEqual(found.column(name).to_pylist(), wanted.column(name).to_pylist(), name)
        self.assertEqual([str(field.type) for field in found.schema if field.name in ("whole", "short", "number", "boolean")],
                         ["int64", "int16", "double", "bool"])
        self.assertGreater(len(self.tries()), len(frames), "no try failed")

    def test_any_reader_opens_it_and_small_mini_batches_share_row_groups(self):
        self.write_dictionaries_script()
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.assertEqual(pyarrow.parquet.ParquetFile(self.out(NAME)).num_row_groups, 1)
        frame = pandas.read_parquet(self.out(NAME))
        self.assertEqual(frame["number"].tolist(), list(range(self.count)))
        self.assertEqual(pandas.read_parquet(self.out(NAME), filters=[("number", ">", 50)])["number"].min(), 51)

    def test_large_frames_are_streamed_into_row_groups(self):
        self.make_files(3)
        self.write_script("import numpy, pandas\ndef run(mini_batch, context):\n    at = int(context.minibatch_index) * 1000000\n"
                          "    return pandas.DataFrame({'i': numpy.arange(at, at + 1000000), 't': 'text ' + pandas.Series(range(1000000)).astype(str)})\n")
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        file = pyarrow.parquet.ParquetFile(self.out(NAME))
        self.assertEqual(file.read(["i"]).column(0).to_numpy().tolist(), list(range(3000000)))
        rows = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        self.assertGreater(min(rows[:-1]), 900000)
        self.assertLessEqual(max(rows), 1 << 20)

    def test_the_index_is_a_column_where_the_settings_ask_for_it(self):
        with open(self.path("scripts", "parallel_run_step.settings.json"), "w") as stream:
            json.dump({"append_row": {"pandas.DataFrame.to_csv": {"index": True}}}, stream)
        self.make_files(4)
        self.write_script("import pandas\ndef run(mini_batch):\n    return pandas.DataFrame({'x': [1.5]}, index=pandas.Index([mini_batch[0][-5:]], name='k'))\n")
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.table().to_pylist(), [{"k": "%05d" % i, "x": 1.5} for i in range(4)])

    def test_one_mini_batch_is_shown_by_hand(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.prs_mpi("try", "config.yaml", "--mini-batch", "3")
        self.expect_status(ran, 0)
        self.assertIn("item00003,3,yes", ran.stdout)


class Failures(OutputTest):
    def test_other_columns_or_types_fail_their_try_with_both_named(self):
        self.make_files(5)
        self.configure(workers=1, run_max_try=2)
        for other, named in (("{'y': [i]}", '{"y": "int64"}'), ("{'x': ['a']}", '{"x": "string"}')):
            self.write_script("import pandas\ndef run(mini_batch, context):\n    i = int(context.minibatch_index)\n"
                              "    return pandas.DataFrame(%s if i == 3 else {'x': [i]})\n" % other)
            self.expect_status(self.mpirun(2, "config.yaml", "--overwrite"), 0)
            self.assertEqual(self.table().to_pylist(), [{"x": i} for i in (0, 1, 2, 4)])
            self.assertEqual([row["Status"] for row in self.tries() if row["Mini-batch Id"] == "3"], ["BAD_RETURN"] * 2)
            said = "the columns [%s], but the run's first DataFrame settled them as [{\"x\": \"int64\"}]" % named
            self.assertIn(said, self.read(self.out("logs", "job_error.txt")))
            self.assertEqual(len(self.failed_items()), 1)

    def test_rows_without_names_or_with_mixed_types_fail_and_say_what_to_do(self):
        self.make_files(3)
        self.write_script("import pandas\ndef run(mini_batch, context):\n    i = int(context.minibatch_index)\n"
                          "    return [['text'], pandas.DataFrame({'x': [1, 'a']}), [{'x': 1}]][i]\n")
        self.configure(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.table().to_pylist(), [{"x": 1}])
        errors = self.read(self.out("logs", "job_error.txt"))
        self.assertIn("columns of a .parquet file have names; return a DataFrame", errors)
        self.assertIn("with type object", errors)

    def test_no_row_at_all_is_no_output(self):
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return []\n")
        self.configure()
        self.expect_status(self.mpirun(3), 1)
        self.assertFalse(os.path.exists(self.out(NAME)))


class Kills(OutputTest):
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
        self.assertFalse(os.path.exists(self.out(NAME)))
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
        job = self.start_and_hold_disk("write -parquet.building hang")
        self.kill_all(job)
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_a_signal_while_the_file_is_made_interrupts(self):
        job = self.start_and_hold_disk("write -parquet.building hang")
        job.send_signal(signal.SIGUSR1)
        self.assertEqual(self.finish(job).status, 75)
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_the_process_that_makes_it_is_killed(self):
        job = self.start_and_hold_disk("write -parquet.building hang")
        makers = [pid for pid, words in processes_with(self.mark).items() if "prs_parquet_output.py write" in words and "prs_keeper" not in words]
        self.assertEqual(len(makers), 1)
        os.kill(makers[0], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("the Parquet file could not be made", ran.stderr)
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_killed_once_it_has_its_name_it_stays(self):
        """The ledger does not know yet that it has it."""
        job = self.start_and_hold_disk("write -parquet.building hang")
        self.change_disk("unlink .building hang")
        self.wait_until(lambda: self.disk_hits()[-1].startswith("unlink"), "the rows that it was made of are removed")
        self.kill_all(job)
        before = os.stat(self.out(NAME))
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(os.stat(self.out(NAME)).st_ino, before.st_ino)
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


class Disks(OutputTest):
    def test_a_disk_that_is_full_while_the_file_is_made(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.mpirun(3, "config.yaml", extra=self.faulty_disk("write -parquet.building fail 28"))
        self.expect_status(ran, 3)
        self.assertTrue(self.disk_hits(), "nothing was refused")
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        self.assertIn(NO_ROOM, last)
        self.assertIn("the same command goes on", last)
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()

    def test_a_disk_that_fails_to_sync_it(self):
        self.write_dictionaries_script()
        self.configure()
        ran = self.mpirun(3, "config.yaml", extra=self.faulty_disk("sync -parquet.building fail 5"))
        self.expect_status(ran, 3)
        self.assertTrue(self.disk_hits(), "nothing was refused")
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()


class Places(OutputTest):
    def test_an_earlier_file_is_replaced_only_when_asked(self):
        self.write_dictionaries_script()
        self.configure()
        os.mkdir(self.out())
        with open(self.out(NAME), "w") as stream:
            stream.write("mine")
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)
        self.assertEqual(self.read(self.out(NAME)), "mine")
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.expect_all_dictionaries()
        self.assertIn("nothing to do", self.mpirun(3).stderr)
        self.expect_nothing_run_twice()

    def test_what_failed_and_is_tried_again_joins_the_others(self):
        self.write_dictionaries_script()
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write("\nbefore = run\ndef run(mini_batch):\n    if mini_batch[0].endswith('7') and os.path.exists(%r):\n"
                         "        raise ValueError('a seven')\n    return before(mini_batch)\n" % self.path("sevens"))
        self.configure(run_max_try=1)
        open(self.path("sevens"), "w").close()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual([row["number"] for row in self.table().to_pylist()], [i for i in range(self.count) if i % 10 != 7])
        os.unlink(self.path("sevens"))
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()


class WithoutPyarrow(TableRunTest):
    def test_it_is_said_before_anything_runs(self):
        self.make_files(3)
        self.write_noting_script("pass")
        self.write_config(append_row_file_name=NAME, environment={"python": WITHOUT_PYARROW})
        for ran in (self.mpirun(3), self.prs_mpi("check", "config.yaml")):
            self.expect_status(ran, 2)
            self.assertIn("append_row_file_name: a row file that ends in .parquet needs the Python package pyarrow", ran.stderr)
            self.assertIn("pip install pyarrow", ran.stderr)
        self.assertEqual(self.count("begun"), 0)
        self.assertFalse(os.path.exists(self.out()))


if __name__ == "__main__":
    run_with_pyarrow()
