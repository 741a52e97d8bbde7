"""Which files of a table begin with a header (rule 3.3), and columns that come of the paths (rule 3.6), under the real program: run()
gets what pandas makes of the files, with its own reader and with pyarrow's."""

import gzip
import io
import json
import os
import unittest

from run_testing import main
from table_testing import TableRunTest

try:
    import pandas
    from pandas.testing import assert_frame_equal
except ImportError:
    pandas = None


class WholeTableTest(TableRunTest):
    """Small mini-batches, whose frames together are the whole table."""

    def setUp(self):
        super().setUp()
        self.write_keeping_script()
        os.mkdir(self.path("no_arrow"))
        with open(self.path("no_arrow", "pyarrow.py"), "w") as stream:
            stream.write("raise ImportError('pandas alone')\n")

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path("data", name)), exist_ok=True)
        content = text.encode()
        return self.write_bytes(name, gzip.compress(content) if name.endswith(".gz") else content)

    def frames_with(self, extra):
        for name in os.listdir(self.path("got")):
            os.remove(self.path("got", name))
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite", extra=extra), 0)
        return self.got()

    def expect_frames(self, whole, **keys):
        """Whatever reads them, and however small the mini-batches are."""
        for extra in ({}, {"PYTHONPATH": self.path("no_arrow")}):
            for size in ("7", "1 MB") if "partition_keys" not in keys else (None,):
                self.write_table_config(mini_batch_size=size, error_threshold=0, run_max_try=1, **keys)
                frames = self.frames_with(extra)
                for frame in frames:
                    self.assertEqual(list(frame.index), list(range(len(frame))))
                    self.assertEqual(list(frame.dtypes), list(frames[0].dtypes))
                assert_frame_equal(pandas.concat(frames, ignore_index=True), whole, check_exact=True)
        return frames

    def refused(self, **keys):
        self.write_table_config(**keys)
        ran = self.mpirun(3)
        self.assertEqual(ran.status, 2, ran)
        return ran.stderr


@unittest.skipIf(pandas is None, "this interpreter has no pandas; PRS_PYTHON names another one")
class FromFirstFile(WholeTableTest):
    TABLE = {"header": "from_first_file"}

    def test_all_records_of_the_other_files_are_data(self):
        self.write("a.csv", "number,word\n1,one\n2,two\n")
        self.write("b.csv", "3,three\n4,four\n")
        self.write("c.csv.gz", "5,five\n6,six\n")
        whole = pandas.DataFrame({"number": [1, 2, 3, 4, 5, 6], "word": ["one", "two", "three", "four", "five", "six"]})
        self.expect_frames(whole, table=self.TABLE)

    def test_the_first_file_may_be_compressed_and_one_that_is_empty_is_none(self):
        self.write("a.csv", "")
        self.write("b.csv.gz", "number,word\n1,one\n")
        self.write("c.csv", "number,word\n3,three\n")
        whole = pandas.DataFrame({"number": ["1", "number", "3"], "word": ["one", "word", "three"]})
        self.expect_frames(whole, table=self.TABLE)

    def test_each_input_has_a_first_file(self):
        for folder, numbers in (("x", (1, 2, 3)), ("y", (4, 5, 6))):
            self.write("%s/1.csv" % folder, "a,b\n%d,0\n" % numbers[0])
            self.write("%s/2.csv" % folder, "%d,0\n%d,0\n" % numbers[1:])
        inputs = [dict(self.TABLE, name=name, format="csv", path="data/" + name) for name in "xy"]
        self.expect_frames(pandas.DataFrame({"a": range(1, 7), "b": [0] * 6}), top={"inputs": inputs})

    def test_line_breaks_in_quotes(self):
        self.write("a.csv", '"num\nber",word\n1,"o\nne"\n2,two\n')
        self.write("b.csv", '3,"th\nree"\n')
        whole = pandas.DataFrame({"num\nber": [1, 2, 3], "word": ["o\nne", "two", "th\nree"]})
        self.expect_frames(whole, table=dict(self.TABLE, support_multi_line=True))

    def test_the_first_file_in_the_order_of_paths_names_the_columns_of_all_partitions(self):
        """It is in the last partition, and not the first of that one's."""
        self.write("2020/z=1/b.csv", "number,word\n1,one\n")
        self.write("2021/z=0/c.csv", "2,two\n")
        self.write("2019/z=1/a.csv", "")
        self.write("2022/z=1/a.csv", "3,three\n")
        whole = pandas.DataFrame({"number": [2, 1, 3], "word": ["two", "one", "three"], "z": ["0", "1", "1"]})
        self.expect_frames(whole, table=dict(self.TABLE, partition_format="*/z={z}/*"), partition_keys=["z"])

    def test_mltable_says_it_in_the_order_of_its_paths(self):
        self.write("new/z.csv", "number,word\n1,one\n")
        self.write("old/a.csv", "2,two\n")
        steps = [{"read_delimited": {"header": "from_first_file"}}]
        self.write("MLTable", json.dumps({"paths": [{"file": "./new/z.csv"}, {"file": "./old/a.csv"}], "transformations": steps}))
        whole = pandas.DataFrame({"number": [1, 2], "word": ["one", "two"]})
        self.expect_frames(whole, top={"inputs": [{"name": "t", "path": "data", "type": "mltable"}]})

    def test_without_names_of_columns_nothing_starts(self):
        self.write("a.csv", "\n\n")
        self.write("b.csv", "1,2\n")
        said = self.refused(table=self.TABLE, mini_batch_size="9")
        self.assertIn("a.csv", said)
        self.assertIn("no header record", said)
        with open(self.path("data", "a.csv.gz"), "wb") as stream:
            stream.write(b"\x1f\x8b but no more of it")
        os.remove(self.path("data", "a.csv"))
        self.assertIn("a.csv.gz", self.refused(table=self.TABLE, top={"output": "other"}))

    def test_a_resumed_start_has_the_same_columns(self):
        for number in range(6):
            self.write("%d.csv" % number, "a,b\n" * (number == 0) + "%d,x\n" % number)
        self.write_script("""
import os
def run(frame):
    if frame["a"][0] == 4 and not os.path.exists(%r): raise ValueError("not yet")
    return [repr(row) for row in zip(frame["a"].tolist(), frame["b"])]
""" % self.path("now"))
        self.write_table_config(table=self.TABLE, run_max_try=1, error_threshold=-1)
        self.mpirun(3)
        self.assertEqual(self.rows(), ["(%d, 'x')" % number for number in range(6) if number != 4])
        open(self.path("now"), "w").close()
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.assertEqual(self.rows(), ["(%d, 'x')" % number for number in range(6)])


