"""The columns and types of a run's table (rule 3.3), and what rank 0 is told where they cannot be settled."""

import io
import json
import os
import subprocess
import sys
import unittest

from host_python import HAS_PANDAS, PYTHON_FOLDER, needs_pandas

if HAS_PANDAS:
    import pandas
    from table_cases import request_of, schema_of

    import prs_table_schema
    from prs_table_error import TableError

PROGRAM = os.path.join(PYTHON_FOLDER, "prs_table_schema.py")
# Imported only once a run needs pandas or pyarrow: for its samples, and for rows of a .parquet or .h5.
NEED_PACKAGES = ("prs_table_sample", "prs_columns", "prs_column_types", "prs_hdf5_columns")


def answer(request, *options, **variables):
    ended = subprocess.run(
        [sys.executable, *options, PROGRAM], input=json.dumps(request).encode(), stdout=subprocess.PIPE, env=dict(os.environ, **variables)
    )
    return ended.returncode, json.loads(ended.stdout.splitlines()[-1])


def types_of(schema):
    return {column["name"]: column["dtype"] for column in schema["columns"]}


class ProgramTest(unittest.TestCase):
    @needs_pandas
    def test_it_answers_with_the_schema_as_json(self):
        request = request_of([(b"a,b\n", b"1,x\n")])
        status, schema = answer(request)
        self.assertEqual((status, schema), (0, prs_table_schema.settle(request)))
        self.assertEqual(schema["inputs"][0]["columns"], ["a", "b"])

    def test_a_missing_pandas_is_named_with_the_format_that_needs_it(self):
        request = {"inputs": [{"options": {"format": "jsonl"}, "samples": []}]}
        status, found = answer(request, "-S", PYTHONPATH="")
        self.assertEqual(status, 1)
        self.assertIn("input in the format jsonl needs the Python package pandas", found["error"])
        self.assertIn(sys.executable, found["error"])

    def test_a_request_that_makes_no_sense_is_an_error_too(self):
        ended = subprocess.run([sys.executable, PROGRAM], input=b"\xff", stdout=subprocess.PIPE)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("could not be settled", json.loads(ended.stdout.splitlines()[-1])["error"])

    def test_nothing_imports_pandas_before_it_is_needed(self):
        names = sorted(name[:-3] for name in os.listdir(PYTHON_FOLDER) if name.startswith("prs_") and name.endswith(".py"))
        names = [name for name in names if name not in NEED_PACKAGES]
        code = "import sys; sys.path.insert(0, %r); import %s; print([m for m in ('pandas', 'numpy', 'pyarrow') if m in sys.modules])"
        found = subprocess.run([sys.executable, "-B", "-c", code % (PYTHON_FOLDER, ", ".join(names))], stdout=subprocess.PIPE)
        self.assertEqual(found.stdout, b"[]\n")


@needs_pandas
class TypesTest(unittest.TestCase):
    def test_types_are_those_of_pandas_over_all_samples_joined(self):
        header = b"i,f,m,t,b\n"
        found = types_of(schema_of([(header, b"1,1,1,1,True\n"), (header, b"2,2.5,,x,False\n")]))
        text = str(pandas.read_csv(io.StringIO("a\nx"))["a"].dtype)
        self.assertEqual(found, {"i": "int64", "f": "float64", "m": "float64", "t": text, "b": "bool"})

    def test_inputs_with_delimiters_of_their_own_are_joined(self):
        request = request_of([(b"a,b\n", b"1,x\n")])
        request["inputs"] += request_of([(b"a;b\n", b"1.5;y\n")], delimiter=";")["inputs"]
        self.assertEqual(types_of(prs_table_schema.settle(request))["a"], "float64")

    def test_text_is_not_taken_for_dates(self):
        self.assertNotIn("date", types_of(schema_of([(b"d,e\n", b"2020-01-01,1\n")]))["d"])

    def test_names_are_made_as_pandas_makes_them(self):
        header = 'a,a,,"b ""c""",Ä\n'.encode()
        schema = schema_of([(header, b"1,2,3,4,5\n")])
        self.assertEqual(schema["inputs"][0]["columns"], list(pandas.read_csv(io.BytesIO(header)).columns))
        self.assertEqual(list(types_of(schema)), ["a", "a.1", "Unnamed: 2", 'b "c"', "Ä"])

    def test_the_first_files_header_is_that_of_all_where_that_is_asked_for(self):
        schema = schema_of([(b"a,b\n", b"1,2\n"), (None, b"3,x\n")], header_mode="from_first_file")
        self.assertEqual([column["name"] for column in schema["columns"]], ["a", "b"])
        self.assertNotEqual(types_of(schema)["b"], "int64")

    def test_files_with_different_headers_have_the_columns_of_all_in_the_order_of_appearance(self):
        schema = schema_of([(b"b,a\n", b"1,2\n"), (b"c,a\n", b"3,4\n")], header_mode="all_files_different_headers")
        self.assertEqual(types_of(schema), {"b": "float64", "a": "int64", "c": "float64"})

    def test_a_number_that_some_file_lacks_has_missing_values(self):
        """Also where no record of the sample says so."""
        files = [(b"a,t,b\n", b""), (b"t\n", b""), (b"a,t,b\n", b"1,2,True\n"), (None, b"5,6\n")]
        schema = schema_of(files, header_mode="all_files_different_headers")
        self.assertEqual(types_of(schema), {"a": "float64", "t": "int64", "b": "object"})
        schema = schema_of(files, header_mode="all_files_different_headers", dtypes={"a": "Int64"})
        self.assertEqual(types_of(schema)["a"], "Int64")

    def test_inputs_of_different_headers_have_the_columns_of_all(self):
        request = request_of([(b"a,b\n", b"1,2\n")])
        request["inputs"] += request_of([(b"c,a\n", b"3,4\n")], header_mode="all_files_different_headers")["inputs"]
        self.assertEqual(types_of(prs_table_schema.settle(request)), {"a": "int64", "b": "float64", "c": "float64"})

    def test_a_sample_without_rows_has_columns_of_text(self):
        self.assertEqual(list(types_of(schema_of([(b"a,b\n", b"")])).values()), ["object", "object"])

    def test_json_lines_have_the_types_of_their_values(self):
        records = b'{"a": 1, "s": "x"}\n{"b": [1], "a": 2.5, "c": true, "s": "y"}\n'
        found = types_of(schema_of([(None, records)], format="jsonl"))
        self.assertEqual(found, {"a": "float64", "s": str(pandas.Series(["x"]).dtype), "b": "object", "c": "object"})


