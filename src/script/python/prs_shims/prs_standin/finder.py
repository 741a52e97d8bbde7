"""Where `azureml`, `azureml_user` and `entry_script` come from (rule 4.6).

Decided module by module: what is installed of azureml wins, what is missing of it comes from this folder, and any other
name below azureml is a module without anything in it (see members.py). Only an installed sub-package such as
azureml.core says itself what else it has: scripts try `from azureml.core import X` to tell versions apart.
"""

import importlib.machinery
import os
import sys

from prs_standin import state

SHIMS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Finder:
    """First on sys.meta_path, but asks all others before it answers with what is ours. `member_of`: what a module without
    anything in it has instead (see members.py)."""

    def __init__(self, member_of):
        self._member_of = member_of

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top == "azureml":
            return self._azureml(name, path)
        if top == "azureml_user":
            return _own(name)  # a copy of the cloud's own would call the cloud; other modules are found as ever
        if name == "entry_script":
            return self._entry_script()
        return None

    def installed(self, name, path):
        """What the user's environment has, a folder without __init__.py included; ours, where sys.path has no other."""
        own = None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec = find(name, path, None)
            if spec is not None and not _is_ours(spec.origin):
                return spec
            own = own or spec
        return own

    def _azureml(self, name, path):
        spec = self.installed(name, path)
        if spec is not None and not _is_bare_folder(spec):
            return spec
        own = _own(name)
        if own is not None:
            return own  # its __init__.py looks for the bare folder, too
        if spec is not None or _is_installed_below_top(name.rpartition(".")[0]) or _asked_by_installed_azureml():
            return spec
        return importlib.machinery.ModuleSpec(name, _EmptyLoader(self._member_of), is_package=True)

    def _entry_script(self):
        """A module of the user's of that name wins, unless it is the entry script itself: nobody imports that."""
        spec = self.installed("entry_script", None)
        is_itself = spec is not None and os.path.realpath(spec.origin or "") == os.path.realpath(
            state.setting("entry_script")
        )
        return _own("entry_script") if spec is None or is_itself else spec


class _EmptyLoader:
    def __init__(self, member_of):
        self._member_of = member_of

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__getattr__ = lambda name: self._member_of(module.__name__, name)


def install(member_of):
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder(member_of))
    if SHIMS not in sys.path:
        sys.path.append(SHIMS)  # for processes that multiprocessing spawns


def has_module(name):
    """Whether there is such a module, installed or here; empty ones do not count."""
    parent = sys.modules.get(name.rpartition(".")[0])
    own = next(finder for finder in sys.meta_path if isinstance(finder, Finder))
    return own.installed(name, getattr(parent, "__path__", [])) is not None or _own(name) is not None


def _own(name):
    folder = os.path.join(SHIMS, *name.split(".")[:-1])
    spec = importlib.machinery.PathFinder.find_spec(name, [folder])
    return None if spec is None or _is_bare_folder(spec) else spec


def _is_bare_folder(spec):
    return spec.submodule_search_locations is not None and not spec.has_location and spec.origin in (None, "namespace")


def _is_ours(path):
    return (path or "").startswith(SHIMS + os.sep)


def _is_installed_below_top(package):
    file = getattr(sys.modules.get(package), "__file__", None)
    return "." in package and bool(file) and not _is_ours(file)


def _asked_by_installed_azureml():
    """An installed azureml that looks for its own optional parts is told the truth."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in ("importlib", "_frozen_importlib", "prs_standin"):
            return module.partition(".")[0] == "azureml" and not _is_ours(frame.f_globals.get("__file__"))
        frame = frame.f_back
    return False
