"""What an exception of the user's code looks like in the reports. Never fails, whatever the exception does."""

import os
import traceback

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LONGEST_MESSAGE = 1000
_HEAD, _TAIL = 16 << 10, 46 << 10  # characters kept of a traceback


def describe(error):
    """(class name, one line, traceback from the first frame of the user's on) of an exception, as UTF-8."""
    category = type(error).__name__
    try:
        text = str(error)
    except BaseException:
        text = "(its text cannot be made)"
    first_line = next((line for line in text.splitlines() if line.strip()), "").strip()
    message = category + (": " + first_line if first_line else "")
    return _encoded(category[:200]), _encoded(message[:_LONGEST_MESSAGE]), _encoded(_bounded(_traceback_of(error)))


def _traceback_of(error):
    try:
        frames = error.__traceback__
        while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
            frames = frames.tb_next
        return "".join(traceback.format_exception(type(error), error, frames))
    except BaseException as other:
        return "%s (its traceback cannot be made: %s)\n" % (type(error).__name__, type(other).__name__)


def _is_ours(file_name):
    return file_name.startswith(_OWN_FOLDER) or "importlib" in file_name and (
        file_name.startswith("<frozen importlib") or file_name.endswith("importlib/__init__.py"))


def _bounded(text):
    if len(text) <= _HEAD + _TAIL:
        return text
    return "%s\n… %d characters left out …\n%s" % (text[:_HEAD], len(text) - _HEAD - _TAIL, text[-_TAIL:])


def _encoded(text):
    return text.encode("utf-8", "backslashreplace").replace(b"\0", b"\\x00")
