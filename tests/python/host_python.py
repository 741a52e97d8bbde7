"""What the tests of the host's Python share: its folder on sys.path, a gatherer of rows, a run in its own process."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

PYTHON_FOLDER = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "src", "script", "python"))
sys.dont_write_bytecode = True
if PYTHON_FOLDER not in sys.path:
    sys.path.insert(0, PYTHON_FOLDER)

HAS_PANDAS = importlib.util.find_spec("pandas") is not None
needs_pandas = unittest.skipUnless(
    HAS_PANDAS, "for an interpreter with pandas, such as /usr/bin/python3 with python3-pandas"
)

_BEGIN = """
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {python_folder!r})
import prs_rows, prs_entry
sys.path.remove({python_folder!r})
setup = json.loads({setup!r})
prs_entry.install(setup)
sys.path.insert(0, setup["import_folder"])
"""


class Rows:
    """Gathers what an encoder emits."""

    def __init__(self, encoder):
        self.encoder = encoder

    def of(self, result):
        pieces = []
        self.rows, self.columns = self.encoder.encode(result, lambda piece: pieces.append(bytes(piece)))
        self.pieces = [len(piece) for piece in pieces]
        return b"".join(pieces)


class ScriptProcess:
    """A folder with the user's files and a run folder; code runs in a fresh interpreter after prs_entry.install()."""

    def __init__(self, test, files=None, **setup):
        place = tempfile.TemporaryDirectory()
        test.addCleanup(place.cleanup)
        self.folder = os.path.realpath(place.name)
        self.scripts = os.path.join(self.folder, "scripts")
        self.run_folder = os.path.join(self.folder, "run")
        os.makedirs(self.scripts)
        for name, text in (files or {}).items():
            path = os.path.join(self.scripts, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(textwrap.dedent(text))
        log = os.path.join(self.run_folder, "logs", "user", "entry_script_log", "node0", "process001.log.txt")
        self.setup = dict(
            {
                "entry_script": os.path.join(self.scripts, "main.py"),
                "import_folder": self.scripts,
                "logging_level": "INFO",
                "models": {},
                "run_folder": self.run_folder,
                "working_folder": os.path.join(self.run_folder, "work"),
                "log_dir": os.path.join(self.run_folder, "logs", "user"),
                "output_dir": self.run_folder,
                "entry_script_log_file": log,
                "agent_name": "process001",
            },
            **setup,
        )

    def run(self, code, **variables):
        """Its standard output; what it wrote on stderr is kept in `errors`. A failure of the code fails the test."""
        text = _BEGIN.format(python_folder=PYTHON_FOLDER, setup=json.dumps(self.setup)) + textwrap.dedent(code)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AZUREML_")}
        path = os.path.join(self.folder, "code.py")
        with open(path, "w") as file:
            file.write(text)
        ended = subprocess.run(
            [sys.executable, path],
            env=dict(environment, **variables),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        self.errors = ended.stderr
        if ended.returncode != 0:
            raise AssertionError("the script ended with %d:\n%s%s" % (ended.returncode, ended.stdout, ended.stderr))
        return ended.stdout.rstrip("\n")

    def read(self, *names):
        with open(os.path.join(self.run_folder, *names)) as file:
            return file.read()
