"""Rows of `.parquet`: columns with types, and the file that is made of them (rule 5.2). For an interpreter with pyarrow."""

import datetime
import decimal
import importlib.util
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

from host_python import PYTHON_FOLDER, Rows

import prs_rows
from prs_rows import BadReturn

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
if HAS_PYARROW:
    import pandas
    import pyarrow
    import pyarrow.parquet

    import prs_column_types
    import prs_parquet_output

PROGRAM = os.path.join(PYTHON_FOLDER, "prs_parquet_output.py")


def encoder(**arguments):
    return Rows(prs_rows.make_encoder("parquet", True, arguments))


def frame_of(chance, rows):
    def some(make):
        return [None if chance.random() < 0.2 else make() for _ in range(rows)]

    return pandas.DataFrame(
        {
            "int": [chance.randint(-(2**63), 2**63 - 1) for _ in range(rows)],
            "small": pandas.Series([chance.randint(0, 9) for _ in range(rows)], dtype="uint8"),
            "float": pandas.Series(some(chance.random), dtype="float64"),
            "maybe": pandas.array(some(lambda: chance.randint(2**60, 2**61)), dtype="Int64"),
            "truth": pandas.array(some(lambda: chance.random() < 0.5), dtype="boolean"),
            "text": pandas.Series(some(lambda: chance.choice(["", "Zürich", 'q"\n', "x" * 100])), dtype="object"),
            "typed_text": pandas.array(some(lambda: "a"), dtype="string"),
            "kind": pandas.Categorical(some(lambda: chance.choice("abc")), categories=list("abcd")),
            "when": pandas.to_datetime([chance.randint(0, 10**9) for _ in range(rows)], unit="s"),
            "zone": pandas.to_datetime([chance.randint(0, 10**9) for _ in range(rows)], unit="s", utc=True),
            "lag": pandas.to_timedelta([chance.randint(0, 10**6) for _ in range(rows)], unit="s"),
            "bytes": [b"\0\xff"] * rows,
            "price": [decimal.Decimal("1.25")] * rows,
            "date": [datetime.date(2020, 2, 29)] * rows,
            "time": [datetime.time(1, 2, 3, 4)] * rows,
            "list": [[1, chance.randint(0, 5)] for _ in range(rows)],
            "record": [{"a": chance.random(), "b": ["x"]} for _ in range(rows)],
            "nothing": [None] * rows,
        }
    )


