"""Stand-in: the one run is this job. What is logged or uploaded stays in the run folder."""

import os

from prs_standin import state
from prs_standin.files import copy_whole, inside, put_whole
from prs_standin.metrics import Metrics, metrics_path
from prs_standin.members import member_of
from prs_standin.missing import StandIn

__all__ = ["Run"]


class Run(StandIn):
    """From Run.get_context(); each call gives the same object."""

    _only = None

    def __init__(self, experiment=None, run_id=None, **ignored):
        from azureml.core.experiment import Experiment

        self.experiment = experiment if experiment is not None else Experiment()
        self.id = self.name = self.display_name = run_id or state.run_id()
        self.type = "prs_mpi"
        self.parent = None
        self.tags = {}
        self.properties = {}
        self._metrics = Metrics()
        self._images = 0

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **ignored):
        if Run._only is None:
            Run._only = cls()
        return Run._only

    def log(self, name, value, description="", step=None):
        self._metrics.add("value", name, value, description=description, step=step)

    def log_list(self, name, value, description=""):
        self._metrics.add("list", name, list(value), description=description)

    def log_row(self, name, description=None, **values):
        self._metrics.add("row", name, values, description=description)

    def log_table(self, name, value, description=""):
        self._metrics.add("table", name, value, description=description)

    def log_image(self, name, path=None, plot=None, description=""):
        """A picture's file, or an object with savefig()."""
        if (path is None) == (plot is None):
            raise ValueError("log_image() needs a path or a plot")
        self._images += 1
        place = "%s_images/%06d_%s" % (metrics_path(), self._images, name.replace("/", "_"))
        if path is not None:
            place += os.path.splitext(path)[1]
            copy_whole(path, place)
        else:
            place += ".png"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            plot.savefig(place)
        self._metrics.add("image", name, place, description=description)

    def log_accuracy_table(self, name, value, description=""):
        self._metrics.add("accuracy_table", name, value, description=description)

    def log_confusion_matrix(self, name, value, description=""):
        self._metrics.add("confusion_matrix", name, value, description=description)

    def log_predictions(self, name, value, description=""):
        self._metrics.add("predictions", name, value, description=description)

    def log_residuals(self, name, value, description=""):
        self._metrics.add("residuals", name, value, description=description)

    def get_metrics(self, name=None, **ignored):
        """What this process logged."""
        found = self._metrics.all()
        return found if name is None else {key: value for key, value in found.items() if key == name}

    def upload_file(self, name, path_or_stream, datastore_name=None):
        """Kept in the run folder as outputs/<name>."""
        target = inside(self._outputs(), _below_outputs(name))
        if hasattr(path_or_stream, "read"):
            put_whole(path_or_stream, target)
        else:
            copy_whole(path_or_stream, target)

    def upload_files(self, names, paths, **ignored):
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name, path, datastore_name=None):
        self.upload_file(name, path)

    def get_file_names(self):
        top = self._outputs()
        return sorted(
            "outputs/" + os.path.relpath(os.path.join(folder, name), top)
            for folder, _, names in os.walk(top)
            for name in names
            if not name.startswith(".new-")
        )

    def download_file(self, name, output_file_path=None, **ignored):
        source = inside(self._outputs(), _below_outputs(name))
        target = output_file_path or os.path.basename(name)
        copy_whole(source, os.path.join(target, os.path.basename(name)) if os.path.isdir(target) else target)

    def register_model(self, model_name, model_path=None, tags=None, properties=None, description=None, **more):
        from azureml.core.model import Model

        if model_path is None:
            model_path = self._outputs()
        elif not os.path.exists(model_path):
            model_path = inside(self._outputs(), _below_outputs(model_path))
        return Model.register(self.experiment.workspace, model_path, model_name, tags, properties, description, **more)

    def tag(self, key, value=None):
        self.tags[key] = "" if value is None else str(value)

    def set_tags(self, tags):
        for key, value in tags.items():
            self.tag(key, value)

    def get_tags(self):
        return dict(self.tags)

    def add_properties(self, properties):
        self.properties.update(properties)

    def get_properties(self):
        return dict(self.properties)

    def get_status(self):
        return "Running"

    @property
    def status(self):
        return self.get_status()

    def flush(self, timeout_seconds=300):
        pass  # each line is written when it is logged

    def start(self):
        pass

    def complete(self, _set_status=True):
        pass  # the job ends when its mini-batches do

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return False

    def __repr__(self):
        return "Run(id=%r)" % self.id

    @staticmethod
    def _outputs():
        return os.path.join(state.setting("run_folder"), "outputs")


def _below_outputs(name):
    return name[len("outputs/") :] if name.startswith("outputs/") else name


def __getattr__(name):
    return member_of(__name__, name)
