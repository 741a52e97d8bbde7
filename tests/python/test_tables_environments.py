"""The tests of tables again, under the environments that scripts/table_environments makes: other pandas, and pyarrow."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.environ.get("PRS_BUILD_FOLDER", os.path.join(HERE, "..", "..", "build"))
IS_INNER = "PRS_TABLES_INNER" in os.environ


@unittest.skipIf(IS_INNER, "runs the others")
class EnvironmentsTest(unittest.TestCase):
    def run_with(self, name):
        python = os.path.join(BUILD, name, "bin", "python")
        if not os.path.exists(python):
            self.skipTest("made by scripts/table_environments: " + python)
        ended = subprocess.run(
            [python, "-m", "unittest", "discover", "-s", HERE, "-p", "test_tables_*.py"],
            env=dict(os.environ, PRS_TABLES_INNER="1", PYTHONDONTWRITEBYTECODE="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        text = ended.stdout.decode("utf-8", "replace")
        self.assertEqual(ended.returncode, 0, text)
        self.assertRegex(text, "Ran [1-9][0-9]+ tests", sys.executable)

    def test_with_the_newest_pandas_and_pyarrow(self):
        self.run_with("tables-venv")

    def test_with_pandas_2_and_pyarrow(self):
        self.run_with("tables-venv-2")


if __name__ == "__main__":
    unittest.main()
