"""DataFrames of JSON lines: those of pandas.read_json(lines=True, dtype=False), with types settled once (rule 3.3)."""

import io
import json
import random
import unittest
import warnings

from host_python import HAS_PANDAS, needs_pandas

if HAS_PANDAS:
    import pandas
    from pandas.testing import assert_frame_equal
    from table_cases import frame_of, read, schema_of, seed_of_test

    import prs_tables
    from prs_table_error import TableError

SEEDS = 60
VALUES = {
    "int": lambda chance: chance.randint(-(2**63), 2**63 - 1),
    "float": lambda chance: chance.random() * 10 ** chance.randint(-300, 300),
    "number": lambda chance: chance.choice([chance.random(), chance.randint(-9, 9)]),
    "bool": lambda chance: chance.random() < 0.5,
    "text": lambda chance: chance.choice(["", "Zürich", "a\nb", '"', "2020-01-01", "1", "NA", "😀"]),
    "nested": lambda chance: chance.choice([[1, "a"], {"x": 1}, {"x": {"y": []}}, []]),
    "mixed": lambda chance: chance.choice([1, "a", 2.5, [1], True]),
    "text_or_null": lambda chance: chance.choice(["a", None]),
    "float_or_null": lambda chance: chance.choice([0.1, None]),
}


def random_lines(chance):
    kinds = {"m%d" % place: chance.choice(list(VALUES)) for place in range(chance.randint(1, 6))}
    gaps = chance.random() < 0.5
    lines = []
    for _ in range(chance.choice([1, 3, 40, 200])):
        row = {name: VALUES[kind](chance) for name, kind in kinds.items() if not gaps or chance.random() < 0.9}
        text = json.dumps(row, ensure_ascii=chance.random() < 0.5)
        lines.append((text + chance.choice(["\n", "\r\n", "\n\n", " \n"])).encode())
    return lines


