"""Small forms of the cloud's objects that step definitions are made with, and what to use in the place of all others."""

import os


class PipelineParameter:
    """A value that one call of run() may replace: step.run(pipeline_parameters={name: value})."""

    def __init__(self, name, default_value):
        self.name = name
        self.default_value = default_value

    def __repr__(self):
        return "PipelineParameter(%r, %r)" % (self.name, self.default_value)


class OutputFileDatasetConfig:
    """A folder that a step writes and another one may read. As `output` it is the run folder; among the arguments it is a
    folder that is made at the start, and whose absolute path the script gets."""

    def __init__(self, name=None, destination=None):
        if isinstance(destination, tuple):
            raise TypeError("destination is %r; allowed: the path of a folder, without a datastore" % (destination,))
        if destination is None:
            raise TypeError("OutputFileDatasetConfig needs a destination here: the path of a folder")
        self.path = absolute(destination)
        self.name = name or os.path.basename(self.path)

    def _same(self, *_, **__):
        """There is one file system: nothing has to be mounted or copied."""
        return self

    as_mount = as_upload = as_input = as_download = as_named_input = _same


def absolute(path):
    """The path from the working folder; ~ and ${VAR} are left to the program."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError("%r is no path; allowed: a text or a pathlib.Path. The cloud's objects become paths here" % (path,))
    text = os.fsdecode(path)
    return text if text.startswith(("~", "${")) else os.path.join(os.getcwd(), text)


def plain(value, pipeline_parameters=None):
    """The value of a PipelineParameter; any other value is what it is."""
    if not isinstance(value, PipelineParameter):
        return value
    return (pipeline_parameters or {}).get(value.name, value.default_value)


def refuse_unknown(pipeline_parameters, values):
    """Each name in `pipeline_parameters` must be that of a PipelineParameter among the values."""
    known = {value.name for value in values if isinstance(value, PipelineParameter)}
    for name in pipeline_parameters or {}:
        if name not in known:
            raise ValueError("pipeline_parameters names %r, and the step has no such PipelineParameter; it has: %s"
                             % (name, ", ".join(sorted(known)) or "none"))


_INSTEAD = {
    ("Workspace", "Experiment", "Pipeline", "PublishedPipeline"): "call run() of the step; of several steps, one after the other",
    ("Environment", "CondaDependencies", "DockerConfiguration"):
        "give environment={'venv': FOLDER}, {'conda': NAME}, {'python': INTERPRETER} or {'container': IMAGE}",
    ("Dataset", "FileDataset", "TabularDataset", "Datastore", "DatasetConsumptionConfig", "DataPath", "DataReference"):
        "give paths as inputs, or for tables {'name': NAME, 'path': PATH, 'format': 'csv'}",
    ("PipelineData", "PipelineOutputFileDataset", "OutputTabularDatasetConfig"): "use OutputFileDatasetConfig",
    ("AmlCompute", "ComputeTarget", "ComputeInstance"): "give compute_target='local', or a Slurm partition's name",
    ("Model",): "models of a native configuration file; the script finds them by azureml.core.Model as before",
    ("Run", "EntryScript"): "the script imports it as before, from azureml.core or azureml_user.parallel_run",
    ("PythonScriptStep", "DataTransferStep", "CommandStep"): "call the script yourself, before or after step.run()",
}


def what_to_use_instead(name):
    """Of a name of the cloud's packages, in words; None for any other name."""
    return next((text for names, text in _INSTEAD.items() if name in names), None)
