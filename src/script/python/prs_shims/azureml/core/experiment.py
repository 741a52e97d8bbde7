"""Stand-in: the experiment is the run folder's name."""

import os

from prs_standin import state
from prs_standin.members import member_of
from prs_standin.missing import StandIn

__all__ = ["Experiment"]


class Experiment(StandIn):
    def __init__(self, workspace=None, name=None, **ignored):
        from azureml.core.workspace import Workspace

        self.workspace = workspace if workspace is not None else Workspace()
        self.name = name or os.path.basename(state.setting("run_folder").rstrip("/"))
        self.id = self.name

    def __repr__(self):
        return "Experiment(name=%r)" % self.name


def __getattr__(name):
    return member_of(__name__, name)
