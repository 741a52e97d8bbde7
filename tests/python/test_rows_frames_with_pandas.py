"""DataFrames, Series and arrays as rows (rule 5.2). For an interpreter with pandas: run them with /usr/bin/python3."""

import datetime
import io
import json
import math
import os
import random
import sys
import subprocess
import unittest

from host_python import HAS_PANDAS, PYTHON_FOLDER, Rows, needs_pandas

import prs_rows

if HAS_PANDAS:
    import numpy
    import pandas


def rows_of(name, has_header=False, **arguments):
    return Rows(prs_rows.make_encoder(name, has_header, arguments))


def frame_of_all_types(count, seed):
    chance = random.Random(seed)
    numbers = [
        chance.choice([chance.random() * 10 ** chance.randint(-300, 300), float("nan"), float("inf"), 0.1, 1e22])
        for _ in range(count)
    ]
    start = datetime.datetime(2020, 1, 1)
    return pandas.DataFrame(
        {
            "float": numbers,
            "single": numpy.array([chance.random() for _ in range(count)], dtype="float32"),
            "int": [chance.randint(-(2**63), 2**63 - 1) for _ in range(count)],
            "bool": [chance.random() < 0.5 for _ in range(count)],
            "text": [chance.choice(["a b", 'q"q', "line\nbreak", "é", "", None, "comma,"]) for _ in range(count)],
            "category": pandas.Categorical([chance.choice(["x y", "z"]) for _ in range(count)]),
            # midnights first, and times later on: how pandas writes the first depends on what it sees at once
            "date": [
                start + datetime.timedelta(days=place, seconds=0 if place < count // 2 else place)
                for place in range(count)
            ],
            "zone": pandas.date_range("2021-03-28", periods=count, freq="h", tz="Europe/Berlin"),
            "lag": pandas.to_timedelta(range(count), unit="s"),
            "maybe": pandas.array([chance.choice([1, None]) for _ in range(count)], dtype="Int64"),
            "mixed": [chance.choice([1, "a", 2.5, None, (1, 2)]) for _ in range(count)],
        },
        index=range(5, 5 + count),
    )


@needs_pandas
class FramesWithPandasTest(unittest.TestCase):
    def test_the_rows_are_to_csv_to_the_byte_whatever_the_size(self):
        seed = int(os.environ.get("PRS_TEST_SEED", random.randrange(10**6)))
        for count in (0, 1, 2, 1000, 23456):  # pandas converts 100000 ÷ columns rows at a time
            frame = frame_of_all_types(count, seed)
            for name, separator in (("text", " "), ("csv", ","), ("tsv", "\t")):
                rows = rows_of(name)
                expected = frame.to_csv(sep=separator, header=False, index=False)
                self.assertEqual(rows.of(frame).decode(), expected, "PRS_TEST_SEED=%d" % seed)
                self.assertEqual((rows.rows, rows.columns), (count, ""))

    def test_large_frames_come_in_pieces(self):
        frame = pandas.DataFrame({"a": range(400000), "b": 0.5})
        rows = rows_of("csv")
        self.assertEqual(rows.of(frame).decode(), frame.to_csv(header=False, index=False))
        self.assertGreaterEqual(min(rows.pieces[:-1]), 1 << 16)
        self.assertLessEqual(max(rows.pieces), 1 << 20)

    def test_the_header_line_is_to_csvs_own(self):
        frame = pandas.DataFrame([[1, 2, 3]], columns=["a b", 'q"', 7])
        for name, separator in (("text", " "), ("csv", ","), ("tsv", "\t")):
            rows = rows_of(name, True)
            whole = frame.to_csv(sep=separator, index=False)
            for _ in range(2):
                body = rows.of(frame).decode()
                self.assertEqual(rows.columns + body, whole)
        rows.of(pandas.DataFrame({"other": [1]}))
        self.assertEqual(rows.columns, "other\n")
        rows.of(pandas.DataFrame({1: [1]}))
        one = rows.columns
        rows.of(pandas.DataFrame({True: [1]}))
        self.assertEqual((one, rows.columns), ("1\n", "True\n"))

    def test_columns_of_several_levels_and_an_index_keep_their_header(self):
        frame = pandas.DataFrame(
            [[1, 2]],
            columns=pandas.MultiIndex.from_tuples([("a", "x"), ("a", "y")]),
            index=pandas.Index(["i"], name="key"),
        )
        rows = rows_of("csv", True, index=True)
        body = rows.of(frame).decode()
        self.assertEqual(rows.columns + body, frame.to_csv())

    def test_a_frame_without_rows_settles_columns_and_one_without_columns_does_not(self):
        rows = rows_of("csv", True)
        self.assertEqual(rows.of(pandas.DataFrame({"a": []})), b"")
        self.assertEqual((rows.rows, rows.columns), (0, "a\n"))
        self.assertEqual(rows.of(pandas.DataFrame()), b"")
        self.assertEqual((rows.rows, rows.columns), (0, ""))

    def test_the_users_arguments_of_to_csv_win(self):
        frame = pandas.DataFrame({"a": [1.23456, None], "b": ["x;y", "é"]}, index=["p", "q"])
        for arguments in (
            {"sep": ";", "header": True, "index": True},
            {"header": ["A", "B"]},
            {"na_rep": "-", "float_format": "%.2f"},
            {"columns": ["b"], "header": True},
            {"quoting": 1, "encoding": "latin-1"},
            {"header": False},
            {"index": True, "index_label": "id", "header": True},
            {"decimal": ","},
        ):
            rows = rows_of("text", True, **arguments)
            body = rows.of(frame)
            expected = frame.to_csv(**{**{"sep": " ", "index": False, "header": True}, **arguments})
            self.assertEqual(rows.columns + body.decode(arguments.get("encoding", "utf-8")), expected, str(arguments))

    def test_bytes_of_file_names_survive(self):
        name = b"a\xff.png"
        frame = pandas.DataFrame({"file": [name.decode("utf-8", "surrogateescape")]}, dtype=object)
        self.assertEqual(rows_of("csv").of(frame), name + b"\n")

    def test_what_a_failed_conversion_left_is_never_emitted_later(self):
        class Broken:
            def __str__(self):
                raise RuntimeError("no text")

        seen = []
        frame = pandas.DataFrame({"a": ["x"] * 60000 + [Broken()], "b": 1})
        with self.assertRaisesRegex(RuntimeError, "no text"):
            prs_rows.make_encoder("csv", False, {}).encode(frame, seen.append)
        before = len(seen)
        import gc

        gc.collect()
        self.assertEqual(len(seen), before)

    def test_frames_are_counted_where_rows_are_not_kept(self):
        rows = rows_of("none")
        for result in (pandas.DataFrame({"a": [1, 2]}), pandas.Series([1, 2]), numpy.zeros((2, 3))):
            self.assertEqual((rows.of(result), rows.rows), (b"", 2))

    def test_a_frame_inside_a_list_is_refused_in_delimited_formats(self):
        for name in ("csv", "jsonl"):
            with self.assertRaisesRegex(prs_rows.BadReturn, "element 0 .* DataFrame .*concat"):
                rows_of(name).of([pandas.DataFrame({"a": [1]})])


@needs_pandas
class ArraysWithPandasTest(unittest.TestCase):
    def test_elements_of_series_and_arrays_are_rows(self):
        self.assertEqual(rows_of("text").of(pandas.Series(["a", 1, None])), b"a\n1\nNone\n")
        self.assertEqual(rows_of("text").of(numpy.array([0.1, 2], dtype="float32")), b"0.1\n2.0\n")
        self.assertEqual(rows_of("text").of([numpy.float64(0.5), numpy.int8(3), numpy.str_("s")]), b"0.5\n3\ns\n")
        self.assertEqual(rows_of("text").of(numpy.array([[1, 2], [3, 4]])), b"[1 2]\n[3 4]\n")
        self.assertEqual(rows_of("text").of(pandas.Index([3, 4])), b"3\n4\n")

    def test_rows_of_arrays_are_cells(self):
        self.assertEqual(rows_of("csv").of(numpy.array([[0.1, 2], [3, 4]], dtype="float32")), b"0.1,2.0\n3.0,4.0\n")
        self.assertEqual(rows_of("csv").of(numpy.array([(1, "a,b")], dtype=[("x", "i4"), ("y", "U9")])), b'1,"a,b"\n')
        self.assertEqual(rows_of("csv").of([pandas.Series([1, "b"])]), b"1,b\n")

    def test_arrays_without_rows_are_bad_returns(self):
        for result in (numpy.array(5), numpy.float32(1), numpy.int64(1)):
            for name in ("none", "text", "csv", "jsonl"):
                with self.assertRaises(prs_rows.BadReturn):
                    rows_of(name).of(result)


@needs_pandas
class JsonLinesWithPandasTest(unittest.TestCase):
    def objects(self, result):
        found = rows_of("jsonl").of(result).decode()
        self.assertTrue(not found or found.endswith("\n"))
        return [json.loads(line, parse_constant=self.fail) for line in found.split("\n")[:-1]]

    def test_one_object_a_row_with_nothing_lost(self):
        frame = pandas.DataFrame(
            {
                "f": [0.1 + 0.2, float("nan"), 1e-300],
                "s": numpy.array([0.1, 0, 1], dtype="float32"),
                "i": [2**62 + 1, 0, -1],
                "t": ["é/", None, "x\ny"],
                "d": pandas.to_datetime([1577836800 * 10**9, None, 1577836800 * 10**9 + 1]),
                "c": pandas.Categorical(["a", None, "b"]),
                "n": pandas.array([1, None, 3], dtype="Int64"),
                "b": [True, False, True],
                "o": [[1], {"k": numpy.int64(2)}, numpy.array([1.5])],
            }
        )
        self.assertEqual(
            self.objects(frame),
            [
                {
                    "f": 0.1 + 0.2,
                    "s": 0.1,
                    "i": 2**62 + 1,
                    "t": "é/",
                    "d": "2020-01-01T00:00:00",
                    "c": "a",
                    "n": 1,
                    "b": True,
                    "o": [1],
                },
                {"f": None, "s": 0.0, "i": 0, "t": None, "d": None, "c": None, "n": None, "b": False, "o": {"k": 2}},
                {
                    "f": 1e-300,
                    "s": 1.0,
                    "i": -1,
                    "t": "x\ny",
                    "d": "2020-01-01T00:00:00.000000001",
                    "c": "b",
                    "n": 3,
                    "b": True,
                    "o": [1.5],
                },
            ],
        )

    def test_pandas_reads_the_rows_back(self):
        seed = int(os.environ.get("PRS_TEST_SEED", random.randrange(10**6)))
        frame = frame_of_all_types(12000, seed)  # more than what is converted at once
        found = self.objects(frame)
        self.assertEqual(len(found), 12000)
        for place in (0, 9999, 10000, 11999):
            wanted = frame["float"].iloc[place]
            self.assertEqual(
                found[place]["float"], wanted if math.isfinite(wanted) else None, "PRS_TEST_SEED=%d" % seed
            )
            self.assertEqual(found[place]["int"], int(frame["int"].iloc[place]), "PRS_TEST_SEED=%d" % seed)
        text = rows_of("jsonl").of(frame[["int", "bool"]]).decode()
        back = pandas.read_json(io.StringIO(text), lines=True)
        self.assertEqual(back["bool"].tolist(), frame["bool"].tolist())

    def test_numpy_values_inside_dictionaries(self):
        self.assertEqual(
            self.objects(
                [
                    {
                        "i": numpy.int64(1),
                        "f": numpy.float32(0.1),
                        "a": numpy.array([[1, 2]]),
                        "b": numpy.bool_(True),
                        numpy.int64(3): 1,
                        "n": numpy.float64("nan"),
                        "s": pandas.Series([1, 2]),
                        "t": pandas.Timestamp("2020-01-01"),
                        "na": pandas.NA,
                        "nat": pandas.NaT,
                        "d": numpy.datetime64("2020-01-01T00:00:00", "ns"),
                        "x": numpy.array([0.1], dtype="float32"),
                        "m": numpy.array(["2020-01-01"], dtype="datetime64[D]"),
                    }
                ]
            ),
            [
                {
                    "i": 1,
                    "f": 0.1,
                    "a": [[1, 2]],
                    "b": True,
                    "3": 1,
                    "n": None,
                    "s": [1, 2],
                    "t": "2020-01-01T00:00:00",
                    "na": None,
                    "nat": None,
                    "d": "2020-01-01T00:00:00.000000000",
                    "x": [0.1],
                    "m": ["2020-01-01"],
                }
            ],
        )

    def test_columns_of_the_same_name_are_a_bad_return(self):
        with self.assertRaisesRegex(prs_rows.BadReturn, "same name.*: a"):
            self.objects(pandas.DataFrame([[1, 2]], columns=["a", "a"]))


@needs_pandas
class ImportsWithPandasTest(unittest.TestCase):
    def test_pandas_and_numpy_are_never_imported_by_us(self):
        code = (
            "import sys; sys.path.insert(0, %r); import prs_rows, prs_entry\n"
            "for name in ('none', 'text', 'csv', 'jsonl'):\n"
            "    prs_rows.make_encoder(name, True, {}).encode([{'a': 1}], print)\n"
            "assert not {'pandas', 'numpy'} & set(sys.modules)" % PYTHON_FOLDER
        )
        subprocess.run([sys.executable, "-B", "-c", code], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
