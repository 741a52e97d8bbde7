"""DataFrames of rows of Parquet files (rules 3.4, 3.5), and what is said where pyarrow is missing."""

import array
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from host_python import HAS_PANDAS, needs_pandas

import prs_parquet_plan
from prs_table_error import TableError

if HAS_PANDAS:
    import pandas
    from pandas.testing import assert_frame_equal
    from table_cases import request_of

    import prs_table_schema
    import prs_tables

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
needs_pyarrow = unittest.skipUnless(HAS_PYARROW, "for an interpreter with pyarrow, see scripts/table_environments")


def schema_of_files(paths, **options):
    request = request_of([], format="parquet", **options)
    request["inputs"][0]["samples"] = [{"path": path, "file": path, "header": None} for path in paths]
    return prs_table_schema.settle(request)


def rows_of_all_kinds(count):
    return pandas.DataFrame(
        {
            "i": range(count), "f": [0.1 * value for value in range(count)], "t": ["é%d" % value for value in range(count)],
            "b": [value % 2 == 0 for value in range(count)], "d": pandas.date_range("2020-01-01", periods=count),
            "m": [None if value < 8 else value for value in range(count)], "s": pandas.array(range(count), dtype="int16"),
            "n": pandas.array([None if value == 12 else value for value in range(count)], dtype="Int64"),
            "c": pandas.Series(["a", "b"] * count, dtype="category")[:count],
            "nested": [{"x": value, "y": [value, None]} for value in range(count)],
            "list": [list(range(value % 3)) for value in range(count)],
        }
    )  # fmt: skip


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "x.parquet")
        self.folder = folder.name

    def place(self, name):
        return os.path.join(self.folder, name)

    def written(self, frame, rows=7, **arguments):
        frame.to_parquet(self.path, row_group_size=rows, **arguments)
        return schema_of_files([self.path])


@needs_pandas
@needs_pyarrow
class RowsTest(Files):
    def frames(self, schema, ranges):
        reader = prs_tables.TableReader(schema)
        frames = []
        for begin, end in ranges:
            frames.append(reader.rows_frame(0, [(self.path, begin, end)]))
            self.assertEqual(list(frames[-1].index), list(range(end - begin)))
            self.assertEqual(list(frames[-1].dtypes), list(frames[0].dtypes))
        return frames

    def test_stretches_of_any_size_are_what_pandas_makes_of_the_whole(self):
        seed = random.randrange(1 << 30)
        generator = random.Random(seed)
        for count in (1, 20, 97):
            schema = self.written(rows_of_all_kinds(count), rows=generator.randint(1, count))
            whole = pandas.read_parquet(self.path)
            ends = sorted(generator.randint(1, count) for _ in range(8)) + [count]
            frames = self.frames(schema, [(a, b) for a, b in zip([0] + ends, ends) if a < b])
            with self.subTest(seed=seed, count=count):
                together = pandas.concat(frames, ignore_index=True)
                assert_frame_equal(together, whole)

    def test_stretches_in_any_order_are_the_same(self):
        schema = self.written(rows_of_all_kinds(50), rows=12)
        whole = pandas.read_parquet(self.path)
        for begin, end in ((30, 33), (33, 41), (2, 3), (0, 50), (49, 50), (10, 30), (11, 12)):
            (frame,) = self.frames(schema, [(begin, end)])
            for column in ("i", "m", "t", "nested"):
                self.assertEqual(repr(frame[column].tolist()), repr(whole[column][begin:end].tolist()))

    def test_one_file_behind_another_and_rows_of_several(self):
        schema = self.written(pandas.DataFrame({"i": range(9)}))
        other = self.place("other.parquet")
        pandas.DataFrame({"i": range(100, 105)}).to_parquet(other)
        reader = prs_tables.TableReader(schema)
        frame = reader.rows_frame(0, [(self.path, 7, 9), (other, 0, 2), (self.path, 0, 1)])
        self.assertEqual(frame["i"].tolist(), [7, 8, 100, 101, 0])
        self.assertEqual(list(frame.index), list(range(5)))

    def test_integers_with_missing_values_anywhere_are_numbers_everywhere(self):
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table({"a": pyarrow.array([1, 2, None, 4]), "b": pyarrow.array([True, None, True, False])})
        pyarrow.parquet.write_table(table, self.path, row_group_size=2)
        frame = self.frames(schema_of_files([self.path]), [(0, 2), (2, 4)])[1]
        self.assertEqual([str(dtype) for dtype in frame.dtypes], ["float64", "object"])
        self.assertEqual(frame["a"].tolist()[1], 4.0)

    def test_columns_types_path_and_keys(self):
        self.written(pandas.DataFrame({"i": range(9), "t": list("abcdefghi"), "f": range(9)}))
        schema = schema_of_files([self.path], columns=["t", "i"], dtypes={"i": "float32"}, include_path_column=True)
        (frame,) = self.frames(schema, [(0, 9)])
        self.assertEqual(list(frame.columns), ["i", "t", "Path"])
        self.assertEqual(str(frame["i"].dtype), "float32")
        self.assertEqual(frame["Path"][8], self.path)

    def test_an_index_with_a_name_is_a_column_and_one_without_is_none(self):
        schema = self.written(pandas.DataFrame({"a": [1, 2]}, index=pandas.Index(["x", "y"], name="id")))
        (frame,) = self.frames(schema, [(0, 2)])
        self.assertEqual(frame["id"].tolist(), ["x", "y"])
        schema = self.written(pandas.DataFrame({"a": [1, 2]}, index=[7, 3]))
        self.assertEqual([column["name"] for column in schema["columns"]], ["a"])
        self.assertEqual(self.frames(schema, [(0, 2)])[0]["a"].tolist(), [1, 2])

    def test_a_path_of_any_bytes_is_read(self):
        schema = self.written(pandas.DataFrame({"i": range(9)}))
        self.path = os.path.join(self.folder, os.fsdecode(b"\xff 'x.parquet"))
        os.rename(self.place("x.parquet"), self.path)
        self.assertEqual(self.frames(schema, [(3, 5)])[0]["i"].tolist(), [3, 4])


