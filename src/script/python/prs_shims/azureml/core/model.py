"""Stand-in: models are those under `models:` in the configuration, and those that a script registered."""

import os

from prs_standin import models
from prs_standin.files import copy_whole
from prs_standin.members import member_of
from prs_standin.missing import StandIn

__all__ = ["Model"]


class Model(StandIn):
    """One version of a model."""

    def __init__(
        self,
        workspace=None,
        name=None,
        id=None,
        tags=None,
        properties=None,
        version=None,
        run_id=None,
        model_framework=None,
        expand=True,
        **ignored,
    ):
        if name is None and id is not None:
            name, _, version = str(id).partition(":")
        if name is None:
            raise ValueError("Model() needs the name of a model: Model(workspace, name='…')")
        self._take(models.find(name, version or None, tags, properties))
        self.workspace = workspace

    def _take(self, record):
        self.name = record.name
        self.version = record.version
        self.id = "%s:%s" % (record.name, record.version)
        self.tags = dict(record.tags)
        self.properties = dict(record.properties)
        self.description = record.description
        self._path = record.path

    @classmethod
    def _of(cls, workspace, record):
        model = cls.__new__(cls)
        model._take(record)
        model.workspace = workspace
        return model

    @staticmethod
    def get_model_path(model_name, version=None, _workspace=None):
        return models.find(model_name, version).path

    @classmethod
    def list(
        cls,
        workspace=None,
        name=None,
        tags=None,
        properties=None,
        run_id=None,
        latest=False,
        dataset_id=None,
        expand=True,
        page_count=255,
        model_framework=None,
    ):
        return [cls._of(workspace, record) for record in models.all_matching(name, tags, properties, latest)]

    @classmethod
    def register(
        cls,
        workspace=None,
        model_path=None,
        model_name=None,
        tags=None,
        properties=None,
        description=None,
        child_paths=None,
        **ignored,
    ):
        """Copies the files to models/<name>/<version> of the run folder; other workers see the model at once, whole."""
        if model_path is None or model_name is None:
            raise ValueError("Model.register() needs model_path and model_name")
        return cls._of(workspace, models.register(model_name, model_path, tags, properties, description, child_paths))

    def download(self, target_dir=".", exist_ok=False, exists_ok=None):
        """Copies the model's file or folder into `target_dir` and returns where it is."""
        target = os.path.join(target_dir, os.path.basename(os.path.normpath(self._path)))
        if os.path.lexists(target) and not (exist_ok or exists_ok):
            raise FileExistsError("%s is there already; pass exist_ok=True to write over it" % target)
        os.makedirs(target_dir, exist_ok=True)
        copy_whole(self._path, target)
        return target

    def __repr__(self):
        return "Model(name=%r, version=%r, tags=%r)" % (self.name, self.version, self.tags)


def __getattr__(name):
    return member_of(__name__, name)
