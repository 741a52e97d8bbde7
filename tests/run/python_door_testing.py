"""What the tests of the Python package prs share: a program of the user's that imports it, run as a process of its own."""

import os
import signal
import subprocess

from run_testing import PROGRAM, PYTHON, ROOT, RunTest

PACKAGE_FOLDER = os.path.join(os.path.dirname(os.path.dirname(PROGRAM)), "lib", "python")
DIGITS = os.path.join(ROOT, "configs", "digits")

# How these tests begin; a test adds what it is about. One row for each item.
BEGIN = """
from prs import *
def config(**keys):
    given = dict(environment={"python": %r}, entry_script="entry.py", source_directory="scripts", error_threshold=-1,
                 output_action="append_row", compute_target="local", node_count=1, process_count_per_node=2, mini_batch_size=1)
    return ParallelRunConfig(**dict(given, **keys))
def step(keys={}, **more):
    return ParallelRunStep(**dict(dict(name="test", parallel_run_config=config(**keys), inputs=["data"], output="out"), **more))
""" % PYTHON


class DoorTest(RunTest):
    def start_python(self, text, package_folder=PACKAGE_FOLDER, **options):
        with open(self.path("program.py"), "w") as stream:
            stream.write(text)
        # Who starts the tests in the background may have SIGINT ignored, and Python leaves it so.
        options.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        return self.start([PYTHON, "program.py"], {"PYTHONPATH": package_folder}, **options)

    def python(self, text, **options):
        """Runs a program of the user's to its end."""
        return self.finish(self.start_python(text, **options))

    def says(self, text, **options):
        """What it prints; it must succeed."""
        ran = self.python(text, **options)
        self.expect_status(ran, 0)
        return ran.stdout.rstrip("\n")

    def prepare_digits(self):
        subprocess.run([PYTHON, os.path.join(DIGITS, "prepare.py"), self.path("digits")], check=True, stdout=subprocess.DEVNULL)
