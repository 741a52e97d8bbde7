"""Writing YAML without a library: JSON's forms are YAML, one key a line."""

import base64
import contextlib
import json
import os
import secrets


def value(given):
    """A value in flow style. A text that is not UTF-8, as a path may be, is `!!binary`."""
    if isinstance(given, dict):
        return "{" + ", ".join("%s: %s" % (value(str(key)), value(one)) for key, one in given.items()) + "}"
    if isinstance(given, (list, tuple)):
        return "[" + ", ".join(map(value, given)) + "]"
    if isinstance(given, os.PathLike):
        return value(os.fsdecode(given))
    if isinstance(given, str):
        try:
            given.encode("utf-8")
        except UnicodeEncodeError:
            return '!!binary "%s"' % base64.b64encode(os.fsencode(given)).decode()
        return json.dumps(given, ensure_ascii=False)
    if given is None or isinstance(given, (bool, int, float)):
        return json.dumps(given)
    raise TypeError("%r has no form in a configuration; allowed: texts, numbers, true and false, lists, mappings" % (given,))


def mapping(keys):
    """A block mapping: one line a key, and one line an item of `inputs`."""
    lines = []
    for key, given in keys.items():
        if key == "inputs" and given:
            lines += ["inputs:"] + ["  - " + value(item) for item in given]
        else:
            lines.append("%s: %s" % (key, value(given)))
    return "\n".join(lines) + "\n"


def write_file(path, text):
    """Whoever reads the file meanwhile gets the earlier text or this one, and nothing in between."""
    folder = os.path.dirname(os.path.abspath(path))
    beside = os.path.join(folder, ".prs-" + secrets.token_hex(8))
    try:
        with open(beside, "x", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
