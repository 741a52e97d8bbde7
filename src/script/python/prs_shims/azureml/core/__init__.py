"""Stand-in for the few members of azureml.core that entry scripts use."""

import os
import sys

from prs_standin.members import member_of

_own = list(__path__)
__path__ = [os.path.join(folder, "core") for folder in sys.modules["azureml"].__path__]
__path__ = [folder for folder in __path__ if os.path.isdir(folder) and folder not in _own] + _own

from azureml.core.experiment import Experiment  # noqa: E402
from azureml.core.model import Model  # noqa: E402
from azureml.core.run import Run  # noqa: E402
from azureml.core.workspace import Workspace  # noqa: E402

__all__ = ["Experiment", "Model", "Run", "Workspace"]


def __getattr__(name):
    return member_of(__name__, name)