@unittest.skipIf(pandas is None, "this interpreter has no pandas; PRS_PYTHON names another one")
class DifferentHeaders(WholeTableTest):
    TABLE = {"header": "all_files_different_headers"}

    def whole_of(self, texts):
        return pandas.concat([pandas.read_csv(io.StringIO(text)) for text in texts], ignore_index=True)

    def test_columns_are_matched_by_name_and_missing_ones_are_missing_values(self):
        texts = ["a,b\n1,x\n2,y\n", "b,c\nz,0.5\n", "c,a\n1.5,3\n"]
        for place, text in enumerate(texts):
            self.write("%d.csv%s" % (place, ".gz" * (place == 1)), text)
        self.expect_frames(self.whole_of(texts), table=self.TABLE)

    def test_partitions_join_files_of_different_columns(self):
        texts = ["a,b\n1,x\n", "b,a\ny,2\n", "a,b,c\n3,z,7\n"]
        for place, text in enumerate(texts):
            self.write("k=%d/%d.csv" % (place // 2, place), text)
        whole = self.whole_of(texts)
        whole["k"] = ["0", "0", "1"]
        self.expect_frames(whole, table=self.TABLE, partition_keys=["k"])

    def test_a_column_of_one_file_among_many_is_one_of_the_table(self):
        """Far more files than the sample of the records has."""
        texts = ["a,b\n%d,x\n" % number for number in range(400)]
        texts[277] = "b,rare,a\nx,9,277\n"
        for place, text in enumerate(texts):
            self.write("%03d.csv" % place, text)
        self.write_table_config(table=self.TABLE, error_threshold=0, run_max_try=1)
        whole = self.whole_of(texts)
        frames = self.frames_with({})
        assert_frame_equal(pandas.concat(frames, ignore_index=True), whole, check_exact=True)

    def test_a_number_that_some_files_lack_has_missing_values_whatever_the_sample_is(self):
        self.write("a.csv", "a,b\n1,x\n")
        self.write("b.csv", "b\ny\n")
        self.write("c.csv", "a\n")
        whole = pandas.DataFrame({"a": [1.0, None], "b": ["x", "y"]})
        self.expect_frames(whole, table=self.TABLE)

    def test_inputs_may_have_different_columns_too(self):
        self.write("x/1.csv", "a,b\n1,x\n")
        self.write("y/1.csv", "c,a\n0.5,2\n")
        inputs = [dict(self.TABLE, name=name, format="csv", path="data/" + name) for name in "xy"]
        self.expect_frames(self.whole_of(["a,b\n1,x\n", "c,a\n0.5,2\n"]), top={"inputs": inputs})

    def test_mltable_and_the_columns_that_are_wanted(self):
        self.write("1.csv", "a,b\n1,x\n")
        self.write("2.csv", "c,a\n0.5,2\n")
        steps = [{"read_delimited": {"header": "all_files_different_headers"}}, {"keep_columns": ["a", "c"]}]
        self.write("MLTable", json.dumps({"paths": [{"pattern": "./*.csv"}], "transformations": steps}))
        whole = pandas.DataFrame({"a": [1, 2], "c": [None, 0.5]})
        self.expect_frames(whole, top={"inputs": [{"name": "t", "path": "data", "type": "mltable"}]})


@unittest.skipIf(pandas is None, "this interpreter has no pandas; PRS_PYTHON names another one")
class KeysOfPaths(WholeTableTest):
    """A partition_format without partition_keys."""

    TABLE = {"partition_format": "{state}/{day:yyyy-MM-dd}.*"}

    def test_all_keys_are_columns(self):
        self.write("CA/2024-01-31.csv", "v\n1\n2\n3\n4\n")
        self.write("WA/2024-02-01.csv.gz", "v\n5\n")
        days = pandas.Series(pandas.to_datetime(["2024-01-31"] * 4 + ["2024-02-01"])).astype("datetime64[ns]")
        whole = pandas.DataFrame({"v": range(1, 6), "state": ["CA"] * 4 + ["WA"], "day": days})
        self.expect_frames(whole, table=self.TABLE)

    def test_they_are_no_partition_keys_of_the_context(self):
        self.write("CA/2024-01-31.csv", "v\n1\n")
        self.write_script("def run(frame, context):\n    return ['%s %s' % (context.partition_key_value, frame['state'][0])]\n")
        self.write_table_config(table=self.TABLE)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["{} CA"])

    def test_types_and_columns_of_the_files_with_the_same_name(self):
        self.write("7/2024-01-31.csv", "v,state\n1,x\n")
        whole = pandas.DataFrame({"v": [1], "state": pandas.Series([7], dtype="int32")})
        whole["day"] = pandas.Series(pandas.to_datetime(["2024-01-31"])).astype("datetime64[ns]")
        self.expect_frames(whole, table=dict(self.TABLE, dtypes={"state": "int32"}))

    def test_mltable_says_it(self):
        self.write("CA/1.csv", "v\n1\n")
        steps = [{"read_delimited": {}}, {"extract_columns_from_partition_format": "{state}/{name}.csv"}]
        self.write("MLTable", json.dumps({"paths": [{"pattern": "./*/*.csv"}], "transformations": steps}))
        self.write_table_config(top={"inputs": [{"name": "t", "path": "data", "type": "mltable"}]})
        self.assertEqual(self.frames_with({})[0].shape, (1, 3))

    def test_a_resumed_start_needs_the_same_form(self):
        self.write("CA/2024-01-31.csv", "v\n1\n")
        self.write_table_config(table=self.TABLE)
        self.expect_status(self.mpirun(3), 0)
        self.expect_status(self.mpirun(3), 0)
        self.write_table_config(table={"partition_format": "{state}/{day}.*"})
        ran = self.mpirun(3)
        self.assertEqual(ran.status, 2, ran)
        self.assertIn("a run of a different plan", ran.stderr)

    def test_mistakes_are_told_before_anything_starts(self):
        self.write("CA/2024-01-31.csv", "v\n1\n")
        self.assertIn("does not fit", self.refused(table={"partition_format": "{state}/{store}/*"}))
        inputs = [dict(self.TABLE, name="x", format="csv", path="data"), {"name": "y", "format": "csv", "path": "data"}]
        said = self.refused(top={"inputs": inputs})
        self.assertIn("input 'y': it has no partition_format, and input 'x' has the partition keys state, day", said)
        files = [{"name": "x", "path": "data", "partition_format": "{state}/*"}]
        self.assertIn("files have no columns for its keys; give partition_keys", self.refused(top={"inputs": files}))


if __name__ == "__main__":
    main()
