"""Rules 3.3, 4.5, 5.7 and 7 for tables: what is broken costs its own mini-batches, with file and place; kills lose no row and
double none."""

import csv
import os
import re
import subprocess

from run_testing import PYTHON, main
from table_testing import TableRunTest

ROWS = """
def run(mini_batch):
    return [",".join(map(str, row)) for row in mini_batch.itertuples(index=False)]
"""

# Words before the interpreter: these change the input once the columns are settled, which is before anything else is read.
CHANGING = """#!/bin/sh
shift
"{python}" "$@"
status=$?
case "$*" in *prs_table_schema.py*) {change} ;; esac
exit $status
"""

def lines(numbers, text="x"):
    return "".join("%d,%s\n" % (number, text) for number in numbers).encode()


class TableFaultTest(TableRunTest):
    def run_rows(self, status=0, table=None, **keys):
        self.write_script(ROWS)
        return self.run_once(status, table, **keys)

    def run_once(self, status=0, table=None, **keys):
        keys = dict({"mini_batch_size": 20, "run_max_try": 1, "workers": 2}, **keys)
        self.write_table_config(table, **keys)
        ran = self.mpirun(1 + keys["workers"])
        self.expect_status(ran, status)
        return ran

    def failed(self):
        """{item: message} of what failed for good."""
        with open(self.out("failed_items.csv"), newline="") as stream:
            return {row["Item"]: row["Error Message"] for row in csv.DictReader(stream)}

    def changing(self, change):
        path = self.path("change")
        with open(path, "w") as stream:
            stream.write(CHANGING.format(python=PYTHON, change=change))
        os.chmod(path, 0o755)
        return {"prefix": path}


class BrokenInput(TableFaultTest):
    def test_binary_junk_beside_good_files_fails_alone(self):
        self.write_bytes("b.csv", bytes(range(256)) * 4)
        for name, begin in (("a.csv", 0), ("c.csv", 10), ("d.csv", 20)):
            self.write_bytes(name, b"number,text\n" + lines(range(begin, begin + 10)))
        self.run_rows(mini_batch_size=500)
        self.assertEqual(self.rows(), ["%d,x" % number for number in range(30)])
        failed = self.failed()
        path = self.path("data", "b.csv")
        self.assertEqual(list(failed), [path + "#bytes=0-499", path + "#bytes=500-999"])  # no record begins in the rest
        for message in failed.values():
            self.assertRegex(message, re.escape(path) + ": byte [0-9]+: ")

    def test_a_ragged_row_fails_its_mini_batch_with_its_place(self):
        self.write_bytes("a.csv", b"number,text\n" + lines(range(10, 20)) + b"20,x,more\n" + lines(range(30, 40)))
        self.run_rows()
        (item, message), = self.failed().items()
        self.assertEqual(item, self.path("data", "a.csv") + "#bytes=60-79")
        self.assertIn(self.path("data", "a.csv") + ": byte 62: the record has 3 cells", message)
        self.assertEqual(self.rows(), [row for row in self.rows() if not row.startswith("20")])
        self.assertEqual(len(self.rows()), 18)

    def test_bytes_of_another_encoding_are_told_with_their_place(self):
        self.write_bytes("a.csv", b"number,text\n" + lines(range(10, 20)) + "20,ö\n".encode("latin-1") + lines(range(30, 40)))
        self.run_rows()
        (message,) = self.failed().values()
        self.assertIn(self.path("data", "a.csv") + ": byte 65: this byte is no text in utf-8; correct 'encoding'", message)
        self.run_again(encoding="latin1")
        self.assertIn("20,ö", self.rows())

    def run_again(self, **table):
        self.write_table_config(table, mini_batch_size=20)
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)

    def test_a_value_that_does_not_fit_is_told_with_file_place_column_and_value(self):
        content = ("number,text\n" + "10,x\n" * 9 + "many,x\n" + "11,x\n" * 3).encode("utf-16")
        self.write_bytes("a.csv", content)
        options = {"dtypes": {"number": "int"}, "encoding": "utf-16"}
        self.run_rows(table=options, mini_batch_size=40)
        (message,) = self.failed().values()
        where = self.path("data", "a.csv") + ": byte %d: column 'number': the value 'many' does not fit the type int64"
        self.assertIn(where % (2 + 2 * (12 + 9 * 5)), message)
        self.run_again(on_type_error="null", **options)
        self.assertEqual(sorted(set(self.rows())), ["10.0,x", "11.0,x", "nan,x"])
        self.assertEqual(len(self.rows()), 13)

    def test_a_file_of_other_columns_is_noticed_in_all_its_mini_batches(self):
        self.write_bytes("a.csv", b"number,text\n" + lines(range(10, 20)))
        path = self.write_bytes("b.csv", b"number,text\n" + lines(range(30, 40)))
        change = "sed -i 's/number,text/text,number/' " + path
        self.run_rows(environment=self.changing(change))
        self.assertEqual(self.rows(), ["%d,x" % number for number in range(10, 20)])
        self.assertGreater(len(self.failed()), 2)
        for message in self.failed().values():
            self.assertIn("other columns than were settled for the whole run: text, number, and not number, text", message)

    def test_two_files_of_other_columns_are_refused_at_the_start(self):
        self.write_bytes("a.csv", b"number,text\n1,x\n")
        self.write_bytes("b.csv", b"number,word\n1,x\n")
        ran = self.run_rows(status=2)
        for word in ("a.csv", "b.csv", "number, text", "number, word", "all_files_different_headers"):
            self.assertIn(word, ran.stderr)

    def test_a_file_that_is_cut_off_while_the_job_runs(self):
        path = self.write_bytes("a.csv", b"number,text\n" + lines(range(10, 30)))
        self.run_rows(environment=self.changing("truncate -s 62 " + path))
        self.assertEqual(self.rows(), ["%d,x" % number for number in range(10, 20)])
        self.assertEqual(list(self.failed()), [path + "#bytes=60-79", path + "#bytes=80-99", path + "#bytes=100-111"])
        for message in self.failed().values():
            self.assertRegex(message, re.escape(path) + ": byte [0-9]+: the file ends here, and was longer when")

    def test_a_file_that_never_answers_is_a_load_timeout(self):
        self.write_bytes("a.csv", b"number,text\n" + lines(range(10, 20)))
        path = self.write_bytes("b.csv", b"number,text\n1,x\n")
        change = "rm {0}; mkfifo {0}".format(path)
        self.run_rows(environment=self.changing(change), task_overhead_timeout=5, mini_batch_size=1000)
        self.assertEqual(self.rows(), ["%d,x" % number for number in range(10, 20)])
        self.assertEqual([entry["Status"] for entry in self.tries()], ["RUN_DONE", "LOAD_TIMEOUT"])
        self.assertIn(path, self.failed()[path + "#bytes=0-15"])


