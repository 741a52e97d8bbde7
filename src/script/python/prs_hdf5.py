"""Rows of an HDF5 file, as they lie in memory (src/dataset/hdf5_memory.hpp), as a DataFrame or an array (rule 3.5).

What comes out is a copy: the user may keep it, and the memory goes.
"""

import json
import struct

_MAGIC = b"PRSHDF5\x01"
_END = struct.Struct("<Q8s")  # length of the directory, magic
_LONGEST_SHOWN = 40


def rows(memory, path="", begin=0):
    """A table's rows are a pandas.DataFrame with index 0 … n−1: numbers and booleans have numpy's types, texts are in
    pandas' own type for them. An array's rows are a numpy.ndarray of shape (n, …). `path` and `begin`, the number of the
    first row, are for messages. ValueError for text that is not UTF-8."""
    directory = read_directory(memory)
    count, columns = directory["rows"], directory["columns"]
    if directory["kind"] == "array":
        return _values(memory, columns[0], count).copy()
    import pandas

    where = _Place(path, begin)
    frame = {column["name"]: _column(memory, column, count, where) for column in columns}
    return pandas.DataFrame(frame, index=pandas.RangeIndex(count), copy=True)


def read_directory(memory):
    """What is in the memory: {"kind", "rows", "columns"}. ValueError where it is not ours."""
    view = memoryview(memory)
    end = len(view) - _END.size
    length, magic = _END.unpack_from(view, end) if end >= 0 else (0, b"")
    if magic != _MAGIC or length > end:
        raise ValueError("these are no rows of an HDF5 file, or of another version of the program")
    return json.loads(bytes(view[end - length : end]))


def _values(memory, column, count):
    """The values as they lie in memory: a view."""
    import numpy

    shape = [count] + column["shape"]
    dtype = numpy.dtype(column["dtype"])
    size = column["bytes"] // dtype.itemsize
    return numpy.frombuffer(memory, dtype, size, column["offset"]).reshape(shape)


def _column(memory, column, count, where):
    if column["dtype"] == "str":
        return _texts(_texts_of_any_length(memory, column, count, where))
    values = _values(memory, column, count)
    if values.dtype.kind == "S":
        return _texts(_texts_of_one_length(values, column, where))
    return values


def empty_column(column):
    """Of a column as the directory has it: a series of its type without values."""
    import numpy
    import pandas

    dtype = column["dtype"]
    return _texts([]) if dtype == "str" or numpy.dtype(dtype).kind == "S" else pandas.Series([], dtype=dtype)


def _texts(texts):
    """In the type that this pandas has for text: its own since pandas 3, `object` before."""
    import pandas

    return pandas.Series(texts, dtype=pandas.Series(["text"]).dtype)


def _texts_of_one_length(values, column, where):
    try:
        return values.astype("U").tolist()  # ASCII only
    except UnicodeDecodeError:
        return [where.text(value, column, row) for row, value in enumerate(values.tolist())]


def _texts_of_any_length(memory, column, count, where):
    begin = column["text_offset"]
    texts = bytes(memoryview(memory)[begin : begin + column["text_bytes"]])
    ends = _values(memory, dict(column, dtype="=i8"), count + 1).tolist()
    if texts.isascii():
        whole = texts.decode("ascii")
        return [whole[ends[row] : ends[row + 1]] for row in range(count)]
    return [where.text(texts[ends[row] : ends[row + 1]], column, row) for row in range(count)]


class _Place:
    """Where the rows come from, for messages."""

    def __init__(self, path, begin):
        self._path, self._begin = path, begin

    def text(self, value, column, row):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            shown = repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + b"...")
            raise ValueError(
                "%s: row %d: column '%s': the text %s is not UTF-8; write it as UTF-8, or leave the column out with 'columns:'"
                % (self._path, self._begin + row, column["name"], shown)
            ) from None