@needs_pandas
class JsonLinesTest(unittest.TestCase):
    def schema(self, records, **options):
        return schema_of([(None, records)], format="jsonl", **options)

    def test_mini_batches_put_together_are_what_pandas_makes_of_the_whole(self):
        for seed in range(seed_of_test(0), seed_of_test(0) + SEEDS):
            chance = random.Random(seed)
            lines = random_lines(chance)
            text = b"".join(lines)
            with self.subTest(seed=seed):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    whole = pandas.read_json(
                        io.BytesIO(text), lines=True, dtype=False, convert_dates=False, convert_axes=False, precise_float=True
                    )
                pieces, at = [], 0
                while at < len(lines):
                    count = chance.choice([1, 5, 50])
                    pieces.append((at, b"".join(lines[at : at + count])))
                    at += count
                if len(whole.columns):
                    assert_frame_equal(read(self.schema(text), pieces), whole.reset_index(drop=True), check_exact=True)

    def test_what_does_not_fit_is_told_with_its_place(self):
        good = b'{"a": 1, "b": "x", "c": true, "d": 0.5}\n'
        reader = prs_tables.TableReader(self.schema(good))
        for bad, words in (
            (b'{"a": 1.5}', ("column 'a'", "1.5", "int64")),
            (b'{"a": 18446744073709551616, "c": true}', ("column 'a'", "18446744073709551616")),
            (b'{"a": true, "c": true}', ("column 'a'", "True")),
            (b'{"a": 1, "c": null}', ("column 'c'", "a missing value", "bool")),
            (b'{"a": 1, "c": true, "d": "x"}', ("column 'd'", "'x'", "float64")),
            (b'{"c": true}', ("column 'a'", "a missing value")),
            (b"[1, 2]", ("JSON array", "has to be an object")),
            (b'{"a": 1', ("no JSON",)),
            (b'{"a": "\xff"}', ("no JSON",)),
            (b"[" * 100000, ("no JSON",)),
            (b'{"a": 1, "c": true}, {"a": 1, "c": true}', ("no JSON",)),
            (b'{"a": 1, "c": true, "z": [{}\n{}]}', ("no JSON",)),
        ):
            with self.assertRaises(TableError) as caught:
                frame_of(reader, good + b"\n" + bad + b"\n" + good, "f.jsonl", 1000)
            for word in words + ("f.jsonl: byte %d: " % (1000 + len(good) + 1),):
                self.assertIn(word, str(caught.exception))

    def test_misfits_are_missing_where_that_is_asked_for(self):
        schema = self.schema(b'{"a": 1, "c": true, "d": 0.5}\n', on_type_error="null")
        frame = read(schema, [(0, b'{"a": "x", "c": 1, "d": []}\n{"a": 2}\n')])
        self.assertEqual([str(dtype) for dtype in frame.dtypes], ["float64", "object", "float64"])
        self.assertEqual(frame["a"].tolist()[1], 2.0)
        self.assertEqual(frame.isna().values.tolist(), [[True, True, True], [False, True, True]])

    def test_the_types_that_the_user_chose_are_made_of_texts_too(self):
        text = b'{"a": "1.5", "b": 7, "d": "2020-01-02", "i": 3}\n'
        schema = self.schema(text, dtypes={"a": "float64", "b": "int8", "d": "datetime64[ns]", "i": "Int64"})
        frame = read(schema, [(0, text + b'{"a": 2, "b": "8"}\n')])
        self.assertEqual([str(dtype) for dtype in frame.dtypes], ["float64", "int8", "datetime64[ns]", "Int64"])
        self.assertEqual(frame.iloc[0].tolist(), [1.5, 7, pandas.Timestamp(2020, 1, 2), 3])
        with self.assertRaisesRegex(TableError, "column 'b': the value 300 does not fit"):
            read(schema, [(0, b'{"a": 2, "b": 300}\n')])

    def test_a_member_that_no_sample_had_is_never_left_out_in_silence(self):
        reader = prs_tables.TableReader(self.schema(b'{"a": 1}\n'))
        with self.assertRaises(TableError) as caught:
            frame_of(reader, b'{"a": 1}\n\n{"a": 1, "z": 2}\n', "f.jsonl", 1000)
        for word in ("f.jsonl: byte 1010: ", "the member 'z'", "'columns: […]'", "'dtypes'"):
            self.assertIn(word, str(caught.exception))

    def test_what_is_not_wanted_may_have_any_members(self):
        frame = read(self.schema(b'{"a": 1, "b": 2}\n', columns=["a"]), [(0, b'{"a": 1, "b": 2, "z": 2}\n')])
        self.assertEqual(list(frame.columns), ["a"])

    def test_what_is_dropped_is_no_column(self):
        frame = read(self.schema(b'{"a": 1, "b": 2}\n', dropped_columns=["b"]), [(0, b'{"a": 1, "b": 2}\n')])
        self.assertEqual(list(frame.columns), ["a"])

    def test_a_rare_member_is_a_column_where_columns_and_dtypes_name_it(self):
        wanted = {"columns": ["a", "z"], "dtypes": {"z": "Int64"}}
        frame = read(self.schema(b'{"a": 1}\n', **wanted), [(0, b'{"a": 1, "z": 2}\n{"a": 3, "y": 0}\n')])
        self.assertEqual((frame["a"].tolist(), str(frame["z"].dtype)), ([1, 3], "Int64"))
        self.assertEqual((frame["z"][0], frame["z"].isna().tolist()), (2, [False, True]))
        for misspelt in ({"columns": ["a", "z"]}, {"dtypes": {"z": "Int64"}}):
            with self.assertRaisesRegex(TableError, "there is no column 'z'"):
                self.schema(b'{"a": 1}\n', **misspelt)

    def test_null_is_missing_as_is_what_is_not_there(self):
        frame = read(self.schema(b'{"a": true, "t": "x"}\n{"a": null, "t": null}\n{}\n'), [(0, b'{"a": null, "t": null}\n{}\n')])
        self.assertTrue(all(type(value) is float and value != value for value in frame.values.ravel().tolist()))

    def test_half_a_character_in_a_sample_does_not_keep_the_run_from_starting(self):
        good = b'{"a": 1, "b": "x\\ud83d\\ude00"}\n'
        for bad in (b'{"a": 2, "b": "\\uD800"}\n', b'{"a": 2, "\\udfff": "x"}\n', b'{"a": 2, "b": ["\\ud800"]}\n'):
            settled = self.schema(good + bad)
            self.assertEqual(settled["columns"], self.schema(good)["columns"])
            self.assertEqual(read(settled, [(0, good)])["b"].tolist(), ["x\U0001f600"])

    def test_only_a_newline_ends_a_line(self):
        text = '{"a": "x\u2028\x85y"}\r\n'.encode()
        self.assertEqual(read(self.schema(text), [(0, text)])["a"].tolist(), ["x\u2028\x85y"])

    def test_no_rows(self):
        self.assertEqual(read(self.schema(b'{"a": 1}\n'), [(0, b"\n")]).shape, (0, 1))


if __name__ == "__main__":
    unittest.main()
