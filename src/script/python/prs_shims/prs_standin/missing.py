"""Members of the cloud's SDK that have no counterpart here: they can be imported, and using one names it (rule 4.6)."""

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
        if is_special(member):
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


def refuse_making(error, *arguments, **named):
    raise not_available("%s.%s" % (type(error).__module__, type(error).__qualname__))


def _refuse_member(cls, member):
    name = "%s.%s.%s" % (cls.__module__, cls.__qualname__, member)
    if is_special(member):
        raise AttributeError(name)
    raise not_available(name)


def is_special(name):
    return name.startswith("__") and name.endswith("__")
