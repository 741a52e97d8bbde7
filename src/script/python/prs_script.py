"""Loads the user's entry script (rule 4.1) and finds out how its run() is to be called."""

import importlib
import importlib.util
import inspect
import os
import re
import sys


class EntryScriptError(Exception):
    """The entry script is there but is none: it says what is missing."""


class LoadedScript:
    """The user's module and its three functions; `init` and `shutdown` may be None."""

    def __init__(self, module):
        self.module = module
        self.init = getattr(module, "init", None)
        self.run = getattr(module, "run", None)
        self.shutdown = getattr(module, "shutdown", None)
        if not callable(self.run):
            raise EntryScriptError("%s has no function run(mini_batch)" % module.__file__)
        self.call_form = _call_form(self.run, module.__file__)


def load(entry_script, import_folder, arguments):
    """Imports the script under its module name, with its folder on sys.path."""
    path = os.path.join(import_folder, entry_script)
    name = None
    if not os.path.isfile(path):
        name = os.path.relpath(path, import_folder) if import_folder else entry_script
        if name.endswith(".py") or not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
            raise EntryScriptError("there is no file %s" % path)
    folders = [import_folder] if import_folder else []
    if name is None and os.path.dirname(path) not in folders:
        folders.append(os.path.dirname(path))
    sys.path[:0] = folders
    importlib.invalidate_caches()
    sys.argv = [path] + arguments
    if name is not None:
        module = importlib.import_module(name)
        sys.argv[0] = module.__file__ or path
    else:
        module = _import_file(path, import_folder)
    return LoadedScript(module)


def _import_file(path, import_folder):
    name = _module_name(path, import_folder)
    if "." in name:
        return importlib.import_module(name)
    if name in sys.modules:
        name = "entry_script_" + name  # a standard module's name is taken: the host and its libraries need that one
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None:
        raise EntryScriptError("%s is not a Python file" % path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return sys.modules.get(name, module)


def _module_name(path, import_folder):
    """'package.script' where each folder down from the import folder is a package, else the file's own name."""
    own_name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(path))[0])
    relative = os.path.relpath(os.path.dirname(path), import_folder) if import_folder else "."
    parts = [] if relative == "." else relative.split(os.sep)
    folder = import_folder
    for part in parts:
        folder = os.path.join(folder, part)
        if not part.isidentifier() or not os.path.isfile(os.path.join(folder, "__init__.py")):
            return own_name
    is_module = os.path.basename(path) == own_name + ".py"
    return ".".join(parts + [own_name]) if parts and is_module else own_name


def _call_form(run, file):
    """'batch': run(mini_batch); 'context': run(mini_batch, context); 'keyword': run(mini_batch, context=context).

    A second parameter gets the context if it has no default or is named `context`. `*args` alone counts as one parameter,
    since that is what a plain decorator's wrapper has."""
    try:
        parameters = list(inspect.signature(run).parameters.values())
    except (TypeError, ValueError):
        return "batch"  # a builtin that tells nothing
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    has_rest = any(p.kind == p.VAR_POSITIONAL for p in parameters)
    keywords = [p for p in parameters if p.kind == p.KEYWORD_ONLY]
    needed = sum(p.default is p.empty for p in places)
    is_impossible = needed > 2 or not places and not has_rest or any(
        p.default is p.empty and p.name != "context" for p in keywords)
    if is_impossible:
        raise EntryScriptError("run%s in %s must take (mini_batch) or (mini_batch, context)" % (inspect.signature(run), file))
    if needed == 2 or len(places) >= 2 and places[1].name == "context":
        return "context"
    if any(p.name == "context" for p in keywords):
        return "keyword"
    return "batch"
