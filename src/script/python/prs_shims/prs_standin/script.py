"""EntryScript, and the logging of the user's script (rule 2.3 `logging_level`, 4.6)."""

import logging
import os
import sys

from prs_standin import state
from prs_standin.files import AppendFile

LOGGER_NAME = "EntryScript"
_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class EntryScript:
    """What a script can ask of its surroundings; each call gives the same object."""

    _only = None

    def __new__(cls):
        if EntryScript._only is None:
            EntryScript._only = super().__new__(cls)
        return EntryScript._only

    @property
    def logger(self):
        """Writes to logs/user/entry_script_log/<node>/processNNN.log.txt of the run folder; in the foreground
        (`prs_mpi try`) to the terminal, for that run's folder goes away."""
        logger = _script_logger()
        if not logger.handlers:
            logger.addHandler(_log_handler())
            logger.setLevel(_level())
            logger.propagate = False
        return logger

    @property
    def log_dir(self):
        """A folder for log files of the script's own; all workers share it."""
        return _made(state.setting("log_dir"))

    @property
    def output_dir(self):
        """The run folder; all workers share it."""
        return _made(state.setting("output_dir") or state.setting("run_folder"))

    @property
    def agent_name(self):
        """The name of this worker's process."""
        return state.setting("agent_name")

    @property
    def working_dir(self):
        """The working folder of this worker, its alone."""
        return _made(state.setting("working_folder"))

    @property
    def dir(self):
        """The folder that the script's own modules are imported from."""
        return state.setting("import_folder") or os.path.dirname(state.setting("entry_script"))


def configure_logging():
    """The root logger at the run's level. It gets no handler, which would make logging.basicConfig() of the script's do
    nothing: what no handler takes goes to stderr through logging.lastResort."""
    logging.getLogger().setLevel(_level())
    last_resort = _StderrHandler()
    last_resort.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.lastResort = last_resort
    EntryScript().logger.setLevel(_level())


class _ScriptLogger(logging.Logger):
    """Stays enabled when logging.config.dictConfig() disables 'existing' loggers, as it does by default."""

    disabled = property(lambda self: False, lambda self, value: None)


class _StderrHandler(logging.StreamHandler):
    """To what sys.stderr is at the time."""

    def __init__(self):
        logging.Handler.__init__(self)

    @property
    def stream(self):
        return sys.stderr


class _AppendHandler(logging.Handler):
    def __init__(self, path):
        super().__init__()
        self._file = AppendFile(path)
        self.setFormatter(logging.Formatter(_FORMAT))

    def emit(self, record):
        try:
            self._file.write((self.format(record) + "\n").encode("utf-8", "backslashreplace"))
        except Exception:
            self.handleError(record)


def _log_handler():
    path = state.setting("entry_script_log_file")
    if path and not state.setting("is_foreground", False):
        return _AppendHandler(path)
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler


def _script_logger():
    usual = logging.getLoggerClass()
    logging.setLoggerClass(_ScriptLogger)
    try:
        return logging.getLogger(LOGGER_NAME)
    finally:
        logging.setLoggerClass(usual)


def _level():
    return {"WARNING": logging.WARNING, "DEBUG": logging.DEBUG}.get(
        state.setting("logging_level", "INFO").upper(), logging.INFO
    )


def _made(folder):
    os.makedirs(folder, exist_ok=True)
    return folder