@needs_pandas
class MistakesTest(unittest.TestCase):
    def message(self, samples=((b"name,age\n", b"ann,7\n"),), partition_keys=(), **options):
        with self.assertRaises(TableError) as caught:
            schema_of(samples, partition_keys, **options)
        return str(caught.exception)

    def test_columns_that_do_not_exist_are_named_with_the_nearest_and_the_known_ones(self):
        for option in ({"columns": ["nmae"]}, {"dtypes": {"nmae": "int8"}}, {"dropped_columns": ["nmae"]}):
            text = self.message(**option)
            self.assertIn("'nmae'; did you mean 'name'?", text)
            self.assertIn("name, age", text)
        self.assertIn("no column is left", self.message(dropped_columns=["name", "age"]))

    def test_unknown_types_are_named(self):
        self.assertIn("column 'age': pandas does not know the type 'integr'", self.message(dtypes={"age": "integr"}))
        self.assertIn("cannot be read from a table", self.message(dtypes={"age": "complex"}))

    def test_files_and_inputs_whose_columns_differ_are_named(self):
        text = self.message([(b"a,b\n", b"1,2\n"), (b"a,c\n", b"1,2\n")])
        for word in ("/data/0.csv", "/data/1.csv", "a, b", "a, c", "all_files_different_headers"):
            self.assertIn(word, text)
        request = request_of([(b"a,b\n", b"1,2\n")])
        request["inputs"] += request_of([(b"a\n", b"1\n")])["inputs"]
        with self.assertRaisesRegex(TableError, "has other columns than .*the inputs of a run need the same columns"):
            prs_table_schema.settle(request)

    def test_blanks_about_the_name_of_a_column_are_to_be_seen(self):
        self.assertIn("a, ' b'", self.message([(b"a,b\n", b"1,2\n"), (b"a, b\n", b"1,2\n")]))
        self.assertIn("the table has none", self.message([(None, b"{}\n")], format="jsonl"))

    def test_files_without_names_of_columns_are_named(self):
        self.assertIn("/data/0.csv: this is the first file", self.message([(None, b"1,2\n")], header_mode="from_first_file"))
        self.assertIn("/data/0.csv: the header record", self.message([(b"", b"1,2\n")], header_mode="all_files_different_headers"))

    def test_a_broken_record_among_others_is_left_out(self):
        self.assertEqual(types_of(schema_of([(b"a,b\n", b"1,2\n1,2,3\n4,5\n")])), {"a": "int64", "b": "int64"})
        self.assertEqual(types_of(schema_of([(None, b'{"a": 1}\n{]\n')], format="jsonl")), {"a": "int64"})

    def test_a_file_of_other_columns_among_many_is_left_out(self):
        good, other = (b"a,b\n", b"1,2.5\n"), (b"b,a\n", b"2.5,1\n")
        self.assertEqual(types_of(schema_of([other, good, good])), {"a": "int64", "b": "float64"})
        self.assertIn("all_files_different_headers", self.message([other, good]))

    def test_an_input_without_records_fits_any_columns(self):
        request = request_of([(b"a\n", b"1\n")])
        request["inputs"].append({"options": request["inputs"][0]["options"], "samples": []})
        self.assertEqual([entry["columns"] for entry in prs_table_schema.settle(request)["inputs"]], [["a"], ["a"]])
        request["inputs"] = request["inputs"][1:]
        with self.assertRaises(TableError):
            prs_table_schema.settle(request)

    def test_broken_records_of_a_sample_are_told_with_their_place(self):
        self.assertIn("/data/0.csv: byte 0: the record has 3 cells", self.message([(b"name,age\n", b"1,2,3\n4,5,6\n")]))
        self.assertIn("closing quote", self.message([(b"name,age\n", b'ann,"7\n')]))
        self.assertIn("no JSON", self.message([(None, b"{]\n")], format="jsonl"))

    def test_a_column_like_the_path_is_an_error(self):
        self.assertIn("column 'Path' already", self.message([(b"Path,a\n", b"x,1\n")], include_path_column=True))


if __name__ == "__main__":
    unittest.main()
