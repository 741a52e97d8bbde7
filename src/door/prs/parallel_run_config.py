"""ParallelRunConfig: how a script is run."""

import inspect
import os

from . import program, yaml_text
from .stand_ins import plain


class ParallelRunConfig:
    """The arguments and defaults are those of the class of that name in azureml.pipeline.steps; `prs_mpi --help` explains them.

    `environment` is None (python3 on the PATH), a conda environment's name, or a mapping such as {"venv": "envs/digits"}.
    `compute_target` is "local", or a Slurm partition for batch scripts. None counts as not given. Relative paths are relative
    to the working folder. `more` may have the further keys of the program, such as init_timeout.

    Each argument is an attribute, which may be changed. Raises ConfigurationError, a ValueError, with all mistakes at once.
    """

    def __init__(self, environment, entry_script, error_threshold, output_action, compute_target, node_count,
                 process_count_per_node=None, mini_batch_size=None, source_directory=None, description=None,
                 logging_level="INFO", run_invocation_timeout=60, run_max_try=3, append_row_file_name=None,
                 allowed_failed_count=None, allowed_failed_percent=None, partition_keys=None, environment_variables=None,
                 **more):
        given = locals()
        self._set({name: given[name] for name in _DEFAULTS}, more)
        self.given()

    def _set(self, keys, more):
        self._folder = os.getcwd()
        self._names = list(keys) + list(more)
        for name, value in list(keys.items()) + list(more.items()):
            setattr(self, name, value)

    def given(self, pipeline_parameters=None):
        """What is given, as the program understands it: a dict with absolute paths. Raises ConfigurationError."""
        keys = {name: plain(getattr(self, name), pipeline_parameters) for name in self._names}
        return program.given({name: value for name, value in keys.items() if value is not None}, self._folder)

    @staticmethod
    def load_yaml(workspace=None, path=None):
        """Reads a file that save_to_yaml() wrote, here or in the cloud. `workspace` is not used: load_yaml(path) will do.
        Relative paths are relative to the file."""
        keys = program.given_in_file(workspace if path is None else path)
        config = ParallelRunConfig.__new__(ParallelRunConfig)
        more = {name: value for name, value in keys.items() if name not in _DEFAULTS}
        config._set({name: keys.get(name, default) for name, default in _DEFAULTS.items()}, more)
        return config

    def save_to_yaml(self, path):
        """Writes what is given as a v1 file, for load_yaml() and for the program. A path that was relative is written
        relative to the file."""
        folder = os.path.dirname(os.path.abspath(path))
        keys = {name: _as_written(plain(getattr(self, name)), understood, folder) for name, understood in self.given().items()}
        yaml_text.write_file(path, yaml_text.mapping(keys))

    def __eq__(self, other):
        return isinstance(other, ParallelRunConfig) and self.given() == other.given()

    __hash__ = None  # it may change

    def __repr__(self):
        return "ParallelRunConfig(%s)" % ", ".join("%s=%r" % (name, getattr(self, name)) for name in self._names)


# The arguments, each with its default; None where there is none.
_DEFAULTS = {name: None if one.default is one.empty else one.default
             for name, one in inspect.signature(ParallelRunConfig).parameters.items() if one.kind is not one.VAR_KEYWORD}


def _as_written(given, understood, folder):
    """What goes into a file in `folder`: the value as it is understood, but with a relative path where one was given."""
    if isinstance(given, dict) and isinstance(understood, dict):
        return {name: _as_written(given.get(name), value, folder) for name, value in understood.items()}
    if not isinstance(given, (str, os.PathLike)) or not isinstance(understood, str) or not understood.startswith("/"):
        return understood
    text = os.fsdecode(given)
    return text if text.startswith(("/", "~", "${")) else os.path.relpath(understood, folder)
