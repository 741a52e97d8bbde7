"""Stand-in, where no azureml is installed. Modules that are installed below a bare folder of that name come first."""

import pkgutil

from prs_standin.members import member_of

_own = list(__path__)
__path__ = [folder for folder in pkgutil.extend_path([], __name__) if folder not in _own] + _own


def __getattr__(name):
    return member_of(__name__, name)