@needs_pandas
@needs_pyarrow
class BrokenTest(Files):
    def setUp(self):
        super().setUp()
        self.schema = self.written(pandas.DataFrame({"i": range(9)}))
        self.reader = prs_tables.TableReader(self.schema)

    def expect(self, message, path, begin=0, end=1, reader=None):
        with self.assertRaisesRegex(TableError, message):
            (reader or self.reader).rows_frame(0, [(path, begin, end)])

    def test_what_is_no_whole_file_is_named(self):
        other = self.place("other.parquet")
        shutil.copy(self.path, other)
        os.truncate(other, os.path.getsize(other) - 9)
        self.expect("other.parquet: this is no whole Parquet file", other)
        self.expect("other.parquet: this is no whole Parquet file", other, 0, 0)
        self.expect("none.parquet: this is no whole Parquet file", self.place("none.parquet"))
        self.expect("x.parquet: the file could not be read when the run was planned", self.path, 0, 0)
        self.expect("x.parquet: rows 8 to 9 cannot be read: the file has other rows", self.path, 8, 10)
        self.assertEqual(len(self.reader.rows_frame(0, [(self.path, 0, 9)])), 9, "it goes on")

    def test_two_columns_of_one_name_are_told_and_cost_their_file_alone(self):
        import pyarrow

        other = self.place("other.parquet")
        pyarrow.parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["i", "i"]), other)
        self.expect("other.parquet: 2 columns have the name 'i'", other)
        self.assertIsNone(prs_parquet_plan.groups_of(os.fsencode(other)))
        with self.assertRaisesRegex(TableError, "other.parquet: 2 columns have the name 'i'"):
            schema_of_files([other])

    def test_damaged_rows_are_named_and_others_are_read(self):
        pandas.DataFrame({"i": range(100000), "t": list(map(str, range(100000)))}).to_parquet(self.path, row_group_size=50000)
        reader = prs_tables.TableReader(schema_of_files([self.path]))
        with open(self.path, "r+b") as stream:
            stream.seek(4)
            stream.write(b"\xff" * 200)
        self.expect("x.parquet: rows 0 to 9 cannot be read", self.path, 0, 10, reader)
        self.assertEqual(reader.rows_frame(0, [(self.path, 50000, 50001)])["t"].tolist(), ["50000"])

    def test_other_columns_are_told_with_both_files(self):
        other = self.place("other.parquet")
        for columns in (["j"], ["i", "j"], []):
            pandas.DataFrame({name: [1] for name in columns}).to_parquet(other)
            self.expect("other.parquet has the columns %s, and .*x.parquet has i;" % (", ".join(columns) or "none"), other)
        pandas.DataFrame({"j": [2], "i": [1]}).to_parquet(other)
        reader = prs_tables.TableReader(schema_of_files([self.path], columns=["i"]))
        self.assertEqual(reader.rows_frame(0, [(other, 0, 1)])["i"].tolist(), [1], "the user said which are wanted")

    def test_values_that_do_not_fit_are_a_misfit_or_missing(self):
        other = self.place("other.parquet")
        pandas.DataFrame({"i": ["x", "5"]}).to_parquet(other)
        self.expect("other.parquet: rows 0 to 1: column 'i'.*do not fit the type int64.*dtypes: {i: …}", other, 0, 2)
        reader = prs_tables.TableReader(schema_of_files([self.path], on_type_error="null"))
        self.assertEqual(repr(reader.rows_frame(0, [(other, 0, 2)])["i"].tolist()), "[nan, 5.0]")
        pandas.DataFrame({"i": [1 << 40]}).to_parquet(other)
        reader = prs_tables.TableReader(schema_of_files([self.path], dtypes={"i": "int32"}))
        self.expect("some are too large or too small", other, reader=reader)


