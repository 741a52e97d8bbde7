"""Rows of `.csv`, `.tsv` and `.jsonl` that are no DataFrames (rule 5.2); standard library only."""

import collections
import csv
import datetime
import decimal
import io
import json
import unittest

from host_python import Rows

import prs_rows


def rows_of(name, has_header=False, **arguments):
    return Rows(prs_rows.make_encoder(name, has_header, arguments))


class DelimitedRowsTest(unittest.TestCase):
    def test_text_stands_as_it_is_without_a_header(self):
        for count in (1, 40):
            rows = rows_of("csv", True)
            self.assertEqual(rows.of(['a,"b",c'] * count), b'a,"b",c\n' * count)
            self.assertEqual(rows.columns, "")

    def test_cells_are_quoted_so_that_a_reader_gets_them_back(self):
        cells = [["a,b", 'say "hi"', "two\nlines", "", "é\t"], ["plain", "1", "cr\rlf", " x ", "end"]]
        for name, separator in (("csv", ","), ("tsv", "\t")):
            found = rows_of(name).of([list(cells[0]), tuple(cells[1])]).decode()
            self.assertEqual(list(csv.reader(io.StringIO(found, newline=""), delimiter=separator)), cells)
            self.assertTrue(found.endswith("\n") and not found.endswith("\r\n"))

    def test_numbers_and_other_scalars_are_one_cell(self):
        rows = rows_of("csv")
        self.assertEqual(rows.of([1, 2.5, None, decimal.Decimal("1.10"), {1}]), b"1\n2.5\nNone\n1.10\n{1}\n")
        self.assertEqual(rows.of([frozenset([1, 2])]), b'"frozenset({1, 2})"\n')

    def test_named_tuples_are_rows(self):
        point = collections.namedtuple("point", "x y")
        self.assertEqual(rows_of("csv").of([point(1, "a"), point(None, 0.1)]), b"1,a\n,0.1\n")

    def test_dictionaries_keep_the_order_of_the_first_and_give_the_header(self):
        rows = rows_of("csv", True)
        self.assertEqual(rows.of([{"a": 1, "b,": "x"}, {"b,": "y", "a": 2}]), b"1,x\n2,y\n")
        self.assertEqual(rows.columns, 'a,"b,"\n')
        rows = rows_of("csv", False)
        rows.of([{"a": 1}])
        self.assertEqual(rows.columns, "")

    def test_dictionaries_with_other_keys_are_a_bad_return_that_names_both(self):
        with self.assertRaisesRegex(prs_rows.BadReturn, r"element 1 .*\['a', 'c'\].*\['a', 'b'\]"):
            rows_of("csv", True).of([{"a": 1, "b": 2}, {"a": 1, "c": 2}])

    def test_the_settings_of_the_user_hold_for_cells_too(self):
        rows = rows_of("csv", sep=";", quoting="QUOTE_ALL", lineterminator="\r\n")
        self.assertEqual(rows.of([(1, "a"), "as it is"]), b'"1";"a"\r\nas it is\n')

    def test_large_results_come_in_pieces(self):
        rows = rows_of("csv")
        found = rows.of((number, "x" * 90) for number in range(30000))
        self.assertEqual(found.count(b"\n"), 30000)
        self.assertGreaterEqual(min(rows.pieces[:-1]), 1 << 16)
        self.assertLessEqual(max(rows.pieces), 1 << 20)


class JsonLinesTest(unittest.TestCase):
    def lines(self, result, has_header=False):
        rows = rows_of("jsonl", has_header)
        found = rows.of(result).decode("utf-8", "surrogateescape")
        self.assertEqual(rows.columns, "")
        self.assertTrue(not found or found.endswith("\n"))
        return found.split("\n")[:-1]

    def test_a_dictionary_is_one_object_a_line(self):
        found = self.lines([{"name": "é\n", "n": 1, "f": 0.1 + 0.2, "list": [1, None, True]}, {"big": 2**70}], True)
        self.assertEqual(found[0], '{"name":"é\\n","n":1,"f":0.30000000000000004,"list":[1,null,true]}')
        self.assertEqual(json.loads(found[1]), {"big": 2**70})

    def test_text_stands_as_it_is(self):
        for count in (1, 40):
            self.assertEqual(self.lines(['{"ready": 1}'] * count), ['{"ready": 1}'] * count)

    def test_every_line_is_valid_json(self):
        odd = [
            {"nan": float("nan"), "inner": [float("inf")]},
            3,
            None,
            [1, "a"],
            {1: "a", (1, 2): "b", None: 0, 2.5: 1},
            {
                "when": datetime.datetime(2024, 5, 1, 12),
                "day": datetime.date(2024, 5, 1),
                "money": decimal.Decimal("1.10"),
                "set": {3, 1},
                "bytes": b"a",
                "map": collections.OrderedDict(a=1),
                "chain": collections.ChainMap({"k": 1}),
            },
        ]
        found = [json.loads(line, parse_constant=self.fail) for line in self.lines(odd)]
        self.assertEqual(found[0], {"nan": None, "inner": [None]})
        self.assertEqual(found[1:4], [3, None, [1, "a"]])
        self.assertEqual(found[4], {"1": "a", "(1, 2)": "b", "null": 0, "2.5": 1})
        self.assertEqual(
            found[5],
            {
                "when": "2024-05-01T12:00:00",
                "day": "2024-05-01",
                "money": "1.10",
                "set": [1, 3],
                "bytes": "b'a'",
                "map": {"a": 1},
                "chain": {"k": 1},
            },
        )

    def test_bytes_of_file_names_are_escaped_and_read_back_the_same(self):
        name = b"a\xff.png".decode("utf-8", "surrogateescape")
        line = rows_of("jsonl").of([{"file": name, "é": 1}])
        line.decode("utf-8")
        self.assertEqual(json.loads(line), {"file": name, "é": 1})

    def test_a_circle_is_an_error_and_no_crash(self):
        circle = []
        circle.append(circle)
        with self.assertRaises(ValueError):
            self.lines([{"c": circle}])


if __name__ == "__main__":
    unittest.main()
