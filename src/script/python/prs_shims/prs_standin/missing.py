"""Members of the cloud's SDK that have no counterpart here: they can be imported, and using one names it (rule 4.6)."""

import importlib
import typing

HINT = "prs_mpi runs without the cloud service and stands in for a small part of its SDK only"


class NotAvailable(NotImplementedError, AttributeError):
    """Something of the cloud's SDK was used that does not exist here. An AttributeError too: hasattr() says no."""


def not_available(name):
    return NotAvailable(
        "%s is not available: %s. Guard this use, or install the real package beside the script" % (name, HINT)
    )


class Missing:
    """Stands for a class, function or value that does not exist here."""

    def __init__(self, name):
        self.__name__ = self.__qualname__ = name

    def __repr__(self):
        return "<%s, not available under prs_mpi>" % self.__name__

    def __getattr__(self, member):
        if _is_special(member):
            raise AttributeError(member)
        raise not_available("%s.%s" % (self.__name__, member))

    def __call__(self, *arguments, **named):
        raise not_available(self.__name__)

    def _refuse(self, *arguments):
        raise not_available(self.__name__)

    __mro_entries__ = __getitem__ = __setitem__ = __iter__ = __len__ = __contains__ = __enter__ = __exit__ = _refuse
    __int__ = __float__ = __fspath__ = _refuse

    def __bool__(self):
        return True

    def __instancecheck__(self, value):
        return False  # nothing can be one

    def __subclasscheck__(self, kind):
        return False

    def __or__(self, other):  # in an annotation
        return typing.Union[self, other]

    def __ror__(self, other):
        return typing.Union[other, self]


class NamedMembers(type):
    """Metaclass of the stand-in classes: a member they lack is named when it is used."""

    def __getattr__(cls, member):
        _refuse_member(cls, member)


class StandIn(metaclass=NamedMembers):
    def __getattr__(self, member):
        _refuse_member(type(self), member)


def member_of(module, name):
    """The module-level __getattr__ of each stand-in module: a sub-module where there is one, else a Missing."""
    from prs_standin import finder  # which imports this module

    if _is_special(name):
        raise AttributeError("module '%s' has no attribute '%s'" % (module, name))
    full_name = module + "." + name
    if finder.has_module(full_name):
        return importlib.import_module(full_name)
    if name.endswith(("Error", "Exception")):  # so that `except` clauses can name it
        return type(name, (Exception,), {"__module__": module, "__init__": _refuse_making})
    return Missing(full_name)


def _refuse_making(error, *arguments, **named):
    raise not_available("%s.%s" % (type(error).__module__, type(error).__qualname__))


def _refuse_member(cls, member):
    name = "%s.%s.%s" % (cls.__module__, cls.__qualname__, member)
    if _is_special(member):
        raise AttributeError(name)
    raise not_available(name)


def _is_special(name):
    return name.startswith("__") and name.endswith("__")
