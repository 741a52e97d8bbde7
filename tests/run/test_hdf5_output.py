"""Rules 5.1, 5.2, 7.1: rows that become an HDF5 file. Each mini-batch's rows once, in order, with their types; whatever is killed, full or retried.

The file is read with h5py, which build/tables-venv has, made by scripts/table_environments. The scripts run there, too, and under
Debian's own pandas.
"""

import importlib.util
import json
import os
import random
import subprocess
import sys
import unittest

import column_output_testing
from parquet_testing import WITH_PYARROW, run_with_pyarrow

HAS_H5PY = importlib.util.find_spec("h5py") is not None
if HAS_H5PY:
    import h5py
    import pandas

DEBIAN = "/usr/bin/python3"
# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))
NAME = "rows.h5"
# A random DataFrame for each mini-batch; some tries fail before.
FRAMES = """
import random
import pandas
def frame_of(chance):
    rows = chance.choice([1, 7, chance.randint(1, 300)])
    def some(make, missing):
        return [missing if chance.random() < 0.2 else make() for _ in range(rows)]
    return pandas.DataFrame({
        "whole": [chance.randint(-(2**63), 2**63 - 1) for _ in range(rows)],
        "short": pandas.Series([chance.randint(-99, 99) for _ in range(rows)], dtype="int16"),
        "number": pandas.Series(some(lambda: chance.uniform(-1e9, 1e9), float("nan")), dtype="float64"),
        "half": pandas.Series([chance.randint(0, 9) / 2 for _ in range(rows)], dtype="float32"),
        "boolean": [chance.random() < 0.5 for _ in range(rows)],
        "text": pandas.Series(some(lambda: chance.choice(["", "a", "Zürich", "日本"]) * chance.randint(0, 3), None), dtype="object"),
        "day": pandas.Series(pandas.to_datetime(some(lambda: chance.randint(0, 10**9), None), unit="s")).astype("datetime64[ns]"),
        "Maß": [chance.random() for _ in range(rows)],
    })
"""
RUN = """
def run(mini_batch, context):
    chance = random.Random("{seed} %s" % context.minibatch_index)
    frame = frame_of(chance)
    if context.retry_count < chance.choice([0, 0, 0, 1, 2]):
        raise ValueError("not yet")
    return frame.iloc[:0] if chance.random() < 0.1 else frame
"""


@unittest.skipUnless(HAS_H5PY, "made by scripts/table_environments: " + WITH_PYARROW)
class Hdf5OutputTest(column_output_testing.OutputTest):
    name, maker, called, text_type, missing = NAME, "/prs_hdf5_output ", "HDF5", "str", ""

    def columns(self):
        with h5py.File(self.out(NAME), "r") as file:
            return {name: file[name].asstr()[()] if h5py.check_string_dtype(file[name].dtype) else file[name][()] for name in file}

    def records(self):
        return pandas.DataFrame(self.columns()).to_dict("records")


