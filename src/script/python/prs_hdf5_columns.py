"""Rows as columns of numbers and text, for a row file that ends in .h5 (rule 5.2). Used by prs_rows.

What a try emits are blocks of rows, which src/loader/column_blocks.hpp describes and reads. So all tries of a run, one behind the
other, are what prs_hdf5_output makes the file of. The line that settles the run's columns has name and type of each.
"""

import json
import struct

import numpy
import pandas

from prs_named_columns import columns_of_rows, frame_to_keep
from prs_returned import BadReturn, is_frame

_MAGIC = b"PRSCOLS\x01"
_BLOCK_ROWS = 1 << 16
_BLOCK_BYTES = 16 << 20  # of a wide table
_LONGEST_TEXT = 1 << 30
_NUMBERS = {"bool", "float16", "float32", "float64", "complex64", "complex128"}
_NUMBERS |= {sign + str(bits) for sign in ("int", "uint") for bits in (8, 16, 32, 64)}
_MISFITS = (ValueError, TypeError, OverflowError)


class Hdf5Encoder:
    """DataFrames, and lists of dictionaries. See prs_rows.Encoder."""

    def __init__(self, has_index):
        self._has_index = has_index

    def encode(self, result, emit):
        named = self._of_frame(result) if is_frame(result) else list(zip(*columns_of_rows(result, ".h5")))
        rows = len(named[0][1]) if named else 0
        if not rows:  # of no rows nothing is known but names: no types to settle
            return 0, ""
        _check_names([name for name, _ in named])
        columns = [_column(name, values) for name, values in named]
        size = sum(column.bytes for column in columns)
        step = max(1, min(_BLOCK_ROWS, rows * _BLOCK_BYTES // max(1, size)))
        for begin in range(0, rows, step):
            emit(_block(columns, begin, min(rows, begin + step)))
        types = {name: column.type for (name, _), column in zip(named, columns)}
        return rows, json.dumps(types, ensure_ascii=False) + "\n"

    def _of_frame(self, frame):
        try:
            frame = frame_to_keep(frame, self._has_index)
        except _MISFITS as error:
            raise BadReturn("the index of what run() returned cannot become columns: %s" % error) from error
        if frame is None:
            return []
        return [(str(name), frame.iloc[:, place]) for place, name in enumerate(frame.columns)]


class _Numbers:
    """A column of values of one size, little-endian."""

    def __init__(self, type, values):
        self.type = type
        self._values = numpy.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        self.bytes = self._values.nbytes

    def block(self, begin, end):
        """(bytes of one value, the bytes of these rows)."""
        return self._values.itemsize, self._values[begin:end].tobytes()


class _Texts:
    """A column of texts: their lengths, then themselves."""

    type = "str"

    def __init__(self, texts):
        self._texts = texts
        self.bytes = 4 * len(texts) + sum(map(len, texts))

    def block(self, begin, end):
        """(bytes of the longest text, the bytes of these rows)."""
        texts = self._texts[begin:end]
        lengths = numpy.fromiter(map(len, texts), "<u4", len(texts))
        return int(lengths.max()), lengths.tobytes() + b"".join(texts)


def _block(columns, begin, end):
    blocks = [column.block(begin, end) for column in columns]
    head = [struct.pack("<8sQ", _MAGIC, end - begin)]
    head += [struct.pack("<QQ", longest, len(data)) for longest, data in blocks]
    return b"".join(head + [data for _, data in blocks])


def _check_names(names):
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadReturn("run() returned two columns with the name '%s'" % name)
        if name in ("", ".") or "/" in name or "\0" in name or not _is_unicode(name):
            raise BadReturn(
                "run() returned a column with the name %r, and a dataset of a .h5 file cannot have it: no '/' may be in it, and it "
                "may not be empty or '.'; rename the column" % name
            )


def _is_unicode(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _column(name, values):
    """Of a Series or a list. Raises BadReturn for what an HDF5 file of columns does not have."""
    try:
        series = pandas.Series(values)
        if isinstance(series.dtype, pandas.CategoricalDtype):
            series = pandas.Series(series.cat.categories).reindex(series.cat.codes)
        if series.dtype == object:
            if series.isna().all():  # a column without a value could be any; mostly it is text
                return _Texts([b""] * len(series))
            series = series.infer_objects()
        kind = getattr(series.dtype, "kind", "O")
        if kind in "mM":
            return _times(series, kind)
        if kind in "biufc":
            return _numbers(name, series)
        inferred = pandas.api.types.infer_dtype(series, skipna=True)
        if inferred in ("string", "empty"):
            return _Texts(_texts(name, series))
    except _MISFITS as error:
        raise BadReturn("the column '%s' that run() returned cannot be kept: %s" % (name, error)) from error
    raise _no_column(name, "%s (%s)" % (series.dtype, inferred))


def _no_column(name, type):
    return BadReturn(
        "the column '%s' that run() returned has the type %s, which a .h5 file is not given; convert it, to text for instance, "
        "with astype(str)" % (name, type)
    )


def _numbers(name, series):
    wanted = getattr(series.dtype, "numpy_dtype", None)  # of a type that knows missing values
    if wanted is None:
        values = numpy.asarray(series)
    elif not series.isna().any():
        values = series.to_numpy(dtype=wanted)
    elif wanted.kind == "f":
        values = series.to_numpy(dtype=wanted, na_value=numpy.nan)
    else:
        raise BadReturn(
            "the column '%s' that run() returned has missing values, which the type %s has not in a .h5 file; fill them, or give "
            "all mini-batches astype('float64')" % (name, series.dtype)
        )
    if values.dtype.name not in _NUMBERS:
        raise _no_column(name, values.dtype)
    return _Numbers(values.dtype.name, values)


def _times(series, kind):
    """As numpy has them: 64-bit integers, whose smallest is a missing time; of a zone, those of UTC."""
    zone = series.dt.tz if kind == "M" else None
    if zone is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    if hasattr(series.dtype, "numpy_dtype"):  # Arrow's
        series = series.astype(series.dtype.numpy_dtype)
    values = numpy.asarray(series)
    type = values.dtype.name
    return _Numbers(type if zone is None else "%s, %s]" % (type[:-1], zone), values.astype("int64"))


def _texts(name, series):
    """As UTF-8; a missing one is empty."""
    texts = [b"" if is_missing else text.encode("utf-8") for text, is_missing in zip(series, series.isna())]
    for text in texts:
        if b"\0" in text or len(text) > _LONGEST_TEXT:
            raise BadReturn(
                "the column '%s' that run() returned has a text with a NUL, or of more than 1 GiB, which HDF5 cannot keep" % name
            )
    return texts
