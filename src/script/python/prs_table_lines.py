"""JSON lines in memory as columns: one object a line. Used by prs_tables and, for a sample, by prs_table_schema.

The values are those of pandas.read_json(lines=True, dtype=False, convert_dates=False, precise_float=True): numbers keep all
their digits, nested values stay Python objects, null and a member that is not there are NaN. Types are settled, and names stay text.
"""

import itertools
import json
import os

import prs_table_types as types
from prs_table_error import COLUMNS, JSON, TableError, Unfit, misfit, place, shown

_MISSING = float("nan")
_MARK = os.urandom(16).hex()
_BETWEEN = ',"%s",' % _MARK
_FAILURES = (ValueError, TypeError, OverflowError)


class _Absent:
    """Where an object has no such member."""


def objects(memory, path, byte_offset):
    """The objects of all lines; blank lines are none. Raises TableError, with the place."""
    try:
        return _objects_at_once(str(memory, "utf-8"))
    except (ValueError, RecursionError):
        return [_object(line, path, byte_offset + begin) for begin, line in _lines(memory)]


def readable_objects(memory, path, byte_offset, errors):
    """objects() without the lines that are broken, whose TableErrors go to `errors`."""
    try:
        return objects(memory, path, byte_offset)
    except TableError:
        pass
    found = []
    for begin, line in _lines(memory):
        try:
            found.append(_object(line, path, byte_offset + begin))
        except TableError as error:
            errors.append(error)
    return found


def _objects_at_once(text):
    """All lines as one JSON text, which is much faster than each for itself. Between them stands a text that nobody can guess:
    so two broken lines never make a whole one."""
    lines = [line for line in text.split("\n") if line.strip()]
    values = json.loads("[%s]" % _BETWEEN.join(lines))
    found = values[::2]
    if len(values) != max(0, 2 * len(lines) - 1) or any(value != _MARK for value in values[1::2]):
        raise ValueError("a line is broken")
    if not set(map(type, found)) <= {dict}:
        raise ValueError("a line is no object")
    return found


def _lines(memory):
    """(where it begins, the bytes) of each line that is not blank"""
    begin = 0
    for line in bytes(memory).split(b"\n"):
        if line.strip():
            yield begin, line
        begin += len(line) + 1


def _begin_of(memory, at):
    """Where the line of the object `at` begins."""
    return next(itertools.islice(_lines(memory), at, None))[0]


def _object(line, path, byte_offset):
    try:
        value = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TableError(
            JSON,
            "%s: the line is no JSON: %s: %s"
            % (place(path, byte_offset), error, shown(line.decode("utf-8", "backslashreplace").strip())),
        ) from None
    if type(value) is not dict:
        raise TableError(
            JSON,
            "%s: the line is a JSON %s, and each line has to be an object, as in {\"name\": 1}"
            % (place(path, byte_offset), {list: "array", str: "text", type(None): "null"}.get(type(value), "value")),
        )
    return value


class LinesReader:
    """Reads JSON lines into settled columns."""

    def __init__(self, cells, misfits_missing, left_out):
        self._cells = cells
        self._misfits_missing = misfits_missing
        self._known = None if left_out == "others" else {column["name"] for column in cells}.union(left_out)

    def columns(self, memory, path, byte_offset):
        """(the columns, number of rows). Raises TableError, with the place."""
        rows = objects(memory, path, byte_offset)
        if self._known is not None:
            self._refuse_unknown(rows, memory, path, byte_offset)
        return [self._column(column, rows, memory, path, byte_offset) for column in self._cells], len(rows)

    def _refuse_unknown(self, rows, memory, path, byte_offset):
        """Nothing is left out in silence."""
        for at, row in enumerate(rows):
            if row.keys() <= self._known:
                continue
            name = next(name for name in row if name not in self._known)
            raise TableError(
                COLUMNS,
                "%s: no record of the sample that settled the columns has the member %s; say which columns are wanted with "
                "'columns: […]', and in 'dtypes' the type of each that is as rare as this one"
                % (place(path, byte_offset + _begin_of(memory, at)), shown(name)),
            )

    def _column(self, column, rows, memory, path, byte_offset):
        name = column["name"]
        values = [row.get(name, _Absent) for row in rows]
        try:
            return settled(values, column)
        except _FAILURES:
            bad = [at for at, value in enumerate(values) if not _fits(value, column)]
        if not self._misfits_missing:
            at = bad[0] if bad else 0
            is_missing = values[at] is _Absent or values[at] is None
            raise misfit(place(path, byte_offset + _begin_of(memory, at)), name, values[at], column["dtype"], is_missing)
        for at in bad:
            values[at] = _Absent
        return settled(values, column)


def _fits(value, column):
    try:
        settled([value], column)
    except _FAILURES:
        return False
    return True


def settled(values, column):
    """A series of JSON values in the settled type. Raises ValueError or a kin of it where one does not fit."""
    import numpy
    import pandas

    dtype = column["dtype"]
    kinds = set(map(type, values))
    if column.get("user") or types.is_date(dtype):
        return _as_asked(values, column)
    if dtype in ("int64", "uint64"):
        _only(kinds, int)
        return pandas.Series(numpy.array(values, dtype=dtype), copy=False)
    if dtype == "float64":
        _only(kinds, int, float, type(None), type)
        return pandas.Series(numpy.array(_with_missing(values, kinds), dtype=dtype), copy=False)
    if dtype == "bool":
        _only(kinds, bool)
    elif dtype == "str":
        _only(kinds, str, type(None), type)
    elif column.get("holds") == "bool":
        _only(kinds, bool, type(None), type)
    array = numpy.empty(len(values), dtype=object)
    array[:] = [_MISSING if value is _Absent or value is None else value for value in values]
    return pandas.Series(array, dtype=dtype)


def _only(kinds, *allowed):
    if not kinds.issubset(allowed):
        raise Unfit("of another type")


def _with_missing(values, kinds):
    if kinds <= {int, float}:
        return values
    return [_MISSING if value is _Absent or value is None else value for value in values]


def _as_asked(values, column):
    """In a type that the user asks for, a text that says such a value will do."""
    import pandas

    series = pandas.Series([_MISSING if value is _Absent else value for value in values], dtype="object")
    if types.is_date(column["dtype"]):
        return types.dates(series, column)
    limits = types.integer_range(column["dtype"])
    if limits:
        exact = [int(value) for value in values]  # refuses None and what is missing
        if any(found != value for found, value in zip(exact, values) if type(value) is float):
            raise Unfit("no whole number")
        if exact and (min(exact) < limits[0] or max(exact) > limits[1]):
            raise Unfit("beyond the range")
        return pandas.Series(exact, dtype=column["dtype"])
    if column["dtype"] == "bool":
        _only(set(map(type, values)), bool)
    return series.astype(column["dtype"])