class Rows(Hdf5OutputTest):
    def expect_random_frames(self, python):
        print("seed", SEED)
        chance = random.Random(SEED)
        self.make_files(chance.randint(20, 60))
        self.write_script(FRAMES + RUN.format(seed=SEED))
        workers, size = chance.randint(1, 4), chance.randint(1, 3)
        self.configure(workers, mini_batch_size=size, run_max_try=3, environment={"python": python})
        self.expect_status(self.mpirun(1 + workers), 0)
        known, frames = {}, []
        exec(FRAMES, known)
        for index in range(-(-len(os.listdir(self.path("data"))) // size)):
            own = random.Random("%d %d" % (SEED, index))
            frame = known["frame_of"](own)
            own.choice([0, 0, 0, 1, 2])
            if own.random() >= 0.1:
                frames.append(frame)
        wanted = pandas.concat(frames, ignore_index=True)
        wanted["text"] = wanted["text"].fillna("")
        found = self.columns()
        self.assertEqual(list(found), list(wanted.columns))
        for name in ("whole", "short", "half", "boolean", "text", "Maß"):
            self.assertEqual(found[name].tolist(), wanted[name].tolist(), name)
        self.assertEqual(list(map(repr, found["number"].tolist())), list(map(repr, wanted["number"].tolist())))
        self.assertEqual(found["day"].tolist(), wanted["day"].to_numpy().view("int64").tolist())
        types = [str(found[name].dtype) for name in ("whole", "short", "number", "half", "boolean")]
        self.assertEqual(types, ["int64", "int16", "float64", "float32", "bool"])
        self.assertGreater(len(self.tries()), len(frames), "no try failed")

    def test_random_frames_stand_in_order_once_and_with_their_types(self):
        self.expect_random_frames(sys.executable)

    @unittest.skipIf(subprocess.run([DEBIAN, "-c", "import pandas"], stderr=subprocess.DEVNULL).returncode, "needs python3-pandas")
    def test_random_frames_of_debians_pandas(self):
        self.expect_random_frames(DEBIAN)

    def test_pandas_reads_it_and_so_does_another_run(self):
        self.write_dictionaries_script()
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        with h5py.File(self.out(NAME), "r") as file:
            frame = pandas.DataFrame({name: file[name][()] for name in file})
            self.assertEqual(file["number"].chunks, (self.count,))
        self.assertEqual(frame["number"].tolist(), list(range(self.count)))
        self.assertEqual(frame["name"].tolist(), [b"item%05d" % i for i in range(self.count)])
        made = self.path("made.h5")
        os.rename(self.out(NAME), made)
        self.write_script("def run(mini_batch):\n    return [int(number) for number in mini_batch['number']]\n")
        self.write_table_config({"format": "hdf5"}, path=made, environment={"python": sys.executable}, mini_batch_size=7)
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.assertEqual(self.read(self.out("parallel_run_step.txt")), "".join("%d\n" % i for i in range(self.count)))

    def test_values_types_and_order_are_the_same_for_every_number_of_workers(self):
        self.write_dictionaries_script()
        for workers, size in ((1, 1), (3, 5)):
            self.configure(workers, mini_batch_size=size)
            self.expect_status(self.mpirun(1 + workers, "config.yaml", "--overwrite"), 0)
            self.expect_all_dictionaries()
            with h5py.File(self.out(NAME), "r") as file:
                self.assertEqual([(name, file[name].dtype.str) for name in file], [("name", "|S9"), ("number", "<i8"), ("odd", "|S3")])

    def test_the_index_is_a_column_where_the_settings_ask_for_it(self):
        with open(self.path("scripts", "parallel_run_step.settings.json"), "w") as stream:
            json.dump({"append_row": {"pandas.DataFrame.to_csv": {"index": True}}}, stream)
        self.make_files(4)
        self.write_script("import pandas\ndef run(mini_batch):\n    return pandas.DataFrame({'x': [1.5]}, index=pandas.Index([mini_batch[0][-5:]], name='k'))\n")
        self.configure()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.records(), [{"k": "%05d" % i, "x": 1.5} for i in range(4)])


class Failures(Hdf5OutputTest, column_output_testing.FailuresTest):
    def test_rows_without_names_or_with_missing_whole_numbers_fail_and_say_what_to_do(self):
        self.make_files(3)
        self.write_script("import pandas\ndef run(mini_batch, context):\n    i = int(context.minibatch_index)\n"
                          "    return [['text'], pandas.DataFrame({'x': pandas.array([1, None], dtype='Int64')}), [{'x': 1}]][i]\n")
        self.configure(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.records(), [{"x": 1}])
        errors = self.read(self.out("logs", "job_error.txt"))
        self.assertIn("columns of a .h5 file have names; return a DataFrame", errors)
        self.assertIn("the column 'x' that run() returned has missing values", errors)


class Kills(Hdf5OutputTest, column_output_testing.KillsTest):
    pass


class Disks(Hdf5OutputTest, column_output_testing.DisksTest):
    def test_a_disk_that_is_full_at_each_of_the_writes(self):
        """The library has kept some of what it could not write, and tries again as it closes things."""
        self.write_dictionaries_script()
        self.configure()
        for number in (2, 3, 4, 6):
            ran = self.mpirun(3, "config.yaml", extra=self.faulty_disk("write -columns.building fail 28 %d" % number))
            self.expect_status(ran, 3)
            self.assertIn(column_output_testing.NO_ROOM, ran.stderr)
            self.assertFalse(os.path.exists(self.out(NAME)))
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_dictionaries()
        self.expect_nothing_run_twice()


class Places(Hdf5OutputTest, column_output_testing.PlacesTest):
    pass


class WithoutPandas(Hdf5OutputTest):
    def test_it_is_said_before_anything_runs(self):
        subprocess.run([DEBIAN, "-m", "venv", "--without-pip", self.path("bare")], check=True)
        self.expect_said_before_anything_runs(self.path("bare", "bin", "python"), "pandas")


if __name__ == "__main__":
    run_with_pyarrow()
