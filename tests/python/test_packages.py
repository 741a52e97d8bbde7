"""Which packages a script needs, and where the interpreter has them (rule 1.5): asked of the program, as rank 0 does."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from host_python import PYTHON_FOLDER

SCRIPT = """
import csv, json as j, os.path
import helper, alone
from measures.units import metre
from . import nothing
from .sibling import thing
raise SystemExit("the script was run")
def init():
    import nowhere_at_all
    import half
"""


class PackagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.write("", "site-packages", "measures", "__init__.py")
        self.write("raise ValueError('imported')", "site-packages", "half", "__init__.py")
        self.write("", "site-packages", "alone.py")
        self.write("", "scripts", "helper.py")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, text, *names):
        os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
        with open(self.path(*names), "w", encoding="utf-8") as stream:
            stream.write(text)

    def packages(self, script, *wanted):
        self.write(script, "scripts", "entry.py")
        command = [sys.executable, os.path.join(PYTHON_FOLDER, "prs_packages.py"), self.path("scripts", "entry.py"), self.path("scripts")]
        environment = dict(os.environ, PYTHONPATH=self.path("site-packages"))
        ran = subprocess.run(command + list(wanted), stdout=subprocess.PIPE, env=environment, cwd=self.path("scripts"), check=True)
        return {name: os.path.relpath(place, self.folder) for name, place in json.loads(ran.stdout.splitlines()[-1])["packages"]}

    def test_what_is_neither_of_python_nor_the_scripts_own_is_told_with_its_place(self):
        found = {"alone": "site-packages/alone.py", "half": "site-packages/half", "measures": "site-packages/measures"}
        self.assertEqual(self.packages(SCRIPT), found)

    def test_what_the_tables_need_is_told_too(self):
        self.assertEqual(self.packages("import measures", "alone", "nowhere_at_all"), {"alone": "site-packages/alone.py", "measures": "site-packages/measures"})

    def test_a_text_that_is_no_script_imports_nothing(self):
        for text in ("import (", "\0", "x" * 100000 + "("):
            self.assertEqual(self.packages(text, "alone"), {"alone": "site-packages/alone.py"})


if __name__ == "__main__":
    unittest.main()
