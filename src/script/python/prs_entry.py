"""What an entry script finds around it (rules 4.2, 4.6): EntryScript, the cloud SDK's stand-ins, logging.

The host calls install() once, before the script's own folder is on sys.path, and makes a MiniBatch or Context for each
mini-batch. The stand-ins themselves are in prs_shims/.
"""

# All of the standard library that the stand-ins use, so that a file of the user's with such a name cannot take its
# place.
import datetime  # noqa: F401
import errno  # noqa: F401
import fcntl  # noqa: F401
import importlib.machinery  # noqa: F401
import itertools  # noqa: F401
import json  # noqa: F401
import logging  # noqa: F401
import os
import pkgutil  # noqa: F401
import re  # noqa: F401
import shutil  # noqa: F401
import sys
import typing  # noqa: F401

_SHIMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prs_shims")
if _SHIMS not in sys.path:
    sys.path.append(_SHIMS)  # stays there: see prs_standin/__init__.py

from prs_standin import finder, members, models, script, state  # noqa: E402
from prs_standin.batch import Context, MiniBatch  # noqa: E402

__all__ = ["Context", "MiniBatch", "install"]


def install(setup):
    """Makes `azureml_user.parallel_run`, `entry_script` and `azureml` importable, and sets the script's logging up.
    `setup` is the host's SETUP frame."""
    state.begin(setup)
    finder.install(members.member_of)
    script.configure_logging()
    folder = models.model_folder()
    if folder:
        os.environ.setdefault("AZUREML_MODEL_DIR", folder)  # one that the user set stands
