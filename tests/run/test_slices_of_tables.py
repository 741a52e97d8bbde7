"""Rule 7.7: slices of tables, and slices whose rows become columns with types. What a join makes is what one run makes, byte for byte.

The scripts run under the Python of build/tables-venv, made by scripts/table_environments.
"""

import json
import os
import unittest

import column_output_testing
from parquet_testing import HAS_PYARROW, WITH_PYARROW, run_with_pyarrow

SCRIPT = """
import pandas
def run(mini_batch, context):
    rows = mini_batch.assign(at=int(context.minibatch_index), half=mini_batch["number"] / 2)
    return rows[rows["number"] % 3 != 0]
"""


@unittest.skipUnless(HAS_PYARROW, "made by scripts/table_environments: " + WITH_PYARROW)
class Columns(column_output_testing.OutputTest):
    """The input is a table of text whose types are settled from a sample; quotes that hold line breaks are counted before."""

    rows = 200

    def setUp(self):
        super().setUp()
        self.write_bytes("table.csv", b"number,text\n" + b"".join(b'%d,"a\n%d"\n' % (i, i) for i in range(self.rows)))
        self.write_script(SCRIPT)

    def files_of(self, path):
        """Bytes of a file, or of the files of a folder, by name."""
        paths = [os.path.join(path, name) for name in sorted(os.listdir(path))] if os.path.isdir(path) else [path]
        found = {}
        for each in paths:
            with open(each, "rb") as stream:
                found[os.path.relpath(each, path)] = stream.read()
        return found

    def expect_as_one_run(self, name, count=2):
        self.configure(mini_batch_size="512", append_row_file_name=name)
        with open(self.path("config.yaml")) as stream:
            config = json.load(stream)
        config["inputs"] = [{"name": "table", "path": "data/table.csv", "format": "csv", "support_multi_line": True}]
        with open(self.path("config.yaml"), "w") as stream:
            json.dump(config, stream)
        self.expect_status(self.prs_mpi("config.yaml", "--output", "whole"), 0)
        for number in range(1, count + 1):
            self.expect_status(self.prs_mpi("run", "config.yaml", "--slice", "%d/%d" % (number, count)), 0)
        self.expect_status(self.prs_mpi("join", "config.yaml", "--slices", str(count)), 0)
        self.assertEqual(self.files_of(self.out(name)), self.files_of(self.path("whole", name)))
        again = self.prs_mpi("join", "config.yaml", "--slices", str(count))
        self.expect_status(again, 0)
        self.assertIn("nothing to do", again.stderr)

    def test_csv(self):
        self.expect_as_one_run("rows.csv", 3)

    def test_parquet(self):
        self.expect_as_one_run("rows.parquet")

    def test_h5(self):
        self.expect_as_one_run("rows.h5")

    def test_columns_of_the_input_that_were_settled_otherwise(self):
        self.expect_as_one_run("rows.csv")
        schema = self.out(".prs", "slices", "2-of-2", ".prs", "table_schema.json")
        with open(schema) as stream:
            text = stream.read()
        with open(schema, "w") as stream:
            stream.write(text.replace("int64", "float64"))
        ran = self.prs_mpi("join", "config.yaml", "--slices", "2", "--overwrite")
        self.expect_status(ran, 2)
        self.assertIn("the columns or types of the input are not the same in slice 1 of 2 and slice 2 of 2", ran.stderr)


if __name__ == "__main__":
    run_with_pyarrow()