class PlanTest(Files):
    def groups_of(self, names):
        answer = self.place("answer")
        self.assertFalse(os.path.exists(answer))
        with open(answer, "ab") as stream:
            prs_parquet_plan.write_groups([os.fsencode(self.place(name)) for name in names], stream)
        numbers = array.array("Q")
        with open(answer, "rb") as stream:
            numbers.frombytes(stream.read())
        return numbers.tolist()

    @needs_pandas
    @needs_pyarrow
    def test_rows_and_bytes_of_each_group(self):
        pandas.DataFrame({"i": range(20)}).to_parquet(self.path, row_group_size=8)
        numbers = self.groups_of(["x.parquet", "none", "x.parquet"])
        self.assertEqual(numbers[0:6:2], [3, numbers[2], numbers[4]])
        self.assertEqual(numbers[1:7:2], [8, 8, 4])
        size = os.path.getsize(self.path)
        self.assertLessEqual(sum(numbers[2:8:2]), size)
        self.assertGreater(sum(numbers[2:8:2]), size - 3)
        self.assertEqual(numbers[7], 2**64 - 1)
        self.assertEqual(numbers[8:], numbers[:7])

    @needs_pyarrow
    def test_what_cannot_be_read_is_told_apart_from_what_has_no_rows(self):
        contents = {"empty": b"", "text": b"PAR1" * 9, "_SUCCESS": b"", "_metadata": b"PAR1", "_x": b"a"}
        for name, content in contents.items():
            with open(self.place(name), "wb") as stream:
                stream.write(content)
        os.mkdir(self.place("folder"))
        unreadable = 2**64 - 1
        self.assertEqual(
            self.groups_of(["empty", "text", "_SUCCESS", "_metadata", "_x", "folder"]),
            [unreadable, unreadable, 0, 0, unreadable, unreadable],
        )

    def test_a_footer_that_crashes_its_reader_costs_itself_alone(self):
        def crash_at_some(path):
            if path.endswith(b"x"):
                os.kill(os.getpid(), signal.SIGKILL)
            return [(int(os.path.basename(path)), 1)]

        names = ["1", "2", "x", "3", "4", "5", "x", "x", "6"]
        with mock.patch.object(prs_parquet_plan, "groups_of", crash_at_some):
            numbers = self.groups_of(names)
        expected = []
        for name in names:
            expected += [2**64 - 1] if name == "x" else [1, int(name), 1]
        self.assertEqual(numbers, expected)

    @unittest.skipIf(HAS_PYARROW, "for an interpreter without pyarrow")
    def test_a_missing_pyarrow_is_named_with_what_needs_it(self):
        said = subprocess.run(
            [sys.executable, prs_parquet_plan.__file__, "/dev/null", self.place("answer")],
            stdout=subprocess.PIPE, universal_newlines=True,
        )  # fmt: skip
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stdout, "input in the format parquet needs the Python package pyarrow, and the interpreter /")


if __name__ == "__main__":
    unittest.main()
