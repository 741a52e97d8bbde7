"""The members of the stand-in modules that are written nowhere (rule 4.6)."""

import importlib

from prs_standin.finder import has_module
from prs_standin.missing import Missing, is_special, refuse_making


def member_of(module, name):
    """The module-level __getattr__ of each stand-in module: a sub-module where there is one, else a Missing."""
    if is_special(name):
        raise AttributeError("module '%s' has no attribute '%s'" % (module, name))
    full_name = module + "." + name
    if has_module(full_name):
        return importlib.import_module(full_name)
    if name.endswith(("Error", "Exception")):  # so that `except` clauses can name it
        return type(name, (Exception,), {"__module__": module, "__init__": refuse_making})
    return Missing(full_name)
