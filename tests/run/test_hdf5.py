"""HDF5 under the real program: run() gets what h5py reads of the whole, and a damaged file costs its own mini-batches only.

Needs an interpreter with h5py and a newer pandas: build/tables-venv, made by scripts/table_environments.
"""

import csv
import importlib.util
import os
import random
import resource
import signal
import subprocess
import sys
import unittest

from parquet_testing import BUILD, WITH_PYARROW, run_with_pyarrow
from table_testing import TableRunTest

HAS_H5PY = importlib.util.find_spec("h5py") is not None
if HAS_H5PY:
    import h5py
    import numpy
    import pandas
    from pandas.testing import assert_frame_equal

TOOL = os.environ.get("PRS_HDF5_TOOL", os.path.join(BUILD, "bin", "hdf5_tool"))
# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))
WORDS = ("", "a", "Zürich", "日本", 'x "y"\n')
STORAGE = ({}, {"chunks": (7,)}, {"chunks": (64,), "compression": "gzip", "shuffle": True, "fletcher32": True})

# An array has no to_pickle.
KEEPING_ARRAYS = """
import numpy, os
def run(mini_batch, context):
    assert context.dataset is mini_batch
    path = os.path.join({folder!r}, "got", "%09d" % int(context.minibatch_index))
    with open(path, "wb") as stream:
        numpy.save(stream, mini_batch)
    return [str(row.sum()) for row in mini_batch]
"""


def random_columns(chance, rows):
    """All the types that people keep, as h5py takes them."""
    return {
        "whole": numpy.array([chance.randint(-(2**62), 2**62) for _ in range(rows)], dtype="int64"),
        "short": numpy.array([chance.randint(-99, 99) for _ in range(rows)], dtype=">i2"),
        "number": numpy.array([chance.uniform(-1e9, 1e9) for _ in range(rows)], dtype="float64"),
        "half": numpy.array([chance.choice([0.5, -2, float("nan")]) for _ in range(rows)], dtype="float16"),
        "boolean": numpy.array([chance.random() < 0.5 for _ in range(rows)], dtype="bool"),
        "text": numpy.array([chance.choice(WORDS) * chance.randint(0, 3) for _ in range(rows)], dtype=object),
        "fixed": numpy.array([chance.choice(["", "x%d" % row, "ä"]).encode() for row in range(rows)], dtype="S9"),
    }


def as_stored(values):
    return h5py.string_dtype() if values.dtype.kind == "O" else values.dtype


def frame_of(columns):
    """What run() is to get of them."""
    frame = {}
    for name, values in columns.items():
        is_fixed = values.dtype.kind == "S"
        frame[name] = [value.decode() for value in values.tolist()] if is_fixed else values.astype(values.dtype.newbyteorder("="))
    return pandas.DataFrame(frame).astype({name: "str" for name in frame if columns[name].dtype.kind in "OS"})


@unittest.skipUnless(HAS_H5PY, "made by scripts/table_environments: " + WITH_PYARROW)
class Hdf5Test(TableRunTest):
    def write_columns(self, name, columns, group="/", **storage):
        path = self.path("data", name)
        with h5py.File(path, "a", track_order=True) as file:
            where = file.require_group(group) if group == "/" else file.create_group(group, track_order=True)
            for column, values in columns.items():
                is_text = values.dtype.kind == "O"  # which takes no checksum
                fitting = {key: value for key, value in storage.items() if not (is_text and key == "fletcher32")}
                where.create_dataset(column, data=values, dtype=as_stored(values), **fitting)
        return path

    def write_numbers(self, name, begin, end, group="/", **storage):
        numbers = numpy.arange(begin, end)
        return self.write_columns(name, {"i": numbers, "t": numpy.array(list(map(str, numbers)), dtype=object)}, group, **storage)

    def write_hdf5_config(self, table=None, **keys):
        keys = dict({"environment": {"python": sys.executable}, "mini_batch_size": 10, "run_max_try": 1}, **keys)
        return self.write_table_config(dict({"format": "hdf5"}, **(table or {})), **keys)

    def run_keeping(self, table=None, workers=2, **keys):
        self.write_keeping_script()
        self.write_hdf5_config(table, workers=workers, **keys)
        ran = self.mpirun(1 + workers)
        self.expect_status(ran, 0)
        return ran

    def expect_whole(self, whole):
        """What run() got, one after the other, is this."""
        frames = self.got()
        for frame in frames:
            self.assertEqual(list(frame.index), list(range(len(frame))))
            self.assertEqual(list(frame.dtypes), list(frames[0].dtypes))
        assert_frame_equal(pandas.concat(frames, ignore_index=True), whole, check_exact=True)

    def failed(self):
        """{item: message} of what failed for good."""
        with open(self.out("failed_items.csv"), newline="") as stream:
            return {row["Item"]: row["Error Message"] for row in csv.DictReader(stream)}


