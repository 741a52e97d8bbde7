"""One JSON text a row, for `.jsonl` (rule 5.2). Used by prs_rows only.

Always valid JSON: NaN and infinities become null, what JSON has no form for becomes its text. Floating-point numbers
keep all their digits (DataFrame.to_json cuts them), and dates read the same under every version of pandas.
"""

import json
import math

from prs_returned import BadReturn

_ROWS_AT_ONCE = 10000  # of a DataFrame: what is held as Python objects at a time


def json_text(value):
    try:
        text = _encode(value)
    except (TypeError, ValueError) as error:  # odd keys, NaN
        if "Circular" in str(error):
            raise
        value = _plain(value)
        text = _encode(value)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:  # bytes of a file name that are no UTF-8: JSON can only escape them
            text = _encode_ascii(value)
    return text


def frame_texts(frame):
    """The rows of a DataFrame, each as the text of one object."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise BadReturn(
            "run() returned a DataFrame with columns of the same name, which one object a row cannot hold: "
            + ", ".join(doubled)
        )
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        if not names:
            yield from ["{}"] * len(part)
        for row in zip(*[_column_values(part.iloc[:, place]) for place in range(len(names))]):
            yield json_text(dict(zip(names, row)))


def _column_values(column):
    values = _plain_floats(column) if _is_short_float(column) else column.tolist()
    missing = column.isna()
    if missing.any():
        return [None if is_missing else value for value, is_missing in zip(values, missing.tolist())]
    return values


def _is_short_float(value):
    """float16 and float32, whose shortest text has fewer digits than that of the same number in 64 bits."""
    kind = getattr(value, "dtype", None)
    return getattr(kind, "kind", "") == "f" and getattr(kind, "itemsize", 8) < 8 and type(kind).__module__ != "pandas"


def _plain_floats(values):
    return [None if value is None else float(str(value)) for value in getattr(values, "values", values)]


def _default(value):
    """For what JSON has no form for. Types of numpy and pandas are known by what they can do; neither is imported."""
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind and hasattr(value, "tolist"):
        dimensions = getattr(value, "ndim", 0)
        if kind in "mM" and not hasattr(value, "isna"):  # tolist() would give nanoseconds
            return value.astype(str).tolist() if dimensions else str(value)
        if _is_short_float(value):
            return (
                [_default(part) for part in value]
                if dimensions > 1
                else (_plain_floats(value) if dimensions else float(str(value)))
            )
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(type(value), "keys") and hasattr(type(value), "__getitem__"):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=lambda member: (str(type(member)), str(member)))
    return str(value)


def _plain(value):
    """The same value of dictionaries with text keys, lists, numbers, text and None alone."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return _plain(_default(value))


def _key(key):
    return key if key is None or isinstance(key, (str, int)) else str(key)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), default=_default).encode
