"""Input that is partitioned by its paths (rules 3.2, 3.6, 4.2), under the real program: one run() for each combination of the
values of the keys, and what it is told of them; and MLTable files."""

import json
import os
import unittest

from run_testing import PYTHON, ROOT, RunTest, main
from table_testing import TRAINER

try:
    import pandas
except ImportError:
    pandas = None

needs_pandas = unittest.skipIf(pandas is None, "this interpreter has no pandas; PRS_PYTHON names another one")

# Of files: what each mini-batch was told, as JSON.
TELLING = """
import json, os
def run(mini_batch, context):
    said = [list(context.partition_key_value.items()), [os.path.basename(path) for path in mini_batch]]
    return [json.dumps(said)] * len(mini_batch)
"""


class PartitionTest(RunTest):
    def write(self, name, text=""):
        os.makedirs(os.path.dirname(self.path("data", name)), exist_ok=True)
        with open(self.path("data", name), "w") as stream:
            stream.write(text)

    def configure(self, keys, partition_format=None, inputs=None, **more):
        one = {"name": "sales", "path": "data"}
        if partition_format:
            one["partition_format"] = partition_format
        self.write_config(mini_batch_size=more.pop("mini_batch_size", None), top={"inputs": inputs or [one]}, partition_keys=keys, **more)

    def told(self):
        """[(values, names)] of all mini-batches, in order: each said it once for each of its files."""
        said = [json.loads(row) for row in self.rows()]
        told = [(dict(values), names) for place, (values, names) in enumerate(said) if said[place - 1] != [values, names] or not place]
        self.assertEqual(sum(len(names) for _, names in told), len(said), "a mini-batch ran twice")
        return told

    def expect_refused(self, *words):
        ran = self.mpirun(3)
        self.assertEqual(ran.status, 2, ran)
        for word in words:
            self.assertIn(word, ran.stderr)


class Files(PartitionTest):
    def setUp(self):
        super().setUp()
        self.write_script(TELLING)
        for name in ("WA/10/a", "WA/2/b", "CA/2/c", "WA/10/d", "CA/10/e"):
            self.write(name)

    def test_one_run_for_each_combination_of_two_keys(self):
        self.configure(["store", "state"], "{state}/{store}/*")
        self.expect_status(self.mpirun(3), 0)
        found = [({"store": "10", "state": "CA"}, ["e"]), ({"store": "10", "state": "WA"}, ["a", "d"]),
                 ({"store": "2", "state": "CA"}, ["c"]), ({"store": "2", "state": "WA"}, ["b"])]
        self.assertEqual(self.told(), found)
        self.assertEqual([list(values) for values, _ in self.told()], [["store", "state"]] * 4)

    def test_one_key_of_two(self):
        self.configure('["state"]', "{state}/{store}/*")
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.told(), [({"state": "CA"}, ["e", "c"]), ({"state": "WA"}, ["a", "d", "b"])])

    def test_folders_with_names_and_values(self):
        for name in ("state=New%20York/store=7/x", "state=WA/store=1/y", "state=WA/store=/z"):
            self.write("named/" + name)
        self.configure(["state", "store"], inputs=[{"name": "sales", "path": "data/named"}])
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual([values for values, _ in self.told()], [
            {"state": "New York", "store": "7"}, {"state": "WA", "store": ""}, {"state": "WA", "store": "1"}])

    def test_a_date_is_a_datetime(self):
        self.write("days/2024/01/31/x")
        self.write_script("def run(mini_batch, context):\n    return [repr(context.partition_key_value)]\n")
        self.configure(["day"], inputs=[{"name": "days", "path": "data/days", "partition_format": "{day:yyyy/MM/dd}/*"}])
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["{'day': datetime.datetime(2024, 1, 31, 0, 0)}"])

    def test_mistakes_are_told_before_anything_starts(self):
        self.configure(["state", "city"], "{state}/{store}/*")
        self.expect_refused("'city'", "state, store")
        self.configure(["state"])
        self.expect_refused("no folder such as key=value", "partition_format")
        self.configure(["state"], "{state}/{store}/{day}/*")
        self.expect_refused("does not fit")
        self.configure(["state"], "{state}/{store}/*", mini_batch_size=5)
        self.expect_refused("partition_keys and mini_batch_size are both given")
        self.configure(None, "{state}/{store}/*")
        self.expect_refused("partition_format and the run no partition_keys", "files have no columns")
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))

    def test_other_keys_are_another_run(self):
        self.configure(["state"], "{state}/{store}/*")
        self.expect_status(self.mpirun(3), 0)
        self.configure(["store"], "{state}/{store}/*")
        self.expect_refused("a run of a different plan", "partition_keys")
        self.configure(["state"], "{state}/{shop}/*")
        self.expect_refused("a run of a different plan")
        self.configure(["state"], "{state}/{store}/*")
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertIn("completed by an earlier start", ran.stderr)


