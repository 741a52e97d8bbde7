"""Rule 9.3: `prs_mpi schema`, by the standard's own validator: it takes all that the program takes, and refuses what is broken."""

import copy
import glob
import json
import os
import re

import yaml
from jsonschema import Draft202012Validator
from run_testing import ROOT, RunTest, main

# What of tests/unit/config/broken has its mistakes where a schema can see them, and not in files or between keys.
BROKEN = ["list", "misplaced_keys", "misspelt_keys", "only_a_name", "out_of_range", "tables", "wrong_choices", "wrong_types"]

GOOD = {
    "inputs": [{"name": "digits", "path": "data"}],
    "output": "out",
    "parallel_run_config": {"entry_script": "entry.py", "source_directory": "scripts", "error_threshold": 10, "output_action": "append_row"},
}

# Where, what is put there; None takes the key away. The program refuses each of them too.
MISTAKES = [
    (["outptu"], "x"),
    (["inputs"], []),
    (["inputs"], "data"),
    (["inputs", 0, "name"], ""),
    (["inputs", 0, "path"], []),
    (["inputs", 0, "format"], "cvs"),
    (["inputs", 0, "delimiter"], ","),
    (["arguments"], "--labels"),
    (["models"], {"digits": []}),
    (["allow_reuse"], "maybe"),
    (["parallel_run_config"], []),
    (["parallel_run_config", "error_threshold"], None),
    (["parallel_run_config", "error_threshold"], -2),
    (["parallel_run_config", "output_action"], "append"),
    (["parallel_run_config", "run_max_try"], 0),
    (["parallel_run_config", "run_max_try"], "three"),
    (["parallel_run_config", "run_max_try"], 2147483648),
    (["parallel_run_config", "run_max_try"], 1.5),
    (["parallel_run_config", "allowed_failed_percent"], 101),
    (["parallel_run_config", "run_invocation_timeout"], 0),
    (["parallel_run_config", "grace_period"], -1),
    (["parallel_run_config", "mini_batch_size"], "10 MiB"),
    (["parallel_run_config", "mini_batch_size"], 0),
    (["parallel_run_config", "append_row_file_name"], "a/b.txt"),
    (["parallel_run_config", "append_row_file_name"], "logs"),
    (["parallel_run_config", "partition_keys"], ["a", "a"]),
    (["parallel_run_config", "environment_variables"], ["A=1"]),
    (["parallel_run_config", "logging_level"], "LOUD"),
    (["parallel_run_config", "mini_batchsize"], 3),
]

# The program takes each of these values.
UNUSUAL = [
    (["arguments"], ["--n", 3, True, ""]),
    (["models"], {"digits": "data", "other": None, "third": {"path": "data", "version": 2, "tags": {"a": 1}}}),
    (["parallel_run_config", "run_max_try"], "3"),
    (["parallel_run_config", "output_action"], "Append_Row"),
    (["parallel_run_config", "logging_level"], "debug"),
    (["parallel_run_config", "run_invocation_timeout"], 0.5),
    (["parallel_run_config", "environment"], {"python": "/usr/bin/python3"}),
    (["parallel_run_config", "environment_variables"], {"A": 1, "B": None, "C": "x"}),
    (["parallel_run_config", "append_row_file_name"], "rows.csv"),
    (["parallel_run_config", "append_row_file_name"], 2026),
    (["parallel_run_config", "environment"], {}),
    (["parallel_run_config", "environment"], True),
]

# One of each kind, which every key gets.
OF_EACH_KIND = [2026, -1.5, True, "", "3", {}, {"a": None}, [], [""], "a b"]


def changed(where, value, start=GOOD):
    config = copy.deepcopy(start)
    within = config
    for step in where[:-1]:
        within = within[step]
    if value is None:
        within.pop(where[-1], None)
    else:
        within[where[-1]] = value
    return config


class Schema(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return list(mini_batch)\n")
        ran = self.prs_mpi("schema")
        self.expect_status(ran, 0)
        schema = json.loads(ran.stdout)
        Draft202012Validator.check_schema(schema)
        self.validator = Draft202012Validator(schema)

    def mistakes_in(self, config):
        return ["%s: %s" % (list(error.path), error.message[:200]) for error in self.validator.iter_errors(config)]

    def load(self, path):
        with open(path) as stream:
            return yaml.safe_load(stream)

    def check(self, config):
        """The exit status of `prs_mpi check`."""
        with open(self.path("c.yaml"), "w") as stream:
            json.dump(config, stream)
        return self.prs_mpi("config", "c.yaml").status

    def test_every_example_is_valid(self):
        examples = glob.glob(os.path.join(ROOT, "configs", "**", "*.yaml"), recursive=True)
        self.assertGreaterEqual(len(examples), 5)
        for path in examples:
            config = self.load(path)
            if {"parallel_run_config"} == set(config) or "inputs" not in config or isinstance(config["inputs"], dict):
                continue  # of another dialect
            self.assertEqual(self.mistakes_in(config), [], path)

    def test_every_example_value_of_the_full_list_is_valid(self):
        with open(os.path.join(ROOT, "configs", "full.yaml")) as stream:
            text = stream.read()
        keys = re.findall(r"^ *#(\w+): ", text, re.MULTILINE)
        self.assertGreater(len(keys), 30)
        for key in keys:
            one = re.sub(r"^( *)#(%s: )" % key, r"\1\2", text, count=1, flags=re.MULTILINE)
            with_formats = [one] + [one.replace("    #format: csv", "    format: " + name) for name in ("csv", "jsonl", "hdf5")]
            if key == "partition_keys":
                with_formats = [one.replace("  mini_batch_size:", "  #mini_batch_size:")]
            found = [self.mistakes_in(yaml.safe_load(config)) for config in with_formats]
            self.assertIn([], found, key)

    def test_the_broken_configurations_are_refused(self):
        for name in BROKEN:
            config = self.load(os.path.join(ROOT, "tests", "unit", "config", "broken", name + ".yaml"))
            self.assertNotEqual(self.mistakes_in(config), [], name)

    def test_each_mistake_is_refused_by_schema_and_program_alike(self):
        self.assertEqual(self.mistakes_in(GOOD), [])
        self.assertEqual(self.check(GOOD), 0)
        for where, value in MISTAKES:
            config = changed(where, value)
            self.assertNotEqual(self.mistakes_in(config), [], (where, value))
            self.assertEqual(self.check(config), 2, (where, value))

    def test_what_the_program_takes_is_valid(self):
        for where, value in UNUSUAL:
            config = changed(where, value)
            self.assertEqual(self.mistakes_in(config), [], (where, value))
            self.assertEqual(self.check(config), 0, (where, value))

    def test_what_the_schema_refuses_the_program_refuses(self):
        definitions = json.loads(self.prs_mpi("schema").stdout)["$defs"]
        table = changed(["parallel_run_config", "mini_batch_size"], "1 KB")
        table["inputs"][0]["format"] = "csv"
        refused = 0
        for start, where, definition in ((GOOD, ["parallel_run_config"], "parallel_run_config"), (table, ["inputs", 0], "input")):
            for key in definitions[definition]["properties"]:
                for value in OF_EACH_KIND:
                    config = changed(where + [key], value, start)
                    if self.mistakes_in(config):
                        refused += 1
                        self.assertEqual(self.check(config), 2, (where, key, value))
        self.assertGreater(refused, 100)


if __name__ == "__main__":
    main()
