"""What run() may return, and how it is walked (rule 4.3). Used by prs_rows and prs_columns.

pandas and numpy are never imported here: a result can be one of theirs only where the script imported them already.
"""

import reprlib
import sys

WANTED = (
    "wanted is a DataFrame, list, tuple, numpy array, Series or iterator with one element for each item that succeeded"
)


class BadReturn(Exception):
    """run() returned what cannot be taken for rows; the text says what it was and what is wanted."""


def library_class(module, name):
    """The class `name` of a module that is loaded already, as isinstance() takes it; () where there is none."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else ()


def is_frame(value):
    return isinstance(value, library_class("pandas", "DataFrame"))


def is_sized(value):
    """Its length is known without walking it, and walking it gives its elements."""
    if isinstance(value, library_class("numpy", "ndarray")):
        return value.ndim > 0
    return isinstance(value, (list, tuple)) or isinstance(value, library_class("pandas", "Series"))


def describe(value):
    """Type and short form of a value, for a message; never fails."""
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
    if value is None:
        return "None"
    try:
        return "%s: %s" % (name, " ".join(_SHORT.repr(value).split()))
    except Exception:  # a broken __repr__ of the user's
        return name


def iterator_of(result):
    """An iterator over the elements of what run() returned; BadReturn where it has none in an order of its own."""
    if is_sized(result):
        return iter(result)
    advice = _why_not(result)
    if advice is not None:
        raise BadReturn("run() returned %s; %s%s" % (describe(result), WANTED, advice and "; " + advice))
    if not hasattr(type(result), "__iter__") and not hasattr(type(result), "__getitem__"):
        raise BadReturn("run() returned %s; %s" % (describe(result), WANTED))
    try:
        return iter(result)
    except TypeError as error:  # such as a tensor without dimensions
        raise BadReturn("run() returned %s (%s); %s" % (describe(result), error, WANTED)) from error


def values_of(mapping, keys, place):
    """The values of these keys, in their order; BadReturn where it has others."""
    if len(mapping) != len(keys) or any(key not in mapping for key in keys):
        raise BadReturn(
            "element %d of what run() returned has the keys %s, and an earlier one %s; dictionaries that become columns "
            "need the same keys" % (place, list(mapping), keys)
        )
    return [mapping[key] for key in keys]


def frame_as_element(frame, place):
    return (
        "element %d of what run() returned is a DataFrame (%s); return one DataFrame, as pandas.concat makes it, "
        "or its rows" % (place, describe(frame).partition(":")[0])
    )


def _why_not(result):
    """None: nothing is known against it. Else what to do instead ('' where there is nothing more to say)."""
    if result is None:
        return "does run() end without a return statement?"
    if isinstance(result, (str, bytes, bytearray, memoryview)):
        return "return [value] for one row"
    if isinstance(result, dict) or hasattr(type(result), "keys") and not _is_of_pandas(result):
        return "return list(value.values()), or a list with one dictionary for each item"
    if isinstance(result, (bool, int, float, complex)):
        return "return a list with one element for each item"
    if isinstance(result, (set, frozenset)):
        return "a set has no order, and the rows of a retry would come in another one: return sorted(value)"
    if isinstance(result, library_class("numpy", "ndarray")) or isinstance(result, library_class("numpy", "generic")):
        return "an array needs a first dimension with one entry for each item"
    if isinstance(result, type):
        return "this is a class, not a value"
    if hasattr(type(result), "__await__") or hasattr(type(result), "__aiter__"):
        if hasattr(result, "close"):
            result.close()  # else Python warns of a coroutine that was never awaited
        return "run() must not be async"
    if hasattr(type(result), "to_pandas") and not _is_of_pandas(result):
        return "convert it with .to_pandas() first"
    return None


def _is_of_pandas(value):
    return type(value).__module__.partition(".")[0] == "pandas" or is_frame(value) or is_sized(value)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
