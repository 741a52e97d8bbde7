"""Rows of `.h5`: columns with types, and the file that is made of them (rule 5.2). For an interpreter with pandas.

PRS_HDF5_OUTPUT is the program that makes the file, PRS_HDF5_TOOL the program hdf5_tool of the C++ tests. Where the interpreter has
h5py, it reads the file."""

import datetime
import importlib.util
import json
import os
import random
import resource
import signal
import subprocess
import tempfile
import unittest

from host_python import HAS_PANDAS, Rows

import prs_rows
from prs_rows import BadReturn

PROGRAM = os.environ.get("PRS_HDF5_OUTPUT", "")
TOOL = os.environ.get("PRS_HDF5_TOOL", "")
HAS_H5PY = importlib.util.find_spec("h5py") is not None
MARK = "rows-7;"
if HAS_PANDAS:
    import numpy
    import pandas
if HAS_H5PY:
    import h5py
TEXTS = ["", "Zürich", "日本", 'q"\n', "x" * 20]


def encoder(**arguments):
    return Rows(prs_rows.make_encoder("hdf5", True, arguments))


def frame_of(chance, rows):
    def some(make, missing=None):
        return [missing if chance.random() < 0.2 else make() for _ in range(rows)]

    frame = pandas.DataFrame({"int": [chance.randint(-(2**63), 2**63 - 1) for _ in range(rows)]})
    for name in ("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"):
        frame[name] = pandas.Series([chance.randint(0, 127) for _ in range(rows)], dtype=name)
    for name in ("float16", "float32", "float64"):
        frame[name] = pandas.Series(some(chance.random, float("nan")), dtype=name)
    frame["complex"] = pandas.Series([complex(chance.random(), 1) for _ in range(rows)])
    frame["truth"] = [chance.random() < 0.5 for _ in range(rows)]
    frame["whole"] = pandas.array([chance.randint(0, 9) for _ in range(rows)], dtype="Int64")
    frame["maybe"] = pandas.array(some(chance.random), dtype="Float64")
    frame["other_truth"] = pandas.array([chance.random() < 0.5 for _ in range(rows)], dtype="boolean")
    frame["text"] = pandas.Series(some(lambda: chance.choice(TEXTS)), dtype="object")
    frame["typed_text"] = pandas.array(some(lambda: "a"), dtype="string")
    frame["kind"] = pandas.Categorical(some(lambda: chance.choice("abc")), categories=list("abcd"))
    frame["when"] = pandas.to_datetime(some(lambda: chance.randint(0, 10**9)), unit="s").astype("datetime64[ns]")
    frame["zone"] = frame["when"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin")
    frame["lag"] = pandas.to_timedelta([chance.randint(0, 10**6) for _ in range(rows)], unit="s")
    frame["nothing"] = [None] * rows
    frame["Zahl ä"] = frame["int"]
    return frame


def as_kept(column):
    """The values of a column as a .h5 has them."""
    kind = getattr(column.dtype, "kind", "O")
    if kind == "O":
        return ["" if pandas.isna(value) else value for value in column]
    if kind in "mM":
        plain = column.dt.tz_convert("UTC").dt.tz_localize(None) if getattr(column.dtype, "tz", None) else column
        return plain.to_numpy().view("int64").tolist()
    return column.to_numpy(dtype="float64", na_value=float("nan")).tolist() if column.name == "maybe" else column.tolist()


@unittest.skipUnless(HAS_PANDAS, "for an interpreter with pandas")
class ColumnsTest(unittest.TestCase):
    def test_types_are_told_by_words_that_every_mini_batch_says_alike(self):
        chance = random.Random(3)
        headers = set()
        for rows in (1, 5, 40):
            encoded = encoder()
            encoded.of(frame_of(chance, rows))
            headers.add(encoded.columns)
        self.assertEqual(len(headers), 1, headers)
        types = json.loads(headers.pop())
        self.assertEqual(list(types), list(frame_of(chance, 1).columns))
        for name, word in (
            ("float16", "float16"), ("complex", "complex128"), ("truth", "bool"), ("whole", "int64"), ("maybe", "float64"), ("other_truth", "bool"),
            ("text", "str"), ("typed_text", "str"), ("kind", "str"), ("when", "datetime64[ns]"), ("zone", "datetime64[ns, Europe/Berlin]"),
            ("nothing", "str"),
        ):  # fmt: skip
            self.assertEqual(types[name], word, name)

    def test_what_has_no_rows_settles_nothing(self):
        for nothing in ([], iter(()), pandas.DataFrame(), pandas.DataFrame({"x": [1]}).iloc[:0]):
            rows = encoder()
            self.assertEqual((rows.of(nothing), rows.rows, rows.columns), (b"", 0, ""))

    def test_the_index_is_a_column_where_it_is_asked_for(self):
        frame = pandas.DataFrame({"x": [1]}, index=pandas.Index([5], name="k"))
        for arguments, columns in (({}, '{"x": "int64"}\n'), ({"index": True}, '{"k": "int64", "x": "int64"}\n')):
            rows = encoder(**arguments)
            rows.of(frame)
            self.assertEqual(rows.columns, columns)

    def test_large_frames_go_in_pieces(self):
        rows = encoder()
        rows.of(pandas.DataFrame({"x": range(200000)}))
        self.assertEqual(len(rows.pieces), 4)

    def test_what_cannot_be_columns_is_a_bad_return_that_says_why(self):
        doubled = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        for result, words in (
            (None, "does run\\(\\) end without a return"),
            (["a"], "element 0 .* 'a'.* of a .h5 file have names; return a DataFrame"),
            ([pandas.DataFrame({"x": [1]})], "pandas.concat"),
            ([{"a": 1}, {"b": 1}], "element 1 .*\\['b'\\].*\\['a'\\]"),
            ([{}], "element 0 .*without a key"),
            ([{"a": 1}, {"a": "x"}], "the column 'a' .*mixed-integer.*astype"),
            ([{"a": "\udcff"}], "the column 'a' .*surrogates"),
            ([{"a": "x\0"}], "the column 'a' .*NUL"),
            ([{"a": b"x"}], "the column 'a' .*bytes"),
            ([{"a": datetime.date(2020, 1, 1)}], "the column 'a' .*date"),
            ([{"a": [1]}], "the column 'a' .*astype"),
            ([{"a": 2**70}], "the column 'a' "),
            ([{"a": True}, {"a": None}], "the column 'a' .*boolean"),
            ([{"a/b": 1}], "'a/b'.*rename"),
            ([{"": 1}], "''.*rename"),
            (pandas.DataFrame({"i": pandas.array([1, None], dtype="Int64")}), "the column 'i' .*missing values.*float64"),
            (pandas.DataFrame({"p": pandas.period_range("2020", periods=2)}), "the column 'p' .*period"),
            (pandas.DataFrame(index=range(3)), "3 rows and no columns"),
            (doubled, "two columns with the name 'a'"),
            (pandas.DataFrame([[1, 2]], columns=["1", 1]), "two columns with the name '1'"),
        ):
            with self.assertRaisesRegex(BadReturn, words):
                encoder().of(result)


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))


