"""DataFrames of delimited text (rules 3.3, 3.5): the mini-batches of a file, put together, are what pandas makes of the whole.
For an interpreter with pandas; test_tables_environments.py runs it with further ones."""

import io
import unittest
import warnings

from host_python import HAS_PANDAS, needs_pandas

if HAS_PANDAS:
    import numpy
    import pandas
    import table_cases
    from pandas.testing import assert_frame_equal
    from table_cases import Case, frame_of, read, schema_of, seed_of_test

    import prs_table_delimited
    import prs_table_error
    import prs_tables
    from prs_table_error import TableError

SEEDS = 40


@needs_pandas
class WholeTest(unittest.TestCase):
    def test_mini_batches_put_together_are_what_pandas_makes_of_the_whole(self):
        compared = 0
        for seed in range(seed_of_test(0), seed_of_test(0) + SEEDS):
            case = Case(seed)
            with self.subTest(seed=seed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                schema = schema_of([(case.header, b"".join(case.records))], **case.options())
                try:
                    whole = case.whole(schema["columns"])
                except pandas.errors.ParserError as error:
                    self.assertIn("Buffer overflow", str(error))  # before version 3, of records that end with \r
                    continue
                if len(whole):
                    assert_frame_equal(read(schema, case.pieces()), whole, check_exact=True)
                    compared += 1
        self.assertGreater(compared, SEEDS // 2)


@needs_pandas
class OptionsTest(unittest.TestCase):
    HEADER = b"id,name,score\n"
    RECORDS = b"1,ann,0.5\n2,,\n3,NA,7\n"

    def frame(self, partition_keys=(), partition_values=None, header=HEADER, records=RECORDS, **options):
        schema = schema_of([(header, records)], partition_keys, **options)
        return read(schema, [(len(header or b""), records)], partition_values=partition_values)

    def test_empty_cells_are_empty_texts_where_that_is_asked_for(self):
        frame = self.frame(empty_as_string=True)
        self.assertEqual(frame["name"].tolist()[:2], ["ann", ""])
        self.assertTrue(frame["name"].isna()[2])
        self.assertTrue(numpy.isnan(frame["score"][1]))

    def test_only_the_columns_that_are_kept_are_there_in_the_order_of_the_file(self):
        self.assertEqual(list(self.frame(columns=["score", "id"]).columns), ["id", "score"])
        self.assertEqual(list(self.frame(dropped_columns=["score"]).columns), ["id", "name"])

    def test_path_and_partition_keys_are_the_last_columns(self):
        frame = self.frame(
            [{"name": "store", "dtype": "str"}, {"name": "day", "dtype": "datetime64[ns]"}],
            {"store": "7", "day": "2020-01-02"},
            include_path_column=True,
        )
        self.assertEqual(list(frame.columns), ["id", "name", "score", "Path", "store", "day"])
        self.assertEqual(frame.iloc[2, 3:].tolist(), ["/data/0.csv", "7", pandas.Timestamp("2020-01-02")])
        self.assertEqual(str(frame["store"].dtype), str(pandas.read_csv(io.StringIO("a\nx"))["a"].dtype))

    def test_a_path_that_is_no_text_is_told_where_its_column_cannot_hold_it(self):
        reader = prs_tables.TableReader(schema_of([(b"a\n", b"1\n")], include_path_column=True))
        try:
            frame = frame_of(reader, b"1\n", "/data/caf\udce9.csv", 2)
        except TableError as error:  # pandas 3
            self.assertRegex(str(error), "^/data/caf.*: this path is no text in UTF-8.*rename the file")
        else:
            self.assertEqual(frame["Path"].tolist(), ["/data/caf\udce9.csv"])

    def test_a_key_stands_in_the_place_of_a_column_of_its_name(self):
        keys, values = [{"name": "score"}, {"name": "store", "dtype": "str"}], {"score": "x", "store": "07"}
        frame = self.frame(keys, values)
        self.assertEqual(list(frame.columns), ["id", "name", "score", "store"])
        self.assertEqual(frame.iloc[0, 2:].tolist(), ["x", "07"])
        frame = self.frame(keys, values, columns=["id", "store"], dtypes={"store": "int16"})
        self.assertEqual((list(frame.columns), str(frame["store"].dtype), frame["store"][0]), (["id", "score", "store"], "int16", 7))
        with self.assertRaisesRegex(prs_table_error.TableError, "the partition key 'store' is 'x', which is no int16"):
            self.frame(keys, {"score": "x", "store": "x"}, dtypes={"store": "int16"})

    def test_columns_without_a_header_are_numbers_or_those_of_mltable(self):
        whole = pandas.read_csv(io.BytesIO(self.RECORDS), header=None)
        frame = self.frame(header=None, **{"header_mode": "no_header"})
        assert_frame_equal(frame, whole)
        self.assertEqual(frame.columns.tolist(), whole.columns.tolist())
        frame = self.frame(header=None, header_mode="no_header", unnamed_columns="Column", dtypes={"Column1": "float32"})
        self.assertEqual(list(frame.columns), ["Column1", "Column2", "Column3"])
        self.assertEqual(str(frame["Column1"].dtype), "float32")

    def test_files_with_different_headers_have_the_columns_of_all(self):
        files = [(b"a,b\n", b"1,x\n2,y\n"), (b"b,c\n", b"z,0.5\n")]
        schema = schema_of(files, header_mode="all_files_different_headers")
        reader = prs_tables.TableReader(schema)
        frames = [frame_of(reader, records, "p", len(header), header=header) for header, records in files]
        wanted = pandas.DataFrame({"a": [1.0, 2.0, None], "b": ["x", "y", "z"], "c": [None, None, 0.5]})
        assert_frame_equal(pandas.concat(frames, ignore_index=True), wanted)
        with self.assertRaisesRegex(prs_tables.TableError, "no file of the sample has the column 'd'"):
            frame_of(reader, b"1,2\n", "p", 0, header=b"a,d\n")

    def test_of_different_headers_only_the_columns_that_are_wanted_have_to_be_known(self):
        for options in ({"columns": ["a", "c"]}, {"dropped_columns": ["b"]}):
            schema = schema_of([(b"a,b\n", b"1,x\n"), (b"c,a\n", b"0.5,2\n")], header_mode="all_files_different_headers", **options)
            reader = prs_tables.TableReader(schema)
            frames = [frame_of(reader, b"1,x\n", "p", 0, header=b"a,b\n"), frame_of(reader, b"y,2\n", "p", 0, header=b"b,a\n")]
            assert_frame_equal(pandas.concat(frames, ignore_index=True), pandas.DataFrame({"a": [1, 2], "c": [float("nan")] * 2}))

    def test_dates_are_read_in_one_format_in_every_mini_batch(self):
        records = [b"13/02/2020,1\n", b"01/02/2020,2\n"]
        schema = schema_of([(b"day,x\n", b"".join(records))], dtypes=[["day", "datetime64[ns]"]])
        frame = read(schema, [(6, records[0]), (19, records[1])])
        self.assertEqual(frame["day"].tolist(), [pandas.Timestamp(2020, 2, 13), pandas.Timestamp(2020, 2, 1)])
        zoned = schema_of([(b"day,x\n", b"2020-06-01T10:00:00+02:00,1\n")], dtypes={"day": "datetime64[ns, Europe/Berlin]"})
        self.assertEqual(str(read(zoned, [(6, b"2020-06-01T10:00:00+02:00,1\n")])["day"][0]), "2020-06-01 10:00:00+02:00")

    def test_the_types_that_the_user_chose_are_those_of_pandas(self):
        for dtype in ("Int64", "Float64", "string", "int8", "uint16", "float32", "category", "object", "str"):
            frame = self.frame(dtypes={"id": dtype})
            wanted = pandas.read_csv(io.BytesIO(self.HEADER + self.RECORDS), dtype={"id": dtype})
            assert_frame_equal(frame, wanted)

    def test_misfits_are_missing_where_that_is_asked_for(self):
        schema = schema_of(
            [(b"i,b,f,d,n\n", b"1,True,0.5,2020-01-01,3\n")], on_type_error="null", dtypes={"d": "datetime64[ns]", "n": "Int64"}
        )
        self.assertEqual([column["dtype"] for column in schema["columns"]], ["float64", "object", "float64", "datetime64[ns]", "Int64"])
        frame = read(schema, [(8, b"1,True,0.5,2020-01-01,3\nx,2,1_7,never,4.5\n,False,0.1234567890123456789,,\n17,,17,2020-01-03,x\n")])
        self.assertEqual(frame["i"].isna().tolist(), [False, True, True, False])
        self.assertEqual(frame["f"].tolist()[3], 17.0)
        self.assertEqual(frame["f"][2], pandas.read_csv(io.StringIO("0.1234567890123456789\n"), header=None)[0][0])
        self.assertEqual(frame["b"].isna().tolist(), [False, True, False, True])
        self.assertEqual(frame["d"].isna().tolist(), [False, True, True, False])
        self.assertEqual(frame["n"].isna().tolist(), [False, True, True, True])
        self.assertIs(frame["b"][2], False)

    def test_mini_batches_of_thousands_of_columns_and_of_no_rows(self):
        header = (",".join("c%d" % place for place in range(3000)) + "\n").encode()
        record = (",".join(str(place) for place in range(3000)) + "\n").encode()
        schema = schema_of([(header, record)])
        frame = read(schema, [(0, record * 3)])
        self.assertEqual((frame.shape, int(frame.iloc[2, 2999])), ((3, 3000), 2999))
        self.assertEqual(set(map(str, frame.dtypes)), {"int64"})
        for nothing in (b"", b"\n", b"  \r\n"):
            frame = read(schema, [(0, nothing)])
            self.assertEqual((frame.shape, set(map(str, frame.dtypes))), ((0, 3000), {"int64"}))

    def test_the_script_may_write_into_its_frame(self):
        frame = self.frame(columns=["id", "score"])
        for name in frame.columns:
            frame.loc[0, name] = 9
            numpy.asarray(frame[name].array)
        self.assertEqual(frame.iloc[0].tolist(), [9, 9])

    def test_a_record_longer_than_a_block_is_read(self):
        record = b'1,"%s",2.5\n' % (b"x" * 3000000)
        self.assertEqual(len(self.frame(records=self.RECORDS + record)["name"][3]), 3000000)

    def test_the_bytes_are_not_decoded_on_the_way(self):
        stream = prs_table_delimited._Stream(memoryview("é,1\n".encode()))
        self.assertEqual(stream.read(3), "é,".encode())
        self.assertEqual(stream.read(), b"1\n")

    def test_schemas_are_read_from_text_too(self):
        import json

        schema = schema_of([(self.HEADER, self.RECORDS)])
        frame = frame_of(prs_tables.TableReader(json.dumps(schema)), self.RECORDS, "p", 0)
        assert_frame_equal(frame, pandas.read_csv(io.BytesIO(self.HEADER + self.RECORDS)))
        self.assertTrue(table_cases.kept_file(b""))


if __name__ == "__main__":
    unittest.main()