@unittest.skipUnless(HAS_PYARROW, "for an interpreter with pyarrow")
class ColumnsTest(unittest.TestCase):
    def parquet_of(self, header, pieces, size=None, part=(0, None)):
        """What is read of the file that is made of them, or of a part of them; `size`: rows of a row group."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        rows, self.path = os.path.join(folder.name, "rows"), os.path.join(folder.name, "rows.parquet")
        head = prs_rows.header_bytes(header)
        with open(rows, "wb") as stream:
            stream.write(head + b"".join(pieces))
        prs_parquet_output._GROUP_ROWS = size or 1 << 20
        sizes = [len(head) + sum(map(len, pieces[:place])) for place in range(len(pieces) + 1)]
        begin, end = sizes[part[0]], sizes[len(pieces) if part[1] is None else part[1]]
        prs_parquet_output.write(rows, str(begin), str(end), self.path, "rows-7;")
        return pyarrow.parquet.read_table(self.path)

    def test_frames_come_back_with_their_types_and_every_mini_batch_settles_the_same(self):
        seed = int(os.environ.get("PRS_TEST_SEED", random.randrange(10**6)))
        chance = random.Random(seed)
        rows = encoder()
        frames = [frame_of(chance, chance.choice([1, 2, 50])) for _ in range(20)]
        pieces = [rows.of(frame) for frame in frames]
        headers = set()
        for frame in frames:
            rows.of(frame)
            headers.add(rows.columns)
        self.assertEqual(len(headers), 1, "seed %d: %s" % (seed, headers))
        found = self.parquet_of(rows.columns, pieces)
        for name in frames[0].columns:
            wanted = [value for frame in frames for value in pyarrow.Array.from_pandas(frame[name]).to_pylist()]
            self.assertEqual(found.column(name).to_pylist(), wanted, "seed %d: %s" % (seed, name))
        self.assertEqual(len(rows.of(frames[0])) % 8, 0)

    def test_types_are_told_by_words_that_any_version_reads(self):
        for kind in (
            pyarrow.int64(), pyarrow.float16(), pyarrow.large_string(), pyarrow.large_binary(), pyarrow.bool_(), pyarrow.date32(),
            pyarrow.timestamp("ns"), pyarrow.timestamp("us", "Europe/Berlin"), pyarrow.decimal128(38, -2), pyarrow.binary(16),
            pyarrow.duration("s"), pyarrow.time64("ns"), pyarrow.large_list(pyarrow.large_list(pyarrow.uint8())),
            pyarrow.struct([("a", pyarrow.int8()), ("b", pyarrow.large_list(pyarrow.date64()))]), pyarrow.map_(pyarrow.large_string(), pyarrow.int32()),
        ):  # fmt: skip
            line = prs_column_types.text_of([("x", prs_column_types.described(kind))])
            self.assertEqual(prs_column_types.schema_of(line).field("x").type, kind, line)
            self.assertEqual(line.count("\n"), 1)
        self.assertEqual(prs_column_types.described(pyarrow.dictionary(pyarrow.int8(), pyarrow.string())), "string")

    def test_dictionaries_are_rows(self):
        rows = encoder()
        piece = rows.of({"a": i, "b": None} for i in range(3))
        self.assertEqual((rows.rows, rows.columns), (3, '{"a": "int64", "b": "string"}\n'))
        self.assertEqual(self.parquet_of(rows.columns, [piece]).to_pylist(), [{"a": i, "b": None} for i in range(3)])

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

    def test_what_cannot_be_columns_is_a_bad_return_that_says_why(self):
        doubled = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        for result, words in (
            (None, "does run\\(\\) end without a return"),
            (["a"], "element 0 .* 'a'.* have names; return a DataFrame"),
            ([1.5], "return a DataFrame"),
            ([pandas.DataFrame({"x": [1]})], "pandas.concat"),
            ([{"a": 1}, {"b": 1}], "element 1 .*\\['b'\\].*\\['a'\\]"),
            ([{"a": 1}, {"a": "x"}], "one type"),
            ([{"a": "\udcff"}], "surrogates"),
            (pandas.DataFrame({"mixed": [1, "a"]}), "column mixed"),
            (pandas.DataFrame({"p": pandas.period_range("2020", periods=2)}), "the column 'p' .*period"),
            (pandas.DataFrame(index=range(3)), "3 rows and no columns"),
            (doubled, "(?i)duplicate"),
            (pandas.DataFrame([[1, 2]], columns=["1", 1]), "two columns with the name '1'"),
        ):
            with self.assertRaisesRegex(BadReturn, words):
                encoder().of(result)

    def test_large_frames_go_in_pieces_and_small_ones_share_a_row_group(self):
        rows = encoder()
        rows.of(pandas.DataFrame({"x": range(200000)}))
        self.assertGreater(len(rows.pieces), 2)
        pieces = [rows.of(pandas.DataFrame({"x": range(at, at + 7)})) for at in range(0, 700, 7)]
        self.assertEqual(self.parquet_of(rows.columns, pieces, 100).column("x").to_pylist(), list(range(700)))
        metadata = pyarrow.parquet.read_metadata(self.path)
        self.assertEqual(metadata.num_row_groups, 8)
        self.assertEqual(metadata.metadata[b"prs_mpi.rows"], b"rows-7;")

    def test_a_part_of_the_rows_is_a_file_of_its_own(self):
        rows = encoder()
        pieces = [rows.of(pandas.DataFrame({"x": range(at, at + 7)})) for at in range(0, 700, 7)]
        for begin, end in ((0, 1), (1, 60), (60, None)):
            found = self.parquet_of(rows.columns, pieces, part=(begin, end))
            self.assertEqual(found.column("x").to_pylist(), list(range(begin * 7, (end or 100) * 7)))
            self.assertEqual(sorted(os.listdir(os.path.dirname(self.path))), ["rows", "rows.parquet"])

    def test_rows_that_end_within_a_batch_give_no_file_that_looks_whole(self):
        rows = encoder()
        piece = rows.of(pandas.DataFrame({"x": range(1000)}))
        with self.assertRaises(Exception):
            self.parquet_of(rows.columns, [piece, piece[: len(piece) // 2]])


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@unittest.skipUnless(HAS_PYARROW, "for an interpreter with pyarrow")
class ProgramTest(unittest.TestCase):
    def ask(self, *arguments, **options):
        ended = subprocess.run([sys.executable, PROGRAM, *arguments], stdout=subprocess.PIPE, universal_newlines=True, **options)
        return ended.returncode, json.load(io.StringIO(ended.stdout))

    def test_a_file_that_cannot_grow_is_told_and_removed(self):
        rows = encoder()
        piece = rows.of(pandas.DataFrame({"x": range(100000)}))
        with tempfile.TemporaryDirectory() as folder:
            path, made = os.path.join(folder, "rows"), os.path.join(folder, "made")
            head = prs_rows.header_bytes(rows.columns)
            with open(path, "wb") as stream:
                stream.write(head + piece)
            status, said = self.ask(path, str(len(head)), str(len(head + piece)), made, "mark", preexec_fn=limit_files)
            self.assertEqual(os.listdir(folder), ["rows"])
        self.assertEqual(status, 1)
        self.assertIn("cannot write %s: " % made, said["error"])
        self.assertIn("File too large", said["error"])

class PackageTest(unittest.TestCase):
    def ask(self, package):
        words = [sys.executable, os.path.join(PYTHON_FOLDER, "prs_row_package.py"), ".x", package]
        ended = subprocess.run(words, stdout=subprocess.PIPE, universal_newlines=True)
        return ended.returncode, json.loads(ended.stdout)

    def test_what_is_there_is_found(self):
        self.assertEqual(self.ask("json.decoder"), (0, {}))

    def test_what_is_missing_is_named(self):
        status, said = self.ask("no_such.part")
        self.assertEqual(status, 1)
        self.assertIn("a row file that ends in .x needs the Python package no_such, ", said["error"])
        self.assertIn("'pip install no_such'", said["error"])


if __name__ == "__main__":
    unittest.main()
