"""What does not fit is told with file, byte offset, column and value (rule 3.3), whichever reader met it."""

import random
import unittest

from host_python import HAS_PANDAS, needs_pandas

if HAS_PANDAS:
    import pandas
    from table_cases import frame_of, schema_of

    import prs_tables
    from prs_table_error import TableError

HEADER = b"id,name,flag,day\n"
RECORD = b'%d,"n%d, ""x""",True,2020-01-0%d\n'
GOOD = b"".join(RECORD % (number, number, number % 9 + 1) for number in range(50))


def schema(**options):
    options = dict({"support_multi_line": True, "dtypes": {"day": "datetime64[ns]"}}, **options)
    return schema_of([(HEADER, GOOD)], **options)


@needs_pandas
class PlacesTest(unittest.TestCase):
    def failure(self, bad, before=GOOD, after=GOOD, byte_offset=100, **options):
        """(the error, whether its offset is that of the bad record)"""
        reader = prs_tables.TableReader(schema(**options))
        with self.assertRaises(TableError) as caught:
            frame_of(reader, before + bad + after, "/data/x.csv", byte_offset)
        text = str(caught.exception)
        self.assertIn("/data/x.csv: byte %d: " % (byte_offset + len(before)), text)
        return caught.exception.category, text

    def test_a_value_that_does_not_fit_its_type(self):
        for bad, words in (
            (b"x1,a,True,2020-01-01\n", ("column 'id'", "'x1'", "int64", "dtypes: {id: …}", "on_type_error: null")),
            (b"1.5,a,True,2020-01-01\n", ("column 'id'", "'1.5'")),
            (b"99999999999999999999,a,True,2020-01-01\n", ("column 'id'", "99999999999999999999")),
            (b",a,True,2020-01-01\n", ("column 'id'", "a missing value")),
            (b"1,a,Maybe,2020-01-01\n", ("column 'flag'", "'Maybe'", "bool")),
            (b"1,a\n", ("column 'flag'", "a missing value")),
            (b"1,a,True,never\n", ("column 'day'", "'never'", "datetime64[ns]")),
        ):
            category, text = self.failure(bad)
            self.assertEqual(category, "type", text)
            for word in words:
                self.assertIn(word, text)

    def test_a_mini_batch_of_nothing_but_booleans_is_no_column_of_numbers_nor_the_other_way_round(self):
        wanted = schema_of([(b"f,i,b\n", b"0.5,7,True\n")], dtypes={"i": "int8"})
        reader = prs_tables.TableReader(wanted)
        good = frame_of(reader, b"1,0,True\n0,1,False\n", "p", 0)
        self.assertEqual([str(dtype) for dtype in good.dtypes], ["float64", "int8", "bool"])
        for bad, name in ((b"True,0,True\n", "f"), (b"1,False,True\n", "i"), (b"1,0,1\n", "b"), (b"1,0,1.0\n", "b")):
            with self.assertRaisesRegex(TableError, "p: byte 9: column '%s': the value" % name):
                frame_of(reader, b"1,0,True\n" + bad, "p", 0)
            for more in (b"", b",0,True\n"):
                with self.assertRaisesRegex(TableError, "p: byte 0: column '%s': the value" % name):
                    frame_of(reader, bad + more, "p", 0)

    def test_the_first_of_several_is_told_wherever_it_lies(self):
        chance = random.Random(3)
        bad = b"x,a,True,2020-01-01\n"
        for before in (0, 1, 7, chance.randrange(50)):
            lines = GOOD.splitlines(True)
            category, _ = self.failure(bad, b"".join(lines[:before]), b"".join(lines[before:]) + bad + b"y,,,\n")
            self.assertEqual(category, "type")

    def test_line_breaks_in_quotes_are_no_record_ends(self):
        before = b'1,"two\n""lines""\r\n",True,2020-01-01\n' * 3
        self.assertEqual(self.failure(b"x,a,True,2020-01-01\n", before)[0], "type")

    def test_a_record_with_too_many_cells_even_if_it_is_the_first(self):
        for before in (GOOD, b""):
            for bad in (b"1,a,True,2020-01-01,5\n", b"1,a,True,2020-01-01,\n"):
                category, text = self.failure(bad, before)
                self.assertEqual(category, "cells")
                self.assertIn("has 5 cells, and there are 4 columns", text)
        self.assertEqual(self.failure(b"1,a,True,2020-01-01,,\n", b"", b"")[0], "cells")
        self.assertEqual(self.failure(b"1,a,True,2020-01-01,5\n", columns=["id", "day"])[0], "cells")

    def test_a_quote_that_is_never_closed(self):
        category, text = self.failure(b'1,"open,True,2020-01-01\n5,a,True,2020-01-01\n', after=b"")
        self.assertEqual(category, "quotes")
        self.assertNotIn("support_multi_line", text)
        self.assertIn("support_multi_line: true", self.failure(b'1,"open\n', after=b"", support_multi_line=False)[1])
        self.assertEqual(self.failure(b'1,a,True,"2020-01-01\n', after=b"")[0], "quotes")

    def test_bytes_that_are_no_text(self):
        # The loader lets none pass. The zero byte leaves them to pandas, since pyarrow's reader does not look for them again.
        self.assertEqual(self.failure(b"1,\xff\0,True,2020-01-01\n")[0], "encoding")

    def test_offsets_are_those_of_the_file_in_its_own_encoding(self):
        for encoding, length in (("utf-16", 2 * 22), ("latin1", 22), ("windows-1252", 22), ("utf-8", 23)):
            reader = prs_tables.TableReader(schema(encoding=encoding))
            with self.assertRaises(TableError) as caught:
                frame_of(reader, "1,é,True,2020-01-01\n\r\nx,,,\n".encode(), "f", 10)
            self.assertIn("f: byte %d: " % (10 + length), str(caught.exception))

    def test_with_misfits_missing_only_broken_records_fail(self):
        self.assertEqual(self.failure(b"x,a,True,1,2\n", b"y,b,Maybe,3\n" + GOOD, on_type_error="null")[0], "cells")

    def test_a_short_integer_never_wraps(self):
        self.assertIn("'300'", self.failure(b"300,a,True,2020-01-01\n", dtypes={"id": "int8", "day": "datetime64[ns]"})[1])

    def test_a_partition_key_that_is_no_date_is_told(self):
        keyed = schema_of([(HEADER, GOOD)], [{"name": "on", "dtype": "datetime64[ns]"}])
        with self.assertRaisesRegex(TableError, "f: the partition key 'on' is 'never', which is no datetime64"):
            frame_of(prs_tables.TableReader(keyed), GOOD, "f", 0, partition_values={"on": "never"})
        self.assertEqual(pandas.Timestamp(2020, 1, 1).year, 2020)


if __name__ == "__main__":
    unittest.main()
