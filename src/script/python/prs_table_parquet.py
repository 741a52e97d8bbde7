"""Rows of Parquet files as columns, by pyarrow. Used by prs_tables, prs_table_sample and prs_parquet_plan. Imports pyarrow only
inside of functions."""

import collections
import os
import re
import sys

import prs_table_types as types
from prs_table_error import COLUMNS, FILE, TYPE, TableError, refuse_other_columns

_BATCH_ROWS = 1 << 16  # decoded at once
_UNNAMED_INDEX = re.compile(r"__index_level_[0-9]+__\Z")


def pyarrow_parquet():
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise TableError(
            FILE,
            "input in the format parquet needs the Python package pyarrow, and the interpreter %s cannot import it (%s); install "
            "it with 'pip install pyarrow', or name another interpreter with 'environment:'" % (sys.executable, error),
        ) from None
    return parquet


def opened(path):
    """The pyarrow.parquet.ParquetFile. Raises TableError, also where a name does not tell which column is meant. Its memory is not mapped: a file that is cut short meanwhile would
    end the process."""
    parquet = pyarrow_parquet()
    from pyarrow import OSFile

    try:
        file = parquet.ParquetFile(OSFile(os.fsencode(path)))  # bytes: text would have to be UTF-8
        names = file.schema_arrow.names
    except Exception as error:  # pyarrow has many
        raise TableError(FILE, "%s: this is no whole Parquet file: %s" % (os.fsdecode(path), error)) from None
    name, count = collections.Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise TableError(
            COLUMNS, "%s: %d columns have the name '%s'; write the file with a name of its own for each" % (os.fsdecode(path), count, name)
        )
    return file


def own_columns(file):
    """The names of the columns that scripts see. pandas keeps an index without a name as a column more."""
    return [name for name in file.schema_arrow.names if not _UNNAMED_INDEX.match(name)]


class RowReader:
    """The rows of one input's files. Keeps the last file open, and what stands behind the last row that was wanted: the next
    mini-batch often goes on there, and a row group can only be read from its beginning."""

    def __init__(self, options, cells, misfits_missing):
        self._options = options
        self._cells = cells
        self._misfits_missing = misfits_missing
        self._open = None

    def columns(self, path, begin, end):
        """(the settled columns of the rows [begin, end) of a file, their number). No rows are wanted of a file that could not
        be read when the run was planned. Raises TableError."""
        if self._open is None or self._open.path != path:
            self._open = None
            self._open = _OpenFile(path, self._names_in(path))
        if begin >= end:
            raise TableError(FILE, "%s: the file could not be read when the run was planned; start the run again" % path)
        try:
            table = self._open.rows(begin, end)
        except Exception as error:
            self._open = None
            raise TableError(FILE, "%s: rows %d to %d cannot be read: %s" % (path, begin, end - 1, error)) from None
        where = "%s: rows %d to %d" % (path, begin, end - 1)
        return [self._settled(table.column(column["name"]), column, where) for column in self._cells], table.num_rows

    def _names_in(self, path):
        """What is to be read: the wanted columns."""
        wanted = [column["name"] for column in self._cells]
        refuse_other_columns(path, own_columns(opened(path)), wanted, self._options)
        return wanted

    def _settled(self, values, column, where):
        try:
            return _settled(values, column, self._misfits_missing)
        except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
            raise TableError(
                TYPE,
                "%s: column '%s': its values do not fit the type %s, which was settled for the whole run: %s; set another type "
                "with 'dtypes: {%s: …}', or 'on_type_error: null' to make such values missing"
                % (where, column["name"], column["dtype"], error, column["name"]),
            ) from None


class _OpenFile:
    """One file, and how far it was read."""

    def __init__(self, path, names):
        self.path = path
        self._file = opened(path)
        self._names = names
        metadata = self._file.metadata
        self._group_ends = []
        for group in range(metadata.num_row_groups):
            before = self._group_ends[-1] if self._group_ends else 0
            self._group_ends.append(before + metadata.row_group(group).num_rows)
        self._batches = self._rest = None
        self._position = 0  # of the next row that _batches, or _rest before it, gives

    def rows(self, begin, end):
        """A pyarrow.Table of the rows [begin, end)."""
        import pyarrow

        if end > (self._group_ends or [0])[-1]:
            raise ValueError("the file has other rows than when the run was planned")
        self._go_to(begin)
        pieces = []
        while self._position < end:
            batch = self._rest if self._rest is not None else next(self._batches)
            taken = min(end - self._position, batch.num_rows)
            skipped = min(max(begin - self._position, 0), taken)
            pieces.append(batch.slice(skipped, taken - skipped))
            self._rest = batch.slice(taken) if taken < batch.num_rows else None
            self._position += taken
        return pyarrow.Table.from_batches(pieces)

    def _go_to(self, row):
        """To the row, or to one before it in its row group."""
        group = next(number for number, end in enumerate(self._group_ends) if row < end)
        first = self._group_ends[group - 1] if group > 0 else 0
        if self._batches is not None and first <= self._position <= row:
            return
        groups = list(range(group, len(self._group_ends)))
        self._batches = self._file.iter_batches(_BATCH_ROWS, row_groups=groups, columns=self._names, use_threads=False)
        self._rest, self._position = None, first


def _settled(values, column, misfits_missing):
    """A series of pyarrow's values in the settled type."""
    from pandas.api.types import pandas_dtype

    dtype = column["dtype"]
    wanted = pandas_dtype(dtype)
    if hasattr(wanted, "__from_arrow__") and wanted.kind in "iufb":
        return wanted.__from_arrow__(values)  # such as Int64: by way of numbers with NaN, long ones would be rounded
    series = values.to_pandas()
    if str(series.dtype) == dtype:
        return series
    if misfits_missing:
        return _with_misfits_missing(series, column)
    if types.is_date(dtype):
        return types.dates(series, column)
    types.refuse_wrapping(series, dtype)
    return series.astype(dtype)


def _with_misfits_missing(series, column):
    import pandas

    dtype = column["dtype"]
    if dtype.startswith("datetime64"):
        return pandas.to_datetime(series, errors="coerce").astype(dtype)
    if dtype.startswith("timedelta64"):
        return pandas.to_timedelta(series, errors="coerce").astype(dtype)
    if dtype.startswith("float") and series.dtype.kind not in "iuf":
        series = pandas.to_numeric(series, errors="coerce")
    return series.astype(dtype)
