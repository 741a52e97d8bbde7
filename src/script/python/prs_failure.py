"""What an exception looks like in the reports, and whether our own code is to blame for it. Never fails, whatever the
exception does."""

import os
import traceback

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LONGEST_MESSAGE = 1000
_HEAD, _TAIL = 16 << 10, 46 << 10  # characters kept of a traceback

# What moves frames and bytes, and never touches a value of the user's. The encoders are not among them: a value whose own C
# code raises while it is walked or turned into text leaves no frame of its own behind theirs.
_MACHINERY = tuple(_OWN_FOLDER + name for name in (
    "prs_loop.py", "prs_loop_tables.py", "prs_try.py", "prs_ring.py", "prs_wire.py", "prs_sink.py", "prs_end.py"))


def is_ours(error):
    """Whether an exception that left the machinery is a bug of the host's own. The system's refusals and short memory are
    none; nor is what the user's code lets loose on it from aside."""
    return arose_here(error) and not isinstance(error, (OSError, MemoryError, RecursionError))


def arose_here(error):
    """Whether an exception began in the machinery: not in a signal's handler, a trace function or the like, nor by
    PyThreadState_SetAsyncExc."""
    try:
        # Ours are of a built-in class or struct's, and say something. One that is let loose without a frame of its own is
        # made of its class alone.
        if type(error).__module__ not in ("builtins", "struct") or not error.args:
            return False
        return _last_frame(error).f_code.co_filename in _MACHINERY
    except BaseException:  # of a class that does odd things: the user's
        return False


def describe(error):
    """(class name, one line, traceback from the first frame of the user's on) of an exception, as UTF-8."""
    try:
        return _described(error, _from_first_of_the_users(error.__traceback__))
    except BaseException as other:
        return b"Exception", _encoded("an exception that cannot be described: " + type(other).__name__), b""


def describe_own(error):
    """The same of a bug of the host's own: with the place, and all frames."""
    category, message, detail = _described(error, error.__traceback__)
    code = _last_frame(error)
    return category, message + _encoded(" (%s:%d)" % (os.path.basename(code.f_code.co_filename), code.f_lineno)), detail


def _described(error, frames):
    category = type(error).__name__
    try:
        text = str(error)
    except BaseException:
        text = "(its text cannot be made)"
    first_line = next((line for line in text.splitlines() if line.strip()), "").strip()
    message = category + (": " + first_line if first_line else "")
    return (
        _encoded(category[:200]),
        _encoded(message[:_LONGEST_MESSAGE]),
        _encoded(_bounded(_traceback_of(error, frames))),
    )


def _last_frame(error):
    frames = error.__traceback__
    while frames.tb_next is not None:
        frames = frames.tb_next
    return frames.tb_frame


def _from_first_of_the_users(frames):
    while frames is not None and _is_own_file(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _traceback_of(error, frames):
    try:
        return "".join(traceback.format_exception(type(error), error, frames))
    except BaseException as other:
        return "%s (its traceback cannot be made: %s)\n" % (type(error).__name__, type(other).__name__)


def _is_own_file(file_name):
    return file_name.startswith(_OWN_FOLDER) or "importlib" in file_name and (
        file_name.startswith("<frozen importlib") or file_name.endswith("importlib/__init__.py"))


def _bounded(text):
    if len(text) <= _HEAD + _TAIL:
        return text
    return "%s\n… %d characters left out …\n%s" % (text[:_HEAD], len(text) - _HEAD - _TAIL, text[-_TAIL:])


def _encoded(text):
    return text.encode("utf-8", "backslashreplace").replace(b"\0", b"\\x00")
