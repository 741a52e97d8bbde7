"""What scripts log through Run: JSON lines in logs/user/metrics/<node>/<process>.jsonl of the run folder."""

import datetime
import json
import os

from prs_standin import state
from prs_standin.files import AppendFile


class Metrics:
    """Kept in memory too, for Run.get_metrics()."""

    def __init__(self):
        self._file = None
        self._values = {}

    def add(self, kind, name, value, **more):
        record = {
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "type": kind,
            "name": name,
            "value": value,
        }
        record.update((key, given) for key, given in more.items() if given not in (None, ""))
        line = json.dumps(record, default=_plain)
        if self._file is None:
            self._file = AppendFile(metrics_path() + ".jsonl")
        self._file.write((line + "\n").encode())
        self._values.setdefault(name, []).append(value)

    def all(self):
        """One value as it is, several of a name as a list."""
        return {name: values[0] if len(values) == 1 else list(values) for name, values in self._values.items()}


def metrics_path():
    """Of this process, without an ending."""
    folder = state.setting("log_dir") or os.path.join(state.setting("run_folder"), "logs", "user")
    return os.path.join(folder, "metrics", state.node_name(), state.setting("agent_name") or "process")


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)