class Choices(TableFaultTest):
    def test_columns_types_and_the_path_are_as_asked(self):
        self.write_bytes("a.csv", b"number,text,day\n1,x,2020-01-02\n2,y,2020-01-03\n")
        self.write_script(
            "def run(batch):\n    return ['%s %s' % (list(batch.columns), [t.kind for t in batch.dtypes])] * len(batch)\n"
        )
        options = {"columns": ["number", "day"], "dtypes": {"day": "datetime", "number": "float"}, "include_path_column": True}
        self.run_once(table=options)
        self.assertEqual(set(self.rows()), {"['number', 'day', 'Path'] ['f', 'M', 'O']"})
        self.assertEqual(len(self.rows()), 2)

    def test_without_pandas_it_is_said_what_to_do(self):
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", self.path("bare")], check=True)
        self.write_bytes("a.csv", b"number\n1\n")
        ran = self.run_rows(status=2, environment={"venv": "bare"}, table={"format": "tsv"})
        for word in ("pandas", "pip install pandas", "environment", self.path("bare")):
            self.assertIn(word, ran.stderr)
        self.assertFalse(os.path.exists(self.out(".prs", "ledger")) and os.listdir(self.out(".prs", "ledger")) and self.rows())
        checked = self.prs_mpi("check", "config.yaml")
        self.expect_status(checked, 2)
        self.assertIn("needs the Python package pandas, and the interpreter " + self.path("bare"), checked.stderr)


class Kills(TableFaultTest):
    count = 300

    def setUp(self):
        super().setUp()
        for part in range(3):
            numbers = range(1000 + 100 * part, 1100 + 100 * part)
            self.write_bytes("part%d.csv" % part, b"number,text\n" + lines(numbers, "y" * 20))

    def prepare(self, **keys):
        self.write_noting_numbers_script("number")
        self.write_table_config(**dict({"mini_batch_size": 60, "run_max_try": 100, "error_threshold": 0}, **keys))

    def expect_all_rows(self):
        self.assertEqual(self.rows(), [str(number) for number in range(1000, 1300)])

    def test_loaders_killed_again_and_again_cost_no_row(self):
        self.prepare()
        self.hold_from(1000)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.kill_six_loaders(1000)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.expect_all_rows()

    def kill_at_half(self):
        self.hold_from(1200)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: len(os.listdir(self.path("ran"))) > 50, "half of the mini-batches begun")
        self.kill_job(job, 0, 1, 2)
        self.let_go()

    def test_everything_killed_at_half_is_resumed_with_each_row_once(self):
        self.prepare()
        self.kill_at_half()
        self.expect_status(self.mpirun(3), 0)
        self.expect_all_rows()
        repeated = [name for name in os.listdir(self.path("ran")) if os.path.getsize(self.path("ran", name)) > 1]
        self.assertLess(len(repeated), 100, "done mini-batches were run again")

    def test_other_types_are_another_plan(self):
        self.prepare()
        self.kill_at_half()
        self.write_table_config({"dtypes": {"number": "float"}}, mini_batch_size=60, error_threshold=0)
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)

    def test_what_failed_is_tried_again_when_asked(self):
        self.prepare(run_max_try=1, error_threshold=-1)
        with open(self.path("data", "part1.csv"), "r+b") as stream:
            stream.seek(1010)
            stream.write(b"\xff")
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(len(self.failed()), 1)
        self.assertLess(len(self.rows()), 300)
        with open(self.path("data", "part1.csv"), "r+b") as stream:
            stream.seek(1010)
            stream.write(b"y")
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_all_rows()
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))


if __name__ == "__main__":
    main()