@unittest.skipUnless(HAS_PANDAS and PROGRAM and TOOL, "for an interpreter with pandas, PRS_HDF5_OUTPUT and PRS_HDF5_TOOL")
class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.rows, self.made = os.path.join(folder.name, "rows"), os.path.join(folder.name, "made.h5")

    def ask(self, header, pieces, **options):
        with open(self.rows, "wb") as stream:
            stream.write(prs_rows.header_bytes(header) + b"".join(pieces))
        ended = subprocess.run([PROGRAM, self.rows, self.made, MARK], stdout=subprocess.PIPE, universal_newlines=True, **options)
        return ended.returncode, json.loads(ended.stdout)

    def make(self, frames):
        rows = encoder()
        pieces = [rows.of(frame) for frame in frames]
        self.assertEqual(self.ask(rows.columns, pieces), (0, {}))

    def expect_frames(self, frames, seed):
        with h5py.File(self.made, "r") as file:
            self.assertEqual(file.attrs["prs_mpi.rows"], MARK.encode())
            self.assertEqual(list(file), list(frames[0].columns))
            for name in frames[0].columns:
                wanted = [value for frame in frames for value in as_kept(frame[name])]
                found = file[name].asstr()[()] if h5py.check_string_dtype(file[name].dtype) else file[name][()]
                numpy.testing.assert_array_equal(found, numpy.array(wanted, found.dtype), "seed %d: %s" % (seed, name))

    @unittest.skipUnless(HAS_H5PY, "for an interpreter with h5py")
    def test_frames_come_back_with_their_types(self):
        seed = int(os.environ.get("PRS_TEST_SEED", random.randrange(10**6)))
        chance = random.Random(seed)
        frames = [frame_of(chance, chance.choice([1, 2, 50])) for _ in range(20)]
        self.make(frames)
        self.expect_frames(frames, seed)
        with h5py.File(self.made, "r") as file:
            for name in frames[0].columns[:12]:
                self.assertEqual(file[name].dtype, frames[0][name].dtype, name)
            self.assertEqual(file["truth"].dtype, bool)
            self.assertEqual(dict(file["when"].attrs)["units"], b"nanoseconds since 1970-01-01 00:00:00")
            self.assertEqual(file["when"].attrs["_FillValue"], -(2**63))
            self.assertEqual(file["zone"].attrs["time_zone"], b"Europe/Berlin")
            frame = pandas.DataFrame({name: file[name][()] for name in file})
        self.assertEqual(len(frame), sum(map(len, frames)))
        self.assertEqual(frame["int"].tolist(), [value for each in frames for value in each["int"]])

    @unittest.skipUnless(HAS_H5PY, "for an interpreter with h5py")
    def test_long_rows_and_rare_long_texts(self):
        """Columns of many chunks; a text of which one is long has texts of any length."""
        frames = [pandas.DataFrame({"i": range(at, at + 90000), "t": list(map(str, range(at, at + 90000)))}) for at in range(0, 450000, 90000)]
        frames[3].loc[5, "t"] = "ä" * 100000
        for frame in frames:
            frame["wide"] = "w" * 300
        self.make(frames)
        self.expect_frames(frames, 0)
        with h5py.File(self.made, "r") as file:
            self.assertEqual(h5py.check_string_dtype(file["t"].dtype).length, None)
            self.assertEqual(h5py.check_string_dtype(file["wide"].dtype).length, 300)
            self.assertEqual(file["i"].chunks, (131072,))
        self.assertLess(os.path.getsize(self.made), 200 << 20)

    def test_the_same_rows_make_the_same_bytes_however_they_were_cut(self):
        frame = frame_of(random.Random(5), 300)
        self.make([frame])
        with open(self.made, "rb") as stream:
            whole = stream.read()
        self.make([frame.iloc[at : at + 7] for at in range(0, 300, 7)])
        with open(self.made, "rb") as stream:
            self.assertEqual(stream.read(), whole)
        self.assertTrue(whole.startswith(b"\x89HDF\r\n\x1a\n"))
        self.assertIn(MARK.encode(), whole[:4096])

    def test_our_own_reader_opens_it(self):
        self.make([pandas.DataFrame({"b": [1, 2], "a": ["x", "yz"]}), pandas.DataFrame({"b": [3], "a": [""]})])
        described = subprocess.run([TOOL, "describe", self.made, "/"], stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(described.split()[:2], [b"table", b"3"])

    def test_many_columns(self):
        names = ["c%04d" % i for i in range(3000)]
        self.make([pandas.DataFrame([range(at, at + 3000)], columns=names) for at in range(5)])
        described = subprocess.run([TOOL, "describe", self.made, "/"], stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(described.split()[:3], [b"table", b"5", b"24000"])
        with open(self.made, "rb") as stream:
            self.assertIn(MARK.encode(), stream.read(4096))

    def test_a_file_that_cannot_grow_is_told_and_removed(self):
        for frame in (pandas.DataFrame({"x": range(100000)}), pandas.DataFrame({"t": ["y" * 100] * 3000})):
            rows = encoder()
            piece = rows.of(frame)
            status, said = self.ask(rows.columns, [piece], preexec_fn=limit_files)
            self.assertEqual((status, said), (1, {"error": "cannot write %s: File too large" % self.made}))
            self.assertFalse(os.path.exists(self.made))

    def test_rows_that_end_within_a_block_are_refused(self):
        rows = encoder()
        piece = rows.of(pandas.DataFrame({"x": range(1000), "t": ["a"] * 1000}))
        for broken in (piece[: len(piece) // 2], piece[:10], b"x" + piece):
            status, said = self.ask(rows.columns, [piece, broken])
            self.assertEqual(status, 1)
            self.assertIn("not as they were written", said["error"])
        self.assertEqual(self.ask("", [])[0], 1)


if __name__ == "__main__":
    unittest.main()