class EqualsH5py(Hdf5Test):
    def test_columns_of_a_group_in_several_files(self):
        print("seed", SEED)
        chance = random.Random(SEED)
        rows = [chance.choice([0, 1, chance.randint(2, 300)]) for _ in range(3)] + [chance.randint(100, 300)]
        parts = [random_columns(chance, count) for count in rows]
        for number, columns in enumerate(parts):
            storage = chance.choice(STORAGE) if rows[number] > 64 else {}
            self.write_columns("part%d.h5" % number, columns, "/measured/values", **storage)
        size, workers = chance.choice([chance.randint(1, 100), "%d KB" % chance.randint(1, 3)]), chance.randint(1, 3)
        self.run_keeping({"dataset": "/measured/values"}, workers, mini_batch_size=size, error_threshold=0)
        self.expect_whole(pandas.concat([frame_of(columns) for columns in parts if len(columns["whole"])], ignore_index=True))
        self.assertEqual(len(self.rows()), sum(rows))
        self.assertGreater(len(self.tries()), 1)

    def test_a_compound_with_chosen_columns_and_the_path(self):
        columns = random_columns(random.Random(SEED), 100)
        records = numpy.empty(100, dtype=[(name, as_stored(values)) for name, values in columns.items()])
        for name, values in columns.items():
            records[name] = values
        with h5py.File(self.path("data", "a.h5"), "w") as file:
            file.create_dataset("people", data=records, chunks=(9,), compression="gzip")
            file["other"] = [1, 2]
        self.run_keeping({"dataset": "people", "columns": ["fixed", "whole"], "include_path_column": True}, mini_batch_size=30)
        whole = frame_of({name: columns[name] for name in ("whole", "fixed")})
        whole["Path"] = pandas.Series([self.path("data", "a.h5")] * 100, dtype="str")
        self.expect_whole(whole)
        self.assertEqual([len(frame) for frame in self.got()], [30, 30, 30, 10])

    def test_an_array_comes_in_rows_of_its_first_dimension(self):
        values = numpy.random.default_rng(SEED).normal(size=(53, 4, 3)).astype(">f4")
        for name, part in (("a.h5", values[:30]), ("b.h5", values[30:])):
            with h5py.File(self.path("data", name), "w") as file:
                file.create_dataset("images", data=part, chunks=(8, 2, 3), compression="gzip")
        os.makedirs(self.path("got"))
        self.write_script(KEEPING_ARRAYS.format(folder=self.folder))
        self.write_hdf5_config(mini_batch_size="400", error_threshold=0)
        self.expect_status(self.mpirun(3), 0)
        got = [numpy.load(self.path("got", name)) for name in sorted(os.listdir(self.path("got")))]
        numpy.testing.assert_array_equal(numpy.concatenate(got), values)
        self.assertEqual({part.dtype for part in got}, {numpy.dtype("float32")})
        self.assertEqual(len(self.rows()), 53)

    def test_a_size_with_a_unit_takes_whole_chunks(self):
        path = self.write_columns("a.h5", {"x": numpy.arange(10000)}, chunks=(64,), compression="gzip")
        self.write_keeping_script()
        self.write_hdf5_config(mini_batch_size="1 KB")
        said = self.prs_mpi("check", "config.yaml")
        self.expect_status(said, 0)
        self.assertIn("1 table file of 80 000 bytes", said.stdout)
        self.assertIn("128 items: %s#rows=128-255" % path, said.stdout)
        tried = self.prs_mpi("try", "config.yaml", "--mini-batch", "1")
        self.expect_status(tried, 0)
        self.assertIn("128 rows for 128 items", tried.stderr)

    def test_a_wider_type_in_a_later_file_is_the_first_ones_where_its_values_fit(self):
        for name, dtype, values in (("a.h5", "int32", [1, 2]), ("b.h5", "int64", [3, 4]), ("c.h5", "int64", [5, 2**40])):
            self.write_columns(name, {"x": numpy.array(values, dtype=dtype)})
        self.run_keeping()
        self.expect_whole(pandas.DataFrame({"x": [1, 2, 3, 4]}, dtype="int32"))
        ((item, message),) = self.failed().items()
        self.assertEqual(item, self.path("data", "c.h5") + "#rows=0-1")
        self.assertIn(self.path("data", "c.h5") + ": column 'x': its values do not fit the type int32", message)


