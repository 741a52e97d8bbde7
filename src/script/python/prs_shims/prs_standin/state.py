"""What the stand-ins know of the run. Set once by prs_entry.install()."""

import json
import os

_VARIABLE = "PRS_STANDIN"
_LONGEST_VARIABLE = 60000  # beyond 128 KiB in one variable, no process can be started
_KEYS = (
    "entry_script",
    "import_folder",
    "logging_level",
    "models",
    "run_folder",
    "working_folder",
    "log_dir",
    "output_dir",
    "entry_script_log_file",
    "agent_name",
    "is_foreground",
)
_settings = None


def begin(setup):
    global _settings
    _settings = {key: setup[key] for key in _KEYS if setup.get(key) is not None}
    text = json.dumps(_settings)
    os.environ.pop(_VARIABLE, None)
    if len(text) <= _LONGEST_VARIABLE and "\0" not in text:
        os.environ[_VARIABLE] = text


def setting(name, default=""):
    """One value of the host's set-up. RuntimeError in a process that has nothing to do with a run."""
    global _settings
    if _settings is None:
        if _VARIABLE not in os.environ:
            raise RuntimeError("this belongs to a script that prs_mpi runs; no run is known in this process")
        _settings = json.loads(os.environ[_VARIABLE])
    return _settings.get(name, default)


def run_id():
    return os.environ.get("AZUREML_RUN_ID") or os.path.basename(setting("run_folder").rstrip("/")) or "run"


def node_name():
    """The node as the log folders name it (…/entry_script_log/<node>/processNNN.log.txt); '' where there is none."""
    folder = os.path.dirname(setting("entry_script_log_file"))
    is_usual = os.path.basename(os.path.dirname(folder)) == "entry_script_log"
    return os.path.basename(folder) if is_usual else ""
