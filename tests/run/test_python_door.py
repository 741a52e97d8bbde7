"""The Python package prs: a step definition of ParallelRunStep runs here (rule 2.9)."""

import os

from python_door_testing import BEGIN, DIGITS, DoorTest
from run_testing import main

# The example of the class reference of ParallelRunConfig, but for its first line and the names above it.
EXAMPLE = """
from prs import ParallelRunStep, ParallelRunConfig

scripts_folder, script_file, batch_env, compute_target = "scripts", "digits.py", None, "local"
named_mnist_ds, output_dir = "digits/test", "out"

parallel_run_config = ParallelRunConfig(
    source_directory=scripts_folder,
    entry_script=script_file,
    mini_batch_size="5",        # or partition_keys=["key1", "key2"], which is another way to partition the
                                # input to mini-batches, refer to the parameter description for details
    error_threshold=10,         # Optional, allowed failed count on mini batch items
    allowed_failed_count=15,    # Optional, allowed failed count on mini batches
    allowed_failed_percent=10,  # Optional, allowed failed percent on mini batches
    run_max_try=3,
    output_action="append_row",
    environment=batch_env,
    compute_target=compute_target,
    node_count=2)

parallelrun_step = ParallelRunStep(
    name="predict-digits-mnist",
    parallel_run_config=parallel_run_config,
    inputs=[ named_mnist_ds ],
    output=output_dir,
    arguments=[ "--extra_arg", "example_value" ],
    allow_reuse=True
)
"""

# An entry script with the argument of the example: which digit, by the most similar one of those that the model has.
SCRIPT = """
import argparse, json, math, os
def init():
    global extra, neighbours
    parser = argparse.ArgumentParser()
    parser.add_argument("--extra_arg", required=True)
    extra = parser.parse_args().extra_arg
    with open({model!r}) as stream:
        neighbours = [(known["pixels"], known["digit"]) for known in json.load(stream)["neighbours"]]
def run(mini_batch):
    rows = []
    for path in mini_batch:
        with open(path, "rb") as stream:
            pixels = list(stream.read().split(b"\\n", 3)[3])
        _, digit = min(neighbours, key=lambda known: math.dist(known[0], pixels))
        rows.append("%s: %s" % (os.path.basename(path), digit))
    assert extra == "example_value"
    return rows
"""


class PythonDoorExample(DoorTest):
    def test_the_example_of_the_class_reference_classifies_the_digits(self):
        self.prepare_digits()
        self.write_script(SCRIPT.format(model=self.path("digits", "model.json")), "digits.py")
        ran = self.python(EXAMPLE + "result = parallelrun_step.run()\n"
                          "print(result.rows, result.succeeded_items, result.output_file)")
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout.split(), ["797", "797", self.out("parallel_run_step.txt")])
        self.assertIn("prs_mpi: completed: 160 mini-batches, 797 rows", ran.stderr)
        rows = self.rows()
        self.assertEqual([row.split(":")[0] for row in rows], sorted(os.listdir(self.path("digits", "test"))))

    def test_a_step_gives_the_rows_of_a_configuration_file(self):
        self.prepare_digits()
        with open(os.path.join(DIGITS, "digits.yaml")) as stream:
            text = stream.read()
        for was, what in (("../../build/demo/digits", self.path("digits")), ("../../build/demo", self.folder),
                          ("labels.txt", os.path.join(DIGITS, "labels.txt")), (": scripts", ": " + DIGITS + "/scripts")):
            text = text.replace(was, what)
        with open(self.path("digits.yaml"), "w") as stream:
            stream.write(text)
        self.expect_status(self.prs_mpi("digits.yaml"), 0)
        keys = {"entry_script": "digits.py", "source_directory": DIGITS + "/scripts", "mini_batch_size": 5}
        self.says(BEGIN + "step(%r, inputs=['digits/test'], side_inputs={'labels': %r}, models={'digits': 'digits/model.json'},"
                  "arguments=['--labels', 'side_input:labels']).run()" % (keys, os.path.join(DIGITS, "labels.txt")))
        rows = [self.read(os.path.join(folder, "parallel_run_step.txt")) for folder in (self.out(), self.path("predict-digits"))]
        self.assertEqual(rows[0], rows[1])


if __name__ == "__main__":
    main()
