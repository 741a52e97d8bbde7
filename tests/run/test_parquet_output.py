"""Rules 5.1, 5.2, 7.1: rows that become a Parquet file. Each mini-batch's rows once, in order, with their types; whatever is killed, full or retried.

Needs an interpreter with pyarrow, which Debian has none of: build/tables-venv, made by scripts/table_environments.
"""

import errno
import glob
import json
import os
import random
import signal
import unittest

import column_output_testing
from parquet_testing import HAS_PYARROW, WITH_PYARROW, random_frame, run_with_pyarrow
from run_testing import OPENMPI5, processes_with

if HAS_PYARROW:
    import numpy
    import pandas
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet

WITHOUT_PYARROW = "/usr/bin/python3"
HERE = os.path.dirname(os.path.realpath(__file__))
# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))
NAME = "rows.parquet"

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


@unittest.skipUnless(HAS_PYARROW, "made by scripts/table_environments: " + WITH_PYARROW)
class ParquetOutputTest(column_output_testing.OutputTest):
    name, maker, called, text_type = NAME, "prs_parquet_output.py ", "Parquet", "string"

    def table(self):
        return pyarrow.parquet.read_table(self.out(NAME))

    def records(self):
        return self.table().to_pylist()


class Rows(ParquetOutputTest):
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
        self.assertEqual(os.listdir(self.out(NAME)), ["part-00000.parquet"])
        self.assertEqual(pyarrow.parquet.ParquetFile(self.out(NAME, "part-00000.parquet")).num_row_groups, 1)
        frame = pandas.read_parquet(self.out(NAME))
        self.assertEqual(frame["number"].tolist(), list(range(self.count)))
        self.assertEqual(pandas.read_parquet(self.out(NAME), filters=[("number", ">", 50)])["number"].min(), 51)

    def test_large_frames_are_streamed_into_row_groups(self):
        self.make_files(3)
        self.write_script("import numpy, pandas\ndef run(mini_batch, context):\n    at = int(context.minibatch_index) * 1000000\n"
                          "    return pandas.DataFrame({'i': numpy.arange(at, at + 1000000), 't': 'text ' + pandas.Series(range(1000000)).astype(str)})\n")
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        file = pyarrow.parquet.ParquetFile(self.out(NAME, "part-00000.parquet"))
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


class Failures(ParquetOutputTest, column_output_testing.FailuresTest):
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


class Kills(ParquetOutputTest, column_output_testing.KillsTest):
    pass


class Disks(ParquetOutputTest, column_output_testing.DisksTest):
    pass


class Places(ParquetOutputTest, column_output_testing.PlacesTest):
    def test_a_folder_that_somebody_has_changed_is_not_replaced(self):
        self.run_with_failed_sevens()
        part, mine = self.out(NAME, "part-00000.parquet"), self.out(NAME, "mine.parquet")
        before = self.read_bytes(part)
        open(mine, "w").close()
        self.expect_refused()
        os.unlink(mine)
        with open(part, "ab") as stream:
            stream.write(b"#")
        self.expect_refused()
        self.assertEqual(self.read_bytes(part), before + b"#")
        with open(part, "wb") as stream:
            stream.write(before)
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_all_dictionaries()

    def expect_refused(self):
        ran = self.mpirun(3, "config.yaml", "--retry-failed")
        self.expect_status(ran, 2)
        self.assertIn("rows.parquet exists already and is not of this run, or was changed", ran.stderr)

    def read_bytes(self, path):
        with open(path, "rb") as stream:
            return stream.read()

    def test_it_replaces_its_own_where_folders_cannot_exchange_their_names(self):
        extra = self.faulty_disk("renameat2 /out/ fail %d" % errno.EINVAL, "link /out/ fail %d" % errno.EPERM)
        self.write_dictionaries_script()
        self.configure(run_max_try=1)
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write("\nbefore = run\ndef run(mini_batch):\n    assert os.path.exists(%r) or not mini_batch[0].endswith('7')\n    return before(mini_batch)\n" % self.path("sevens"))
        self.expect_status(self.mpirun(3, "config.yaml", extra=extra), 0)
        self.assertEqual(len(self.records()), self.count - 6)
        open(self.path("sevens"), "w").close()
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed", extra=extra), 0)
        self.expect_all_dictionaries()
        self.assertEqual(len([hit for hit in self.disk_hits() if hit.startswith("renameat2") and hit.endswith(NAME)]), 3)


