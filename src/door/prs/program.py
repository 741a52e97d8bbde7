"""Finding the program prs_mpi, and asking it about configurations: all checks are its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

from . import yaml_text
from .errors import ConfigurationError

WARNING = "prs_mpi: warning: "


def program():
    """The absolute path of prs_mpi: the one of this package's own tree, else the one on the PATH."""
    tree = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
    beside = os.path.join(tree, "bin", "prs_mpi")
    found = beside if os.access(beside, os.X_OK) else shutil.which("prs_mpi")
    if not found:
        raise FileNotFoundError("there is no %s, and no prs_mpi on the PATH: add the folder of the program to the PATH" % beside)
    return os.path.abspath(found)


def given(keys, working_folder):
    """The keys of a parallel_run_config as the program understands them, with absolute paths. Relative ones are relative to
    `working_folder`. Raises ConfigurationError with all mistakes."""
    settings = []
    for key, value in keys.items():
        try:
            settings += ["--set", "parallel_run_config.%s=%s" % (key, yaml_text.value(value))]
        except TypeError as error:
            raise TypeError("%s: %s" % (key, error)) from None
    with tempfile.TemporaryDirectory(prefix="prs-") as folder:
        file = os.path.join(folder, "empty.yaml")
        yaml_text.write_file(file, "{}\n")
        return _ask(folder, ["config", file, "--given", "--json"] + settings, working_folder)


def given_in_file(path):
    """The same for a file that holds a parallel_run_config; relative paths are relative to the file."""
    return _ask(None, ["config", os.fspath(path), "--given", "--json"])


def understood(file):
    """All that a native file says, with the defaults filled in. No message names the folder of the file."""
    return _ask(os.path.dirname(file), ["config", file, "--json"])


def status(run_folder):
    """How the run stands, or ended; empty where none was begun."""
    ran = subprocess.run([program(), "status", run_folder, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    return json.loads(ran.stdout.decode("utf-8")) if ran.stdout else {}


def _ask(hidden_folder, words, working_folder=None):
    """The program's answer. What lies in `hidden_folder` was written by this package."""
    ran = subprocess.run([program()] + words, cwd=working_folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    lines = os.fsdecode(ran.stderr).splitlines()
    if ran.returncode != 0:
        mistakes = [_shown(line, hidden_folder) for line in lines if not line.startswith("prs_mpi: ")]
        raise ConfigurationError(mistakes or lines)
    for line in lines:
        if line.startswith(WARNING):
            warnings.warn(_shown(line[len(WARNING):], hidden_folder), stacklevel=_frames_of_this_package())
    return json.loads(ran.stdout.decode("utf-8"))


def _frames_of_this_package():
    """The `stacklevel` by which a warning of the caller's names the line of the user's program."""
    folder, frame, level = os.path.dirname(__file__), sys._getframe(1), 1
    while frame.f_back and os.path.dirname(frame.f_code.co_filename) == folder:
        frame, level = frame.f_back, level + 1
    return level


def _shown(line, hidden_folder):
    """A message without the place in a file, or on a command line, that the user never saw."""
    if hidden_folder:
        line = re.sub(r"^%s/[^:]*(:\d+)*: " % re.escape(hidden_folder), "", line)
    return re.sub(r"^--set parallel_run_config\.", "", line)
