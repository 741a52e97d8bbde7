"""Parquet under the real program: run() gets what pandas reads of the whole, wherever the row groups are and however they are cut.

Needs an interpreter with pyarrow, which Debian has none of: build/tables-venv, made by scripts/table_environments.
"""

import os
import random

from parquet_testing import HAS_PYARROW, ParquetTest, random_frame, run_with_pyarrow
from table_testing import TRAINER, TableRunTest

if HAS_PYARROW:
    import pandas

WITHOUT_PYARROW = "/usr/bin/python3"
# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))


class EqualsPandas(ParquetTest):
    def test_run_gets_what_pandas_reads_of_the_whole(self):
        print("seed", SEED)
        chance = random.Random(SEED)
        rows = [chance.choice([0, 1, chance.randint(2, 500)]) for _ in range(4)] + [chance.randint(100, 500)]
        whole = random_frame(chance, sum(rows))
        size = begin = 0
        for number, count in enumerate(rows):
            path = self.write_parquet("part%d.parquet" % number, whole, chance.randint(1, 200), begin, begin + count)
            size += os.path.getsize(path)
            begin += count
        self.write_keeping_script()
        workers = chance.randint(1, 3)
        self.write_parquet_config(mini_batch_size=str(chance.randint(size // 300, size)), workers=workers, error_threshold=0)
        ran = self.mpirun(1 + workers)
        self.expect_status(ran, 0)
        self.expect_whole(self.got(), pandas.read_parquet(self.path("data")))
        self.assertEqual(len(self.rows()), sum(rows))
        self.assertGreater(len(self.tries()), 1)

    def test_rows_have_columns_types_and_paths_as_the_input_says(self):
        paths = [self.write_numbers("a.parquet", 0, 95), self.write_numbers("b.parquet", 95, 200, group_rows=300)]
        self.write_keeping_script()
        self.write_parquet_config({"columns": ["i"], "dtypes": {"i": "float32"}, "include_path_column": True})
        self.expect_status(self.mpirun(3), 0)
        whole = pandas.DataFrame({"i": pandas.Series(range(200), dtype="float32"), "Path": [paths[0]] * 95 + [paths[1]] * 105})
        self.expect_whole(self.got(), whole)

    def test_an_mltable_file_reads_parquet(self):
        os.mkdir(self.path("data", "table"))
        self.write_numbers("table/a.parquet", 0, 95)
        steps = b"  - read_parquet: {}\n  - keep_columns: [t]\n"
        self.write_bytes("MLTable", b"paths:\n  - file: ./a.parquet\ntransformations:\n" + steps, "data/table")
        self.write_keeping_script()
        inputs = [{"name": "rows", "type": "mltable", "path": "data/table"}]
        self.write_parquet_config(top={"inputs": inputs})
        self.expect_status(self.mpirun(3), 0)
        self.expect_whole(self.got(), pandas.read_parquet(self.path("data/table/a.parquet"), columns=["t"]))

    def test_a_large_row_group_is_cut_and_small_ones_go_together(self):
        path = self.write_numbers("a.parquet", 0, 100000, group_rows=100000)
        self.write_numbers("b.parquet", 100000, 101000, group_rows=10)
        self.write_keeping_script()
        self.write_parquet_config(mini_batch_size=str(os.path.getsize(path) // 20))
        said = self.prs_mpi("check", "config.yaml")
        self.expect_status(said, 0)
        self.assertIn("items: %s#rows=0-" % path, said.stdout)
        self.expect_status(self.mpirun(3), 0)
        whole = pandas.DataFrame({"i": range(101000), "t": list(map(str, range(101000)))})
        self.expect_whole(self.got(), whole)
        lengths = [len(frame) for frame in self.got()]
        self.assertGreaterEqual(len(lengths), 20)
        self.assertLess(max(lengths), 6000)
        self.assertEqual(min(lengths[:-2]), max(lengths[:-2]), "of the large one all are equal")


class Partitions(ParquetTest):
    def test_without_partition_keys_the_keys_of_the_paths_are_columns(self):
        for state, begin in (("CA", 0), ("WA", 100)):
            os.makedirs(self.path("data", state))
            self.write_numbers("%s/a.parquet" % state, begin, begin + 100)
        self.write_keeping_script()
        self.write_parquet_config({"partition_format": "{state}/{name}.parquet", "columns": ["i", "state", "name"]})
        self.expect_status(self.mpirun(3), 0)
        whole = pandas.DataFrame({"i": range(200), "state": ["CA"] * 100 + ["WA"] * 100, "name": ["a"] * 200})
        self.expect_whole(self.got(), whole.astype({"state": "str", "name": "str"}))

    def test_each_combination_is_one_frame_of_all_its_files(self):
        for store, name, begin in ((2, "a", 0), (1, "b", 100), (1, "c", 200)):
            os.makedirs(self.path("data", "store=%d" % store), exist_ok=True)
            self.write_numbers("store=%d/%s.parquet" % (store, name), begin, begin + 100)
        self.write_keeping_script()
        self.write_parquet_config({"include_path_column": True}, mini_batch_size=None, partition_keys=["store"])
        self.expect_status(self.mpirun(3), 0)
        first, second = self.got()
        self.assertEqual(first["i"].tolist(), list(range(100, 300)))
        self.assertEqual(list(first.index), list(range(200)))
        self.assertEqual(list(first.columns), ["i", "t", "Path", "store"])
        self.assertEqual(set(first["store"]), {"1"})
        self.assertEqual(first["Path"].nunique(), 2)
        self.assertEqual(second["i"].tolist(), list(range(100)))
        self.assertEqual(len(self.rows()), 300)


    def test_a_model_for_each_store_and_brand(self):
        """As with delimited text (test_partitions). Each second file has a column of a key's name, too."""
        for store in ("2", "10"):
            for number, brand in enumerate(("dominicks", "tropicana")):
                for half in (0, 1):
                    os.makedirs(self.path("data", "sales%d" % half), exist_ok=True)
                    weeks = pandas.Series(range(half * 5, half * 5 + 5))
                    frame = pandas.DataFrame({"week": weeks, "sold": weeks * int(store), "store": int(store)})
                    self.write_parquet("sales%d/Store%s_%s.parquet" % (half, store, brand), frame[list(frame)[: 3 - number]])
        self.write_script(TRAINER)
        self.write_parquet_config(
            {"partition_format": "*/Store{store}_{brand}.parquet"}, mini_batch_size=None, partition_keys=["store", "brand"],
            append_row_file_name="models.csv",
        )  # fmt: skip
        self.expect_status(self.mpirun(3), 0)
        names = ["%s,%s,10,%s.0" % (store, brand, store) for store in ("10", "2") for brand in ("dominicks", "tropicana")]
        self.assertEqual(self.rows("models.csv"), ["store,brand,weeks,slope"] + names)


class Broken(ParquetTest):
    def test_a_broken_file_fails_and_the_others_go_on(self):
        whole = self.write_numbers("a.parquet", 0, 100)
        cut = self.write_numbers("b.parquet", 100, 200)
        os.truncate(cut, os.path.getsize(cut) - 20)
        text = self.write_bytes("c.parquet", b"i,t\n1,2\n" * 100)
        empty = self.write_bytes("d.parquet", b"")
        other = self.write_parquet("e.parquet", pandas.DataFrame({"i": [1], "u": ["x"]}))
        self.write_numbers("f.parquet", 200, 300)
        self.write_keeping_script()
        self.write_parquet_config(run_max_try=1)
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        together = pandas.concat(self.got(), ignore_index=True)
        self.assertEqual(together["i"].tolist(), list(range(100)) + list(range(200, 300)))
        failed = {row["Item"]: row["Error Message"] for row in self.failed_items()}
        self.assertEqual(set(failed), {cut, text, empty, other + "#rows=0-0"})
        for path in (cut, text, empty):
            self.assertIn(path + ": this is no whole Parquet file", failed[path])
        self.assertIn("%s has the columns i, u, and %s has i, t;" % (other, whole), failed[other + "#rows=0-0"])
        self.assertIn("3 files are no whole Parquet files", ran.stderr)
        self.assertIn("the first is '%s'" % cut, ran.stderr)

    def test_columns_are_settled_by_the_first_file_that_can_be_read(self):
        self.write_bytes("a.parquet", b"PAR1")
        self.write_numbers("b.parquet", 0, 10)
        self.write_keeping_script()
        self.write_parquet_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(pandas.concat(self.got())["i"].tolist(), list(range(10)))

    def test_rows_count_as_items(self):
        path = self.write_numbers("a.parquet", 0, 100, group_rows=50)
        self.write_script("def run(frame):\n    if frame['i'][0] == 50:\n        raise ValueError('x')\n    return frame\n")
        size = str(os.path.getsize(path) * 6 // 10)
        self.write_parquet_config(run_max_try=1, error_threshold=49, mini_batch_size=size)
        self.expect_status(self.mpirun(3), 1)
        self.write_parquet_config(run_max_try=1, error_threshold=50, mini_batch_size=size)
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.assertEqual([row["Item"] for row in self.failed_items()], [path + "#rows=50-99"])


class Missing(TableRunTest):
    def test_an_interpreter_without_pyarrow_is_named_before_anything_starts(self):
        self.write_bytes("a.parquet", b"PAR1")
        self.write_script("import pyarrow\n")
        self.write_table_config({"format": "parquet"}, environment={"python": WITHOUT_PYARROW})
        if self.finish(self.start([WITHOUT_PYARROW, "-c", "import pyarrow"])).status == 0:
            self.skipTest("%s has pyarrow" % WITHOUT_PYARROW)
        for ran in (self.mpirun(3), self.prs_mpi("check", "config.yaml"), self.prs_mpi("try", "config.yaml")):
            self.expect_status(ran, 2)
            self.assertIn("the format parquet needs the Python package pyarrow, and the interpreter /usr/bin/python3", ran.stderr)
            self.assertIn("pip install pyarrow", ran.stderr)
        self.assertFalse(os.path.exists(self.out("logs")))


if __name__ == "__main__":
    run_with_pyarrow()
