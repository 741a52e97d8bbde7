"""Rows of HDF5 files from the C++ reader's memory to DataFrames and arrays (rules 3.4, 3.5).

PRS_HDF5_TOOL is the program hdf5_tool of the C++ tests. Where the interpreter has h5py, what h5py writes must come back equal."""

import importlib.util
import mmap
import os
import random
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from host_python import HAS_PANDAS

import prs_hdf5
from prs_table_error import TableError

if HAS_PANDAS:
    import numpy
    import pandas
    from table_cases import request_of

    import prs_table_schema
    import prs_tables

TOOL = os.environ.get("PRS_HDF5_TOOL", "")
HAS_H5PY = importlib.util.find_spec("h5py") is not None
if HAS_H5PY:
    import h5py


class ToolFailed(Exception):
    pass


def tool(*words):
    ended = subprocess.run([TOOL] + [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ended.returncode != 0:
        raise ToolFailed(ended.stderr.decode())
    return ended.stdout


def read(path, dataset="", begin=0, end=-1):
    """As the host reads it: from a mapping that is gone when the rows are there."""
    bytes_read = tool("read", path, dataset, begin, end)
    memory = mmap.mmap(-1, len(bytes_read))
    memory[:] = bytes_read
    rows = prs_hdf5.rows(memory, path, begin)
    memory.close()  # raises BufferError where a view of it is left
    return rows


class Folder(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.path = os.path.join(place.name, "data.h5")

    def assert_frame(self, frame, expected):
        pandas.testing.assert_frame_equal(frame, expected, check_index_type="exact")


@unittest.skipUnless(HAS_PANDAS and TOOL, "for an interpreter with pandas, and PRS_HDF5_TOOL")
class Rows(Folder):
    def setUp(self):
        super().setUp()
        tool("make", self.path)

    def test_a_compound_is_a_frame(self):
        expected = pandas.DataFrame(
            {
                "age": numpy.array([31, -4, 77], dtype="int32"),
                "name": ["Anna", "Bö", ""],
                "city": ["Oslo", "", "Zürich"],
                "is_member": [True, False, True],
                "height": [1.5, -2.0, 0.25],
            }
        )
        self.assert_frame(read(self.path, "/people"), expected)
        self.assert_frame(read(self.path, "/people", 1, 2), expected[1:2].reset_index(drop=True))

    def test_a_group_is_a_frame(self):
        expected = pandas.DataFrame({"z": [10, 11, 12, 13, 14], "a": ["plain", "text", "only", "", "here"]})
        self.assert_frame(read(self.path, "/g"), expected)
        self.assert_frame(read(self.path, "/g", 2, 5), expected[2:5].reset_index(drop=True))

    def test_no_rows_have_the_same_types(self):
        for dataset in ("/g", "/people"):
            self.assertEqual(list(read(self.path, dataset, 1, 1).dtypes), list(read(self.path, dataset).dtypes))

    def test_an_array_is_a_native_array_of_its_own(self):
        rows = read(self.path, "/array", 1, 3)
        self.assertEqual((rows.dtype, rows.shape, rows.tolist()), (numpy.dtype("float32"), (2, 2), [[2, 3], [4, 5]]))
        self.assertTrue(rows.dtype.isnative and rows.flags.owndata and rows.flags.writeable)

    def test_a_frame_may_be_written_to(self):
        frame = read(self.path, "/g")
        frame.loc[0, "z"] = 7
        frame["a"] = frame["a"].str.upper()
        self.assertEqual(frame.iloc[0].tolist(), [7, "PLAIN"])

    def test_text_that_is_not_utf8_is_named(self):
        message = r"%s: row 1: column 'latin': the text b'caf\\xe9' is not UTF-8; " % self.path
        with self.assertRaisesRegex(ValueError, message):
            read(self.path, "/latin")

    def test_what_is_not_ours_is_refused(self):
        for junk in (b"", b"junk", b"x" * 100, tool("read", self.path, "/g", 0, 1)[:-1]):
            with self.assertRaisesRegex(ValueError, "no rows of an HDF5 file"):
                prs_hdf5.rows(junk)


@unittest.skipUnless(HAS_PANDAS and TOOL, "for an interpreter with pandas, and PRS_HDF5_TOOL")
class SettledRows(Folder):
    """Through the schema of a run, as a mini-batch of several files."""

    def setUp(self):
        super().setUp()
        tool("make", self.path)
        self.keys = {"partition_keys": [{"name": "store", "dtype": "str"}]}

    def schema(self, *datasets, keys=None, **options):
        request = request_of([], format="hdf5", **options)
        request["inputs"] = [dict(request["inputs"][0]) for _ in datasets]
        for number, dataset in enumerate(datasets):
            file = self.path + ".layout%d" % number
            with open(file, "wb") as stream:
                stream.write(tool("layout", self.path, dataset))
            request["inputs"][number]["samples"] = [{"path": self.path, "file": file, "begin": 0, "header": None}]
        return prs_table_schema.settle(dict(request, **(keys or {})))

    def of_pieces(self, schema, dataset, *ranges, **values):
        spans = [tool("read", self.path, dataset, begin, end) for begin, end in ranges]
        pieces = [
            SimpleNamespace(path="/%d" % begin, byte_offset=begin, size=len(span), items=end - begin, header=None)
            for span, (begin, end) in zip(spans, ranges)
        ]
        reader = prs_tables.TableReader(schema)
        return reader.frame_of_pieces(bytearray(b"".join(spans)), 0, pieces, values or None)

    def test_files_are_one_frame_with_path_and_keys(self):
        schema = self.schema("/people", keys=self.keys, include_path_column=True)
        frame = self.of_pieces(schema, "/people", (0, 1), (1, 3), store="7")
        expected = read(self.path, "/people")
        expected["Path"] = pandas.Series(["/0", "/1", "/1"], dtype=expected["name"].dtype)
        expected["store"] = pandas.Series(["7"] * 3, dtype=expected["name"].dtype)
        self.assert_frame(frame, expected)

    def test_one_file_is_what_lies_in_memory(self):
        for dataset in ("/g", "/people"):
            self.assert_frame(self.of_pieces(self.schema(dataset), dataset, (0, 2)), read(self.path, dataset, 0, 2))

    def test_arrays_are_joined(self):
        rows = self.of_pieces(self.schema("/array", keys=self.keys), "/array", (0, 1), (1, 3), store="7")
        self.assertEqual((rows.dtype, rows.tolist()), (numpy.dtype("float32"), [[0, 1], [2, 3], [4, 5]]))

    def test_a_file_of_another_kind_or_other_columns_is_named(self):
        for settled, found, message in (
            ("/g", "/people", "/0 has the columns age, name, city, is_member, height, and .* has z, a;"),
            ("/g", "/array", "/0 has an array, and .* has a table"),
            ("/array", "/g", "/0 has a table, and .* has an array"),
        ):
            with self.assertRaisesRegex(TableError, message):
                self.of_pieces(self.schema(settled), found, (0, 1))

    def test_inputs_are_all_tables_or_arrays_of_one_shape(self):
        self.assertEqual(len(self.schema("/array", "/array")["inputs"]), 2)
        with self.assertRaisesRegex(TableError, r"data.h5 has a table, and .* has arrays of <f4 with rows of the shape \[2\]"):
            self.schema("/array", "/g")
        with self.assertRaisesRegex(TableError, "an array, which has no column 'Path'"):
            self.schema("/array", include_path_column=True)
        keys = {"partition_keys": [{"name": "store", "dtype": "str", "is_chosen": False}]}
        self.assertEqual([column["name"] for column in self.schema("/g", keys=keys)["columns"]], ["z", "a", "store"])
        with self.assertRaisesRegex(TableError, "an array, which has no columns for the keys of 'partition_format'"):
            self.schema("/array", keys=keys)

    def test_types_of_another_file_are_kept_only_where_the_values_fit(self):
        schema = self.schema("/g", columns=["z"])
        for dtype, expected in (("int8", None), ("uint8", None), ("float32", [10, 11]), ("bool", None), ("str", None)):
            schema["columns"][0]["dtype"] = dtype
            if expected or dtype in ("int8", "uint8"):
                frame = self.of_pieces(dict(schema), "/g", (0, 2))
                self.assertEqual((str(frame["z"].dtype), frame["z"].tolist()), (dtype, [10, 11]))
            else:
                with self.assertRaisesRegex(TableError, "/0: column 'z': its values do not fit the type %s" % dtype):
                    self.of_pieces(schema, "/g", (0, 2))

    def test_text_that_is_not_utf8_is_a_failure_of_the_table(self):
        with self.assertRaisesRegex(TableError, "/0: row 1: column 'latin': the text"):
            self.of_pieces(self.schema("/latin"), "/latin", (0, 2))


@unittest.skipUnless(HAS_PANDAS and TOOL and HAS_H5PY, "for an interpreter with pandas and h5py, and PRS_HDF5_TOOL")
class WrittenByH5py(Folder):
    STORAGE = ({}, {"chunks": True}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True, "chunks": True})

    def columns(self, chance, count):
        numbers = {
            name: numpy.array([chance.randint(0, 100) for _ in range(count)]).astype(name)
            for name in ("i1 <i2 >i4 <i8 u1 >u2 <u4 >u8 <f2 >f2 <f4 >f8 ? <c8 >c16").split()
        }
        texts = ["".join(chance.choice("aé三😀 \n\"',") for _ in range(chance.randint(0, 9))) for _ in range(count)]
        numbers["text"] = numpy.array(texts, dtype=object)
        numbers["fixed"] = numpy.array([chance.choice(["", "x%d" % i, "ä"]).encode() for i in range(count)], dtype="S9")
        return numbers

    def expected(self, columns):
        frame = {}
        for name, values in columns.items():
            if values.dtype.kind == "S":
                values = [value.decode() for value in values.tolist()]
            elif values.dtype.kind != "O":
                values = values.astype(values.dtype.newbyteorder("="))
            frame[name] = pandas.Series(values.tolist() if getattr(values, "dtype", None) == object else values)
        return pandas.DataFrame(frame)

    def test_columns_in_a_group_come_back_equal_in_any_range(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for libver in ("earliest", "v110"):
            for storage in self.STORAGE:
                count = chance.randint(1, 300)
                columns = self.columns(chance, count)
                with h5py.File(self.path, "w", libver=libver, track_order=True) as file:
                    for name, values in columns.items():
                        dtype = h5py.string_dtype() if values.dtype.kind == "O" else None
                        file.create_dataset(name, data=values, dtype=dtype, **storage)
                expected = self.expected(columns)
                with self.subTest(seed=seed, storage=storage, libver=libver):
                    self.assert_frame(read(self.path), expected)
                    begin = chance.randint(0, count - 1)
                    end = chance.randint(begin + 1, count)
                    self.assert_frame(read(self.path, "/", begin, end), expected[begin:end].reset_index(drop=True))

    def test_a_record_array_comes_back_equal(self):
        columns = self.columns(random.Random(5), 200)
        dtype = [(name, h5py.string_dtype() if v.dtype.kind == "O" else v.dtype) for name, v in columns.items()]
        records = numpy.empty(200, dtype=dtype)
        for name, values in columns.items():
            records[name] = values
        for storage in self.STORAGE:
            with h5py.File(self.path, "w") as file:
                file.create_dataset("records", data=records, **storage)
            self.assert_frame(read(self.path), self.expected(columns))

    def test_arrays_come_back_equal(self):
        for dtype in (">f4", "<f2", "u1", "?", ">c16", ">i8"):
            values = numpy.arange(5 * 4 * 3).reshape(5, 4, 3).astype(dtype)
            with h5py.File(self.path, "w") as file:
                file.create_dataset("a", data=values, compression="gzip")
            rows = read(self.path, "a", 1, 4)
            self.assertEqual(rows.dtype, values.dtype.newbyteorder("="))
            numpy.testing.assert_array_equal(rows, values[1:4])

    def test_enums_are_their_integers(self):
        dtype = h5py.enum_dtype({"RED": 3, "BLUE": 70000}, basetype=">i4")
        with h5py.File(self.path, "w") as file:
            file.create_dataset("colour", data=[70000, 3], dtype=dtype)
        self.assert_frame(read(self.path), pandas.DataFrame({"colour": numpy.array([70000, 3], dtype="int32")}))

    def test_a_filter_of_h5py_alone_is_named(self):
        with h5py.File(self.path, "w") as file:
            file.create_dataset("x", data=numpy.arange(100), compression="lzf")
        with self.assertRaisesRegex(ToolFailed, r"the filter 'lzf' \(number 32000\).*compression='gzip'"):
            read(self.path)

    @unittest.skipUnless(importlib.util.find_spec("tables"), "pandas' to_hdf needs the package tables")
    def test_what_pandas_itself_wrote_is_refused_by_name(self):
        frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
        for layout in ("fixed", "table"):
            frame.to_hdf(self.path, key="df", mode="w", format=layout)
            for dataset in ("", "df", "/df/axis0" if layout == "fixed" else "/df/table"):
                with self.assertRaisesRegex(ToolFailed, "was written by pandas' to_hdf"):
                    read(self.path, dataset)


if __name__ == "__main__":
    unittest.main(verbosity=2)