@needs_pandas
class Tables(PartitionTest):
    def write_sales(self, columns="week,sold"):
        """Two files for each store and brand, as their weeks are cut."""
        for store in ("2", "10"):
            for brand in ("dominicks", "tropicana"):
                for half in (0, 1):
                    weeks = range(half * 5, half * 5 + 5)
                    rows = ["%d,%d" % (week, week * int(store)) + ",%s" % store * ("store" in columns) for week in weeks]
                    self.write("sales%d/Store%s_%s.csv" % (half, store, brand), "\n".join([columns] + rows) + "\n")

    def expect_models(self):
        rows = [row.split(",") for row in self.rows("models.csv")]
        self.assertEqual(rows[0], ["store", "brand", "weeks", "slope"])
        self.assertEqual([row[:3] for row in rows[1:]], [[store, brand, "10"] for store in ("10", "2") for brand in ("dominicks", "tropicana")])
        self.assertEqual([float(row[3]) for row in rows[1:]], [10, 10, 2, 2])

    def configure_sales(self, **keys):
        one = {"name": "sales", "path": "data", "format": "csv", "partition_format": "*/Store{store}_{brand}.csv"}
        self.configure(["store", "brand"], inputs=[dict(one, **keys)], append_row_file_name="models.csv")

    def test_a_model_for_each_store_and_brand(self):
        self.write_script(TRAINER)
        self.write_sales()
        self.configure_sales()
        self.expect_status(self.mpirun(3), 0)
        self.expect_models()

    def test_a_key_may_be_a_column_of_the_files_too(self):
        self.write_script(TRAINER)
        self.write_sales("week,sold,store")
        self.configure_sales()
        self.expect_status(self.mpirun(3), 0)
        self.expect_models()

    def test_mistakes_are_told_before_anything_starts(self):
        self.write_script(TRAINER)
        self.write_sales()
        form = "*/Store{store}_{brand}.csv"
        sales, other = ({"name": name, "path": "data/" + name, "format": "csv"} for name in ("sales0", "sales1"))
        for keys, inputs, size, words in (
            (["store", "city"], [dict(sales, partition_format=form[2:])], None, ("'city'", "store, brand")),
            (["store"], [sales], None, ("no folder such as key=value", "partition_format")),
            (["store"], [dict(sales, partition_format="{region}/Store{store}_{brand}.csv")], None, ("does not fit",)),
            (["store"], [dict(sales, partition_format=form[2:])], "1 MB", ("partition_keys and mini_batch_size are both given",)),
            (["brand"], [dict(sales, partition_format=form[2:]), dict(other, partition_format="Store{store}_*.csv")], None,
             ("sales1", "'brand'")),
        ):  # fmt: skip
            with self.subTest(words=words):
                self.configure(keys, inputs=inputs, mini_batch_size=size)
                self.expect_refused(*words)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))

    def test_types_of_keys_and_the_paths_of_rows(self):
        self.write("b/2024-01-31/7.csv", "v\n1\n2\n")
        self.write("a/2024-01-31/7.csv", "v\n3\n")
        self.write("a/2024-02-01/7.csv", "v\n")
        self.write_script("""
def run(frame, context):
    assert [str(dtype) for dtype in frame.dtypes][:1] + [str(frame[key].dtype) for key in ("day", "store")] == [
        "int64", "datetime64[ns]", "int32"], frame.dtypes
    assert frame["day"].iloc[0] == context.partition_key_value["day"] and context.partition_key_value["store"] == "7"
    return ["%d %s %s" % (v, path.split("/")[-3], day) for v, path, day in zip(frame["v"], frame["Path"], frame["day"])]
""")
        one = {"name": "sales", "path": "data", "format": "csv", "partition_format": "*/{day:yyyy-MM-dd}/{store}.csv"}
        self.configure(["store", "day"], inputs=[dict(one, include_path_column=True, dtypes={"store": "int32"})])
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["3 a 2024-01-31 00:00:00", "1 b 2024-01-31 00:00:00", "2 b 2024-01-31 00:00:00"])

    def test_what_does_not_fit_is_told_with_its_own_file(self):
        self.write_script("def run(frame):\n    return frame\n")
        self.write("k=1/a.csv", "v\n1\n2\n")
        self.write("k=1/b.csv", "v\n3\nx\n")
        one = {"name": "sales", "path": "data", "format": "csv", "dtypes": {"v": "int64"}}
        self.configure(["k"], inputs=[one], run_max_try=1)
        self.mpirun(3)
        message = self.tries()[0]["Error Message"]
        self.assertIn("b.csv: byte 4: column 'v': the value 'x'", message)

    def test_of_tables_pieces_of_files_are_shown(self):
        for state, name in (("NY", "a"), ("NY", "b"), ("WA", "c")):
            os.makedirs(self.path("tables", "state=" + state), exist_ok=True)
            with open(self.path("tables", "state=" + state, name + ".csv"), "w") as stream:
                stream.write("number\n1\n2\n")
        self.write_script("def run(mini_batch):\n    return mini_batch\n")
        self.write_config(top={"inputs": [{"name": "t", "path": "tables", "format": "csv"}]}, partition_keys=["state"], mini_batch_size=None)
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stdout, r"\n  0  t, 2 pieces of files: \S+/a.csv#bytes=0-10 ... \S+/b.csv#bytes=0-10\n")
        self.assertRegex(ran.stdout, r"\n  1  t, 1 piece of a file: \S+/c.csv#bytes=0-10\n")
        shown = json.loads(self.prs_mpi("check", "config.yaml", "--json").stdout)["shown"]
        self.assertEqual([(one["items"], one["pieces"]) for one in shown], [(None, 2), (None, 1)])