class Partitions(Hdf5Test):
    def test_each_combination_is_one_frame_of_all_its_files(self):
        for store, name, begin in ((2, "a", 0), (1, "b", 100), (1, "c", 200)):
            os.makedirs(self.path("data", "store=%d" % store), exist_ok=True)
            self.write_numbers("store=%d/%s.h5" % (store, name), begin, begin + 33)
        cut = self.write_bytes("store=2/cut.h5", b"\x89HDF\r\n\x1a\n")
        table = {"include_path_column": True, "columns": ["i", "store"]}
        ran = self.run_keeping(table, mini_batch_size=None, partition_keys=["store"], error_threshold=-1)
        (frame,) = self.got()
        self.assertEqual(frame["i"].tolist(), list(range(100, 133)) + list(range(200, 233)))
        self.assertEqual(list(frame.columns), ["i", "Path", "store"])
        self.assertEqual(set(frame["store"]), {"1"})
        self.assertEqual(frame["Path"].nunique(), 2)
        self.assertEqual(sorted(self.failed()), [self.path("data", "store=2/a.h5") + "#rows=0-32", cut])
        self.assertIn("1 HDF5 file cannot be read", ran.stderr)

    def test_without_partition_keys_the_keys_of_the_paths_are_columns(self):
        for state, day, begin in (("CA", "2024-01-31", 0), ("WA", "2024-02-01", 25)):
            os.makedirs(self.path("data", state))
            self.write_numbers("%s/%s.h5" % (state, day), begin, begin + 25)
        days = pandas.Series(pandas.to_datetime(["2024-01-31"] * 25 + ["2024-02-01"] * 25)).astype("datetime64[ns]")
        whole = pandas.DataFrame({"i": range(50), "state": ["CA"] * 25 + ["WA"] * 25, "day": days})
        whole["state"] = whole["state"].astype("str")
        table = {"partition_format": "{state}/{day:yyyy-MM-dd}.h5", "columns": ["i", "state", "day"]}
        self.run_keeping(table, error_threshold=0)
        self.assertEqual(len(self.got()), 6)
        self.expect_whole(whole)
        del table["columns"]
        self.run_keeping(table, error_threshold=0, top={"output": "other"})
        self.assertEqual(list(self.got()[0].columns), ["i", "t", "state", "day"])

    def test_arrays_have_no_columns_for_keys(self):
        self.write_columns("a.h5", {"x": numpy.zeros((4, 2))})
        self.write_keeping_script()
        self.write_hdf5_config({"partition_format": "{name}.h5"})
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("which has no columns for the keys of 'partition_format': give partition_keys", ran.stderr)

    def test_arrays_of_several_files_are_one(self):
        os.makedirs(self.path("data", "store=1"))
        for name, values in (("a", [[1, 2]]), ("b", [[3, 4], [5, 6]])):
            with h5py.File(self.path("data", "store=1", name + ".h5"), "w") as file:
                file["x"] = values
        os.makedirs(self.path("got"))
        self.write_script(KEEPING_ARRAYS.format(folder=self.folder))
        self.write_hdf5_config(mini_batch_size=None, partition_keys=["store"])
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["3", "7", "11"])