class PartFilesTest(ParquetOutputTest):
    """Rows of several part files, which compress to almost nothing."""

    batches, batch_rows, files = 26, 2_000_000, 3

    def setUp(self):
        super().setUp()
        self.make_files(self.batches)
        self.write_script("import numpy, os, pandas\ndef run(mini_batch, context):\n    index = int(context.minibatch_index)\n"
                          "    with open(os.path.join(%r, str(index)), 'a') as stream:\n        stream.write('x')\n"
                          "    return pandas.DataFrame({'i': numpy.full(%d, index)})\n" % (self.path("ran"), self.batch_rows))
        self.configure()

    def names(self):
        return ["part-%05d.parquet" % number for number in range(self.files)]

    def building(self):
        """The part files that have their names, in the folder that has not."""
        found = glob.glob(self.out(".%s.*-columns.building" % NAME))
        self.assertLessEqual(len(found), 1)
        return {name: os.stat(os.path.join(found[0], name)).st_ino for name in os.listdir(found[0]) if name[0] != "."} if found else {}

    def expect_all_rows_once(self):
        self.assertEqual(sorted(os.listdir(self.out(NAME))), self.names())
        for table in (pyarrow.parquet.read_table(self.out(NAME)), pyarrow.dataset.dataset(self.out(NAME)).to_table()):
            found = table.column("i").to_numpy()
            self.assertTrue((found == numpy.repeat(numpy.arange(self.batches), self.batch_rows)).all())
        self.assertEqual(len(pandas.read_parquet(self.out(NAME))), self.batches * self.batch_rows)
        self.assertEqual(self.calls(), {str(index): 1 for index in range(self.batches)})
        self.expect_no_leftovers()

    def expect_to_go_on(self, kept, *words, **options):
        self.expect_status(self.mpirun(3, "config.yaml", *words, **options), 0)
        self.expect_all_rows_once()
        for name, inode in kept.items():
            self.assertEqual(os.stat(self.out(NAME, name)).st_ino, inode, "was made once more")

    def start_and_hold_disk(self, rule):
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk(rule))
        self.wait_until(self.disk_hits, "the disk hangs")
        return job

    def makers(self):
        return [pid for pid, words in processes_with(self.mark).items() if self.maker in words and "prs_keeper" not in words]

    def kill_ranks(self, job, *ranks):
        job.send_signal(signal.SIGSTOP)  # else mpirun kills the others first
        self.kill(*ranks)
        job.send_signal(signal.SIGCONT)


class PartFiles(PartFilesTest):
    def test_workers_make_them_at_the_same_time(self):
        job = self.start_and_hold_disk("write -columns.building hang")
        self.wait_until(lambda: len(self.makers()) == 2, "each worker makes one")
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.expect_all_rows_once()
        self.assertIn("nothing to do", self.mpirun(3).stderr)

    def test_killed_with_some_made_it_makes_the_others(self):
        job = self.start_and_hold_disk("write .part-00001 hang")
        self.wait_until(lambda: len(self.building()) == 2, "the two others are made")
        self.kill_ranks(job, 0, 1, 2)
        job.kill()
        self.finish(job)
        self.expect_no_process_left(limit=20)
        self.assertFalse(os.path.exists(self.out(NAME)))
        kept = self.building()
        self.assertEqual(sorted(kept), ["part-00000.parquet", "part-00002.parquet"])
        self.expect_to_go_on(kept)

    def test_a_worker_that_is_killed_ends_the_job_and_the_next_start_goes_on(self):
        job = self.start_and_hold_disk("write .part-00001 hang")
        self.wait_until(lambda: len(self.building()) == 2, "the two others are made")
        kept = self.building()
        self.kill(2)
        self.assertNotEqual(self.finish(job).status, 0)
        self.expect_no_process_left(limit=20)
        self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_to_go_on(kept)

    def test_a_disk_that_is_full_keeps_what_is_made(self):
        ran = self.mpirun(3, extra=self.faulty_disk("write .part-00002 fail 28"))
        self.expect_status(ran, 3)
        self.assertTrue(self.disk_hits(), "nothing was refused")
        self.assertIn(column_output_testing.NO_ROOM, ran.stderr)
        self.assertFalse(os.path.exists(self.out(NAME)))
        kept = self.building()
        self.assertTrue(kept, "one at least came before the third")
        self.expect_to_go_on(kept)


class PartFilesOfALostWorker(PartFilesTest):
    mpi = OPENMPI5

    def test_another_worker_makes_what_it_was_at_and_the_job_goes_on(self):
        job = self.start_and_hold_disk("write .part-00001 hang")
        self.wait_until(lambda: len(self.building()) == 2 and len(self.makers()) == 1, "the two others are made")
        (maker,) = self.makers()
        keeper = parent_of(maker)
        os.kill(parent_of(keeper), signal.SIGKILL)
        self.wait_until(lambda: maker not in self.makers(), "what it had started is killed")
        self.change_disk()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("rank lost: rank ", ran.stderr)
        self.expect_all_rows_once()
        self.expect_no_process_left(limit=20)


def parent_of(pid):
    with open("/proc/%d/stat" % pid) as stream:
        return int(stream.read().rpartition(")")[2].split()[1])


class WithoutPyarrow(ParquetOutputTest):
    def test_it_is_said_before_anything_runs(self):
        self.expect_said_before_anything_runs(WITHOUT_PYARROW, "pyarrow")


if __name__ == "__main__":
    run_with_pyarrow()