@needs_pandas
class Example(PartitionTest):
    def test_the_stores_have_a_model_each(self):
        settings = {"output": "out", "side_outputs": {"models": "models"}, "environment": {"python": PYTHON}}
        words = ["--set=%s=%s" % (key, json.dumps(value)) for key, value in settings.items()]
        self.expect_status(self.mpirun(3, os.path.join(ROOT, "configs", "stores", "stores.yaml"), *words), 0)
        rows = [row.split(",") for row in self.rows("models.csv")]
        combinations = [[store, brand] for store in ("12", "2", "5") for brand in ("dominicks", "tropicana")]
        self.assertEqual([row[:3] for row in rows[1:]], [[*names, "24"] for names in combinations])
        self.assertEqual(len(os.listdir(self.path("models"))), 6)


class MLTables(PartitionTest):
    def write_mltable(self, *steps):
        """Its second path sorts before its first one."""
        paths = [{"folder": "./new"}, {"pattern": "./old/*.csv"}]
        self.write("table/MLTable", json.dumps({"type": "mltable", "paths": paths, "transformations": list(steps)}))
        self.write("table/new/b=1/z.csv", "week;sold\n1;4\n")
        self.write("table/new/b=1/a.csv", "week;sold\n2;5\n")
        self.write("table/old/y.csv", "week;sold\n3;6\n")
        self.inputs = [{"name": "sales", "path": "data/table", "type": "mltable"}]

    def test_without_a_reading_step_its_files_are_items_in_the_order_of_its_paths(self):
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n")
        self.write_mltable()
        self.write_config(top={"inputs": self.inputs})
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["a.csv", "z.csv", "y.csv"])

    @needs_pandas
    def test_with_a_reading_step_it_is_a_table(self):
        self.write_script("def run(frame):\n    assert list(frame.columns) == ['sold']\n    return [str(sold) for sold in frame['sold']]\n")
        self.write_mltable({"read_delimited": {"delimiter": ";"}}, {"keep_columns": ["sold"]})
        self.write_config(top={"inputs": self.inputs}, mini_batch_size="4")
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["5", "4", "6"])

    @needs_pandas
    def test_its_form_of_paths_gives_the_keys(self):
        self.write_script("def run(frame, context):\n    return ['%s %s' % (context.partition_key_value, list(frame['sold']))] * len(frame)\n")
        self.write_mltable({"read_delimited": {"delimiter": ";"}}, {"extract_columns_from_partition_format": "b={b}/{name}.csv"})
        os.rename(self.path("data/table/old"), self.path("data/table/old2"))
        self.write("table/old/b=1/y.csv", "week;sold\n3;6\n")
        text = self.read(self.path("data/table/MLTable")).replace("./old/*.csv", "./old/*/*.csv")
        self.write("table/MLTable", text)
        self.configure(["b"], inputs=self.inputs)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["{'b': '1'} [5, 4, 6]"] * 3)


if __name__ == "__main__":
    main()