class Broken(Hdf5Test):
    def damage(self, name, pattern, place, byte, signals):
        """Makes a file of tests/unit/dataset/hdf5_tool.cpp, and changes a byte of it behind a pattern. Asserts that the library then
        ends by one of the signals over it; of the processor's time it gets two seconds."""
        path = self.path("data", name)
        subprocess.run([TOOL, "make", path], check=True)
        with open(path, "r+b") as file:
            whole = file.read()
            self.assertEqual(whole.count(pattern), 1)
            file.seek(whole.index(pattern) + place)
            file.write(byte)

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        ended = subprocess.run([TOOL, "describe", path, "/g"], preexec_fn=limit, stdout=subprocess.DEVNULL)
        if ended.returncode not in [-number for number in signals]:
            self.skipTest("this HDF5 library tells such damage: %s" % ended)
        return path

    def run_between_good_ones(self, **keys):
        """The file b.h5 between two good ones. (standard error, message of the item that failed, statuses of the tries)"""
        for name, begin in (("a.h5", 0), ("c.h5", 5)):
            columns = {"z": numpy.arange(begin, begin + 5), "a": numpy.array(list("abcde"), dtype=object)}
            self.write_columns(name, columns, "/g")
        ran = self.run_keeping({"dataset": "/g"}, **keys)
        self.assertEqual(pandas.concat(self.got())["z"].tolist(), list(range(10)))
        ((item, message),) = self.failed().items()
        self.assertEqual(item, self.path("data", "b.h5"))
        return ran.stderr, message, [entry["Status"] for entry in self.tries()]

    def test_a_file_over_which_the_library_never_ends(self):
        """A length in the heap of texts is wrong."""
        path = self.damage("b.h5", b"GCOL", 224, b"\xe6", (signal.SIGKILL, signal.SIGXCPU))
        stderr, message, statuses = self.run_between_good_ones(task_overhead_timeout=6)
        self.assertIn("1 HDF5 file cannot be read, and its mini-batch fails: '%s: the process that reads it was too" % path, stderr)
        self.assertIn(path + " was not read within task_overhead_timeout (6 s)", message)
        self.assertEqual(statuses, ["RUN_DONE", "LOAD_TIMEOUT", "RUN_DONE"])

    def test_a_file_over_which_the_library_crashes(self):
        """A chunk's size is wrong."""
        pattern = b"\x01\x02" + bytes(7) + b"\xff" * 8
        path = self.damage("b.h5", pattern, 9, b"\0", (signal.SIGSEGV,))
        stderr, message, statuses = self.run_between_good_ones()
        self.assertIn("1 HDF5 file cannot be read, and its mini-batch fails: '%s: the process that reads it was killed by" % path, stderr)
        self.assertIn("the process that reads tables was killed by SIGSEGV", message)
        self.assertIn(path, message)
        self.assertEqual(statuses, ["RUN_DONE", "LOAD_EXCEPTION", "RUN_DONE"])

    def test_damaged_and_foreign_files_fail_and_the_others_go_on(self):
        whole = self.write_numbers("a.h5", 0, 100)
        cut = self.write_numbers("b.h5", 100, 200)
        os.truncate(cut, os.path.getsize(cut) // 2)
        text = self.write_bytes("c.h5", b"i,t\n1,2\n" * 100)
        empty = self.write_bytes("d.h5", b"")
        other = self.write_columns("e.h5", {"i": numpy.arange(3), "u": numpy.arange(3)})
        rowless = self.write_numbers("f.h5", 0, 0)
        self.write_numbers("g.h5", 200, 300)
        ran = self.run_keeping(mini_batch_size=50)
        together = pandas.concat(self.got(), ignore_index=True)
        self.assertEqual(together["i"].tolist(), list(range(100)) + list(range(200, 300)))
        failed = self.failed()
        self.assertEqual(set(failed), {cut, text, empty, other + "#rows=0-2"})
        self.assertIn(cut + ": cannot be opened as HDF5: ", failed[cut])
        for path in (text, empty):
            self.assertIn(path + ": is no HDF5 file", failed[path])
        self.assertIn("%s has the columns i, u, and %s has i, t;" % (other, whole), failed[other + "#rows=0-2"])
        self.assertIn("3 HDF5 files cannot be read, and their mini-batches fail, the first is '%s: cannot" % cut, ran.stderr)
        self.assertIn("1 file has no rows: '%s'" % rowless, ran.stderr)

    def test_damage_within_the_data_fails_the_mini_batches_that_have_it(self):
        path = self.write_columns("a.h5", {"x": numpy.arange(100)}, chunks=(10,), fletcher32=True)
        with h5py.File(path) as file:
            offset = file["x"].id.get_chunk_info(3).byte_offset
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(b"\xff")
        self.run_keeping()
        self.assertEqual(pandas.concat(self.got())["x"].tolist(), list(range(30)) + list(range(40, 100)))
        ((item, message),) = self.failed().items()
        self.assertEqual(item, path + "#rows=30-39")
        self.assertIn(path + ": dataset '/x': rows 30 to 40 cannot be read: ", message)

    def test_a_dataset_that_no_file_has_is_a_mistake_of_the_configuration(self):
        path = self.write_numbers("a.h5", 0, 10, "/g")
        self.write_keeping_script()
        self.write_hdf5_config({"dataset": "/h"})
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("%s: dataset '/h': the file has none of this name; it has '/g/i' (10), '/g/t' (10)" % path, ran.stderr)

    def test_columns_that_are_not_there_and_a_path_of_an_array_are_refused(self):
        self.write_columns("a.h5", {"x": numpy.zeros((4, 2))})
        for table, said in (({"include_path_column": True}, "which has no column 'Path'"), ({"columns": ["x"]}, "take 'columns:' out")):
            self.write_keeping_script()
            self.write_hdf5_config(table)
            ran = self.mpirun(3, "config.yaml", "--overwrite")
            self.expect_status(ran, 2)
            self.assertIn(said, ran.stderr)


class Kills(Hdf5Test):
    def prepare(self, held):
        for part in range(3):
            self.write_numbers("part%d.h5" % part, 100 * part, 100 * (part + 1), chunks=(16,))
        self.write_noting_numbers_script("i")
        self.write_hdf5_config(mini_batch_size=2, run_max_try=100, error_threshold=0)
        self.hold_from(held)
        return self.start(self.mpirun_words(3, "config.yaml"))

    def expect_all_rows(self):
        self.assertEqual(self.rows(), [str(number) for number in range(300)])

    def test_loaders_killed_again_and_again_cost_no_row(self):
        job = self.prepare(held=0)
        self.kill_six_loaders(0)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.expect_all_rows()

    def test_everything_killed_at_half_is_resumed_with_each_row_once(self):
        job = self.prepare(held=200)
        self.wait_until(lambda: len(os.listdir(self.path("ran"))) > 50, "half of the mini-batches begun")
        self.kill_job(job, 0, 1, 2)
        self.let_go()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_rows()
        again = [name for name in os.listdir(self.path("ran")) if os.path.getsize(self.path("ran", name)) > 1]
        self.assertLess(len(again), 100, "done mini-batches were run again")

    def test_another_number_of_rows_is_another_plan(self):
        job = self.prepare(held=200)
        self.wait_until(lambda: os.listdir(self.path("ran")), "the first mini-batch begun")
        self.kill_job(job, 0, 1, 2)
        self.let_go()
        self.write_hdf5_config(mini_batch_size=3)
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)


if __name__ == "__main__":
    run_with_pyarrow()
