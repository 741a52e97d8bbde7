"""What `prs_mpi check` tells of an entry script that is not run: asked of the program, as `check` does."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from host_python import PYTHON_FOLDER

RUN = "def run(mini_batch):\n"
LOOP = RUN + "    for path in mini_batch:\n"


class ScriptLookTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def look(self, text, script="entry.py", file=None):
        path = os.path.join(self.folder, file or script)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode())
        command = [sys.executable, os.path.join(PYTHON_FOLDER, "prs_script_look.py"), os.path.join(self.folder, script), self.folder]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(ran.stderr, b"")
        return json.loads(ran.stdout.splitlines()[-1])

    def line_in(self, text):
        return self.look(text)["prints_in_line"]

    def test_the_script_is_not_run(self):
        self.assertEqual(self.look("raise SystemExit('run')\n" + RUN + "    return []\n"), {"file": self.folder + "/entry.py", "has_run": True, "prints_in_line": None, "missing": []})

    def test_what_is_no_python_is_told_with_its_line(self):
        for text in ("x = 1\ndef run(mini_batch:\n    pass\n", "x = 1\nreturn 3\n", b"x = 1\nname = '\xff'\n"):
            self.assertRegex(self.look(text)["error"], r"entry\.py(:2)?: SyntaxError: .*, in Python 3\S+; mend it")
        self.assertRegex(self.look(b"\0")["error"], r"entry\.py.*: (ValueError|SyntaxError): ")
        self.assertEqual(self.look("x = '\\d'\n" + RUN + "    assert (1, 2)\n")["has_run"], True)

    def test_any_bytes_may_be_a_name(self):
        name = os.fsdecode(b"e\xff.py")
        self.assertTrue(self.look("x = 1\n", name)["file"].endswith("/e\ufffd.py"))
        self.assertIn("e\ufffd.py:1: SyntaxError", self.look("(\n", name)["error"])

    def test_a_text_too_deep_for_the_parser_is_left_to_the_run(self):
        self.assertIn(sorted(self.look("x = " + "-" * 100000 + "1")), (["error"], ["file", "has_run", "missing", "prints_in_line"]))

    def test_run_may_come_from_anywhere(self):
        texts = (RUN + "    pass\n", "from helper import run\n", "from helper import *\n", "run = len\n", "if 1:\n    " + RUN + "        pass\n")
        for text in texts + ("try:\n    import run\nexcept OSError:\n    pass\n", "globals()['r' + 'un'] = len\n", "import helper as run\n"):
            self.assertTrue(self.look(text)["has_run"], text)

    def test_no_run(self):
        for text in ("", "def init():\n    pass\n", "class A:\n    def run(self):\n        pass\n", "if __name__ == '__main__':\n    run = 3\n"):
            self.assertFalse(self.look(text)["has_run"], text)

    def test_packages_that_are_not_there(self):
        text = "import json, nowhere_a.part, azureml.core, entry_script\nfrom nowhere_b import x\nfrom azureml_user import y\nimport helper\n"
        self.look("", "helper.py")
        self.assertEqual(self.look(text)["missing"], ["nowhere_a", "nowhere_b"])

    def test_imports_that_may_not_be_done_are_none(self):
        for text in ("try:\n    import nowhere_a\nexcept ImportError:\n    pass\n", RUN + "    import nowhere_a\n", "from . import nowhere_a\n"):
            self.assertEqual(self.look(text)["missing"], [])
        self.assertEqual(self.look("import sys\nsys.path.append('x')\nimport nowhere_a\n")["missing"], [])

    def test_a_dotted_module(self):
        self.look("raise ValueError('imported')\n", "pack/__init__.py")
        answer = self.look("x = 1\n", "pack.part.entry", "pack/part/entry.py")
        self.assertEqual((answer["file"], answer["has_run"]), (self.folder + "/pack/part/entry.py", False))
        self.assertTrue(self.look("x = 1\n", "nowhere_a.entry", "other.py")["has_run"])

    def test_a_print_in_the_loop_of_run_is_found(self):
        self.assertEqual(self.line_in("import os\n" + LOOP + "        print('at', path)\n    return []\n"), 4)
        self.assertEqual(self.line_in(LOOP + "        with open(path) as f:\n          try:\n            print(f)\n          finally:\n            pass\n"), 5)
        self.assertEqual(self.line_in("def run(batch, context):\n  names = sorted(batch)\n  for i in range(len(names)):\n    print(i)\n"), 4)

    def test_a_print_once_for_each_mini_batch_is_none(self):
        self.assertIsNone(self.line_in(RUN + "    print(len(mini_batch))\n    for p in mini_batch:\n        pass\n    print('done')\n"))
        for few in ("range(3)", "mini_batch.columns", "mini_batch[:3]"):
            self.assertIsNone(self.line_in(RUN + "    for i in %s:\n        print(i)\n" % few), few)

    def test_a_print_that_depends_is_none(self):
        self.assertIsNone(self.line_in(LOOP + "        if not path:\n            print('empty')\n"))
        self.assertIsNone(self.line_in(LOOP + "        try:\n            pass\n        except OSError:\n            print('no')\n"))
        self.assertIsNone(self.line_in(LOOP + "        def helper():\n            print(1)\n"))
        self.assertIsNone(self.line_in(LOOP + "        pass\n    else:\n        print('all')\n"))
        self.assertIsNone(self.line_in(RUN + "    if DEBUG:\n        for p in mini_batch:\n            print(p)\n"))

    def test_what_is_no_print_of_run_is_none(self):
        self.assertIsNone(self.line_in("for i in range(3):\n    print(i)\n"))
        self.assertIsNone(self.line_in("def init():\n    for i in range(3):\n        print(i)\n" + RUN + "    return mini_batch\n"))
        self.assertIsNone(self.line_in(RUN + '    """Shows\n    for path in mini_batch:\n        print(path)\n    """\n    return mini_batch\n'))
        self.assertIsNone(self.line_in(LOOP + "        x = f(\n            print(1))\n"))
        self.assertIsNone(self.line_in(LOOP + "        printer(path)\n"))
        self.assertIsNone(self.line_in(LOOP + "        print(path, file=log)\n"))


if __name__ == "__main__":
    unittest.main()
