"""DataFrames of Parquet row groups (rules 3.4, 3.5), and what is said where pyarrow is missing."""

import importlib.util
import os
import shutil
import tempfile
import unittest

from host_python import HAS_PANDAS, needs_pandas

if HAS_PANDAS:
    import pandas
    from pandas.testing import assert_frame_equal
    from table_cases import request_of

    import prs_table_schema
    import prs_tables
    from prs_table_error import TableError

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None


def schema_of_files(paths, **options):
    request = request_of([], format="parquet", **options)
    request["inputs"][0]["samples"] = [{"path": path, "file": path, "header": None} for path in paths]
    return prs_table_schema.settle(request)


@needs_pandas
class ParquetTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "x.parquet")

    def written(self, frame, rows=7, **arguments):
        if not HAS_PYARROW:
            self.skipTest("for an interpreter with pyarrow, see scripts/table_environments")
        frame.to_parquet(self.path, row_group_size=rows, **arguments)
        return schema_of_files([self.path])

    def frames(self, schema, count, rows=7, step=3, **more):
        reader = prs_tables.TableReader(schema)
        frames = []
        for row_group in range((count + rows - 1) // rows):
            for begin in range(0, min(rows, count - row_group * rows), step):
                end = min(begin + step, rows, count - row_group * rows)
                frames.append(reader.parquet_frame(self.path, row_group, begin, end, **more))
                self.assertEqual(list(frames[-1].index), list(range(end - begin)))
                self.assertEqual(list(frames[-1].dtypes), list(frames[0].dtypes))
        return pandas.concat(frames, ignore_index=True)

    def test_mini_batches_put_together_are_what_pandas_makes_of_the_whole(self):
        whole = pandas.DataFrame(
            {
                "i": range(20), "f": [0.1 * value for value in range(20)], "t": ["é%d" % value for value in range(20)],
                "b": [value % 2 == 0 for value in range(20)], "d": pandas.date_range("2020-01-01", periods=20),
                "m": [None if value < 8 else value for value in range(20)], "s": pandas.array(range(20), dtype="int16"),
                "n": pandas.array([None if value == 12 else value for value in range(20)], dtype="Int64"),
            }
        )  # fmt: skip
        schema = self.written(whole)
        assert_frame_equal(self.frames(schema, 20), pandas.read_parquet(self.path))

    def test_integers_with_missing_values_anywhere_are_numbers_everywhere(self):
        self.written(pandas.DataFrame({"a": [1]}))
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table({"a": pyarrow.array([1, 2, None, 4]), "b": pyarrow.array([True, None, True, False])})
        pyarrow.parquet.write_table(table, self.path, row_group_size=2)
        schema = schema_of_files([self.path])
        frame = self.frames(schema, 4, rows=2)
        self.assertEqual([str(dtype) for dtype in frame.dtypes], ["float64", "object"])
        self.assertEqual(frame["a"].tolist()[3], 4.0)

    def test_columns_types_path_and_keys(self):
        self.written(pandas.DataFrame({"i": range(9), "t": list("abcdefghi"), "f": range(9)}))
        schema = schema_of_files([self.path], columns=["t", "i"], dtypes={"i": "float32"}, include_path_column=True)
        frame = self.frames(schema, 9)
        self.assertEqual(list(frame.columns), ["i", "t", "Path"])
        self.assertEqual(str(frame["i"].dtype), "float32")
        self.assertEqual(frame["Path"][8], self.path)

    def test_broken_files_and_misfits_are_named(self):
        schema = self.written(pandas.DataFrame({"i": range(9)}))
        other = os.path.join(os.path.dirname(self.path), "other.parquet")
        reader = prs_tables.TableReader(schema)
        shutil.copy(self.path, other)
        os.truncate(other, os.path.getsize(other) - 9)
        with self.assertRaisesRegex(TableError, "other.parquet: this is no whole Parquet file"):
            reader.parquet_frame(other, 0, 0, 1)
        with self.assertRaisesRegex(TableError, "row group 7 cannot be read"):
            reader.parquet_frame(self.path, 7, 0, 1)
        pandas.DataFrame({"i": ["x"]}).to_parquet(other)
        with self.assertRaisesRegex(TableError, "column 'i'.*do not fit the type int64.*dtypes: {i: …}"):
            reader.parquet_frame(other, 0, 0, 1)
        pandas.DataFrame({"j": [1]}).to_parquet(other)
        with self.assertRaisesRegex(TableError, "has no column 'i'"):
            reader.parquet_frame(other, 0, 0, 1)

    @unittest.skipIf(HAS_PYARROW, "for an interpreter without pyarrow")
    def test_a_missing_pyarrow_is_named_with_what_needs_it(self):
        with self.assertRaisesRegex(TableError, "x.parquet: input in the format parquet needs the Python package pyarrow"):
            schema_of_files([self.path])


if __name__ == "__main__":
    unittest.main()
