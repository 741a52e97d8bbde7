"""ParallelRunStep: a script, what it works on, and where its rows go."""

import hashlib
import os
import tempfile

from . import program, yaml_text
from .errors import ConfigurationError
from .job import Job
from .parallel_run_config import ParallelRunConfig
from .result import result_of
from .stand_ins import OutputFileDatasetConfig, absolute, plain, refuse_unknown


class ParallelRunStep:
    """The arguments and defaults are those of the class of that name in azureml.pipeline.steps.

    `inputs` is a list of paths (folders, files, globs), of mappings as they stand in a native file
    ({"name": "sales", "path": "sales/*.csv", "format": "csv"}), or of outputs of other steps. `side_inputs` is a list of paths
    or a mapping of names and paths. `output` is the run folder. Among the `arguments`, "side_input:NAME" becomes the absolute
    path of a side input, and a pathlib.Path becomes absolute: the script has a working folder of its own. `models` stands for
    the workspace's registry: names and paths, for Model.get_model_path(name) in the script.
    """

    def __init__(self, name, parallel_run_config, inputs, output=None, side_inputs=None, arguments=None, allow_reuse=True, *,
                 models=None):
        if not isinstance(parallel_run_config, ParallelRunConfig):
            raise TypeError("parallel_run_config is %r; allowed: a ParallelRunConfig of prs" % (parallel_run_config,))
        self.name = name
        self.parallel_run_config = parallel_run_config
        self.inputs = _list_of(inputs)
        self.output = output
        self.side_inputs = side_inputs if isinstance(side_inputs, dict) else _list_of(side_inputs)
        self.arguments = list(arguments or [])
        self.allow_reuse = allow_reuse
        self.models = dict(models or {})

    def save_to_yaml(self, path, pipeline_parameters=None):
        """Writes the step as a native configuration file, for `prs_mpi check`, `try` and `slurm`. Beside it goes a v1 file, with
        the ending .config.yaml, which has the ParallelRunConfig."""
        config_file = os.path.splitext(os.fspath(path))[0] + ".config.yaml"
        step_text, config_text = self._texts(os.path.basename(config_file), pipeline_parameters)
        yaml_text.write_file(config_file, config_text)
        yaml_text.write_file(path, step_text)

    def run(self, overwrite=False, retry_failed=False, quiet=False, pipeline_parameters=None):
        """Runs the step under mpirun, and returns a RunResult once it has completed.

        What the program says goes to sys.stderr, but with `quiet`. `overwrite` deletes what an earlier run left in the run
        folder; `retry_failed` gives mini-batches that were given up a new set of tries. Without them an earlier run of this
        step goes on, or is reported where it is finished.

        Ctrl-C, SIGTERM and SIGUSR1 stop the run as they stop prs_mpi: running mini-batches may finish, and a second one stops
        at once. Then comes KeyboardInterrupt, or RunFailed with exit status 75. Raises ConfigurationError where nothing was
        started, and RunFailed where the job failed.
        """
        file, understood = self._files_in_run_folder(pipeline_parameters)
        words = [program.program(), "run", file]
        words += ["--overwrite"] * overwrite + ["--retry-failed"] * retry_failed
        return result_of(Job(words, quiet).wait(), understood)

    def _files_in_run_folder(self, pipeline_parameters):
        """Writes the configuration where it stays, so that the commands that messages and logs name can be given. Each content
        has a folder of its own: a job that runs already keeps its files."""
        with tempfile.TemporaryDirectory(prefix="prs-") as folder:
            file = os.path.join(folder, "step.yaml")
            self.save_to_yaml(file, pipeline_parameters)
            understood = program.understood(file)
        texts = "".join(self._texts("", pipeline_parameters))
        digest = hashlib.sha256(texts.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        folder = os.path.join(understood["output"], "step-" + digest)
        os.makedirs(folder, exist_ok=True)
        file = os.path.join(folder, "step.yaml")
        self.save_to_yaml(file, pipeline_parameters)
        return file, understood

    def _texts(self, config_file, pipeline_parameters):
        """What stands in the file of the step, which names `config_file`, and what in that one."""
        refuse_unknown(pipeline_parameters, self.arguments + list(vars(self.parallel_run_config).values()))
        return (yaml_text.mapping(self._keys(pipeline_parameters, config_file)),
                yaml_text.mapping(self.parallel_run_config.given(pipeline_parameters)))

    def _keys(self, pipeline_parameters, config_file):
        """The top keys of a native file."""
        if self.output is None:
            raise ConfigurationError(["the step has no output; give output=FOLDER, the run folder"])
        side_outputs = {}
        keys = {
            "name": self.name,
            "inputs": _named_inputs(self.inputs),
            "side_inputs": _side_inputs(self.side_inputs),
            "side_outputs": side_outputs,
            "output": _path_of(self.output),
            "arguments": [_argument(plain(one, pipeline_parameters), side_outputs) for one in self.arguments],
            "models": {name: _model(given) for name, given in self.models.items()},
            "allow_reuse": self.allow_reuse,
            "parallel_run_config": config_file,
        }
        return {name: value for name, value in keys.items() if name == "inputs" or value not in (None, [], {})}


def _list_of(given):
    return [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]


def _path_of(given):
    return given.path if isinstance(given, OutputFileDatasetConfig) else absolute(given)


def _name_of(path, taken):
    """The last part of a path; with a number where another input has it."""
    base = name = os.path.basename(path.rstrip("/")) or "input"
    number = 1
    while name in taken:
        number += 1
        name = "%s_%d" % (base, number)
    return name


def _named_inputs(inputs):
    named = []
    for given in inputs:
        if isinstance(given, dict):
            paths = given.get("path")
            path = [_path_of(one) for one in paths] if isinstance(paths, (list, tuple)) else paths and _path_of(paths)
            named.append(dict(given, path=path))
        else:
            path = _path_of(given)
            named.append({"name": _name_of(path, [one.get("name") for one in named]), "path": path})
    return named


def _side_inputs(given):
    if isinstance(given, dict):
        return {name: _path_of(path) for name, path in given.items()}
    named = {}
    for one in given:
        path = _path_of(one)
        named[_name_of(path, named)] = path
    return named


def _model(given):
    """A path, or a mapping with the path, version and tags."""
    return dict(given, path=_path_of(given["path"])) if isinstance(given, dict) and "path" in given else _path_of(given)


def _argument(given, side_outputs):
    """A word of the script's command line; a folder that the script writes becomes a side output."""
    if isinstance(given, OutputFileDatasetConfig):
        side_outputs[given.name] = given.path
        return "side_output:" + given.name
    return absolute(given) if isinstance(given, os.PathLike) else str(given)
