"""One job in the native, the v1 and the v2 form gives the same bytes (rule 2.4). What v2 alone counts (rule 6.3)."""

import os
import subprocess
import unittest

from run_testing import PROGRAM, PYTHON, ROOT, WAITING, RunTest, main

CONFIGS = os.path.join(ROOT, "configs")


def has_pandas():
    return subprocess.run([PYTHON, "-c", "import pandas"], stderr=subprocess.DEVNULL).returncode == 0


# Fails the first try of each mini-batch, and each try of those whose first item is named here.
FAILING = WAITING + """
def run(mini_batch):
    mark = os.path.join({folder!r}, "tried-" + os.path.basename(mini_batch[0]))
    is_first = not os.path.exists(mark)
    open(mark, "w").close()
    if is_first or os.path.basename(mini_batch[0]) in {always!r}:
        raise ValueError("this try fails")
    wait_while_held("later-try")
    return mini_batch
"""


class Dialects(RunTest):
    def rows_of(self, config, out, *words):
        """Runs it; the bytes of its rows."""
        ran = self.finish(self.start([PROGRAM, config, "--output", self.path(out), "--set", "environment.python=" + PYTHON, *words]))
        self.expect_status(ran, 0)
        names = [name for name in os.listdir(self.path(out)) if name.endswith((".txt", ".csv")) and name != "failed_items.csv"]
        self.assertEqual(len(names), 1, names)
        with open(self.path(out, names[0]), "rb") as stream:
            return names[0], stream.read()

    def test_the_digits_are_the_same_in_each_form(self):
        digits = self.path("digits")
        subprocess.run([PYTHON, os.path.join(CONFIGS, "digits", "prepare.py"), digits], check=True, stdout=subprocess.DEVNULL)
        images, model = os.path.join(digits, "test"), os.path.join(digits, "model.json")
        labels = os.path.join(CONFIGS, "digits", "labels.txt")
        in_folder = lambda name: os.path.join(CONFIGS, "digits", name)
        native = self.rows_of(in_folder("digits.yaml"), "native", "--input", "digits=" + images, "--set", "models.digits=" + model)
        v1 = self.rows_of(in_folder("digits_v1.yaml"), "v1", "--input", "digits=" + images, "--set", "models.digits=" + model,
                          "--", "--labels", labels, "--extra_arg", "example_value")
        pipeline = self.rows_of(in_folder("digits_v2.yaml"), "v2", "--input", "pipeline_images=" + images, "--input", "digits=" + model)
        component = self.rows_of(in_folder("digits_component.yaml"), "component", "--input", "images=" + images,
                                 "--input", "digits=" + model, "--input", "labels=" + labels)
        self.assertEqual(native[1].count(b"\n"), 797)
        for other in (v1, pipeline, component):
            self.assertEqual(other, native)

    @unittest.skipUnless(has_pandas(), "needs pandas")
    def test_the_tables_are_the_same_in_both_forms(self):
        for example in ("irises/irises", "stores/stores"):
            name = os.path.basename(example)
            native = self.rows_of(os.path.join(CONFIGS, example + ".yaml"), name, "--set", "side_outputs.models=" + self.path(name + "-models")) \
                if name == "stores" else self.rows_of(os.path.join(CONFIGS, example + ".yaml"), name)
            self.assertEqual(self.rows_of(os.path.join(CONFIGS, example + "_v2.yaml"), name + "-v2"), native)
        self.assertEqual(sorted(os.listdir(self.path("stores-v2", "outputs", "models"))), sorted(os.listdir(self.path("stores-models"))))

    def component(self, *lines):
        with open(self.path("component.yml"), "w") as stream:
            stream.write("type: parallel\ninputs: {d: {type: uri_folder, path: data}}\ninput_data: ${{inputs.d}}\nmini_batch_size: 1\n"
                         "max_concurrency_per_instance: 1\ntask: {code: scripts, entry_script: entry.py}\n" + "\n".join(lines) + "\n")
        return self.path("component.yml")

    def run_component(self, *lines):
        return self.finish(self.start([PROGRAM, self.component(*lines), "--output", self.out(), "--set", "environment.python=" + PYTHON]))

    def test_a_try_that_fails_and_succeeds_later_never_counts(self):
        self.make_files(3)
        self.write_script(FAILING.format(folder=self.folder, always=[]))
        ran = self.run_component("mini_batch_error_threshold: 0")
        self.expect_status(ran, 0)
        self.assertEqual(len([name for name in os.listdir(self.folder) if name.startswith("tried-")]), 3)

    def test_natively_it_counts_until_a_later_try_succeeds(self):
        self.make_files(3)
        self.write_script(FAILING.format(folder=self.folder, always=[]))
        self.hold("later-try")  # else a round may come too late to see it
        ran = self.finish(self.start([PROGRAM, self.component("mini_batch_error_threshold: 0"), "--output", self.out(), "--set",
                                      "environment.python=" + PYTHON, "--set", "failed_mini_batch_counts=at_once"]))
        self.expect_status(ran, 1)
        self.assertRegex(ran.stderr, "failed mini-batch(es exceed| exceeds) allowed_failed_count 0")

    def test_a_mini_batch_that_is_given_up_counts(self):
        self.make_files(3)
        self.write_script(FAILING.format(folder=self.folder, always=["item00001"]))
        ran = self.run_component("mini_batch_error_threshold: 0", "retry_settings: {max_retries: 1}")
        self.expect_status(ran, 1)
        self.assertIn("1 failed mini-batch exceeds allowed_failed_count 0", ran.stderr)


if __name__ == "__main__":
    main()
