"""Rows of HDF5 files in the settled columns and types (rules 3.4, 3.5). Used by prs_tables and prs_table_sample. The loader has
read the rows; prs_hdf5 says how they lie in memory."""

import json

import prs_hdf5
from prs_table_error import COLUMNS, ENCODING, TYPE, TableError, refuse_other_columns
from prs_table_types import names_of, refuse_wrapping


def array_of(layout):
    """{"dtype", "shape"} of a row of an array; None of a table. `layout`: what a loader says of a file, as JSON text."""
    layout = json.loads(layout)
    if layout["kind"] != "array":
        return None
    return {key: layout["columns"][0][key] for key in ("dtype", "shape")}


def empty_frame_of(layout):
    """The columns of a file, with their types and no rows."""
    import pandas

    columns = json.loads(layout)["columns"]
    frame = pandas.DataFrame({at: prs_hdf5.empty_column(column) for at, column in enumerate(columns)})
    frame.columns = names_of(columns)
    return frame


class Hdf5Reader:
    """The rows of one input's files."""

    def __init__(self, options, cells):
        self._options = options
        self._cells = cells

    def columns(self, memory, path, begin):
        """(the settled columns of a piece, its number of rows). `begin`: its first row in the file. Raises TableError."""
        frame = _rows(memory, path, begin)
        if self._kind_of(frame) != "table":
            raise self._other_kind(path, "an array", "a table")
        refuse_other_columns(path, list(frame.columns), [column["name"] for column in self._cells], self._options)
        columns = [
            _settled(frame[column["name"]], column["dtype"], "%s: column '%s'" % (path, column["name"])) for column in self._cells
        ]
        return columns, len(frame)

    def array(self, memory, path, begin):
        """The rows of a piece of an array, whose rows are settled. Raises TableError."""
        rows, settled = _rows(memory, path, begin), self._options["array"]
        if self._kind_of(rows) != "array":
            raise self._other_kind(path, "a table", "an array")
        if list(rows.shape[1:]) != settled["shape"]:
            raise TableError(
                COLUMNS,
                "%s has rows of the shape %s, and %s has %s; all files of a run have the same one"
                % (path, list(rows.shape[1:]), self._options.get("settled_from"), settled["shape"]),
            )
        return _settled(rows, settled["dtype"], path)

    @staticmethod
    def _kind_of(rows):
        return "table" if hasattr(rows, "columns") else "array"

    def _other_kind(self, path, found, settled):
        return TableError(
            COLUMNS,
            "%s has %s, and %s has %s; name what is meant with 'dataset:', or take the file out"
            % (path, found, self._options.get("settled_from"), settled),
        )


def _rows(memory, path, begin):
    try:
        return prs_hdf5.rows(memory, path, begin)
    except ValueError as error:
        raise TableError(ENCODING, str(error)) from None


def _settled(values, dtype, where):
    """A series or an array in the settled type, where that can have all its values."""
    import numpy

    if str(values.dtype) == dtype or (isinstance(values, numpy.ndarray) and values.dtype == dtype):
        return values
    try:
        wanted = numpy.dtype(dtype)
        are_integers = values.dtype.kind in "iu" and wanted.kind in "iu"
        is_text = wanted.kind in "OU"  # which takes anything
        if not are_integers and (is_text or not numpy.can_cast(values.dtype, wanted, "same_kind")):
            raise TypeError("they are of the type %s" % values.dtype)
        refuse_wrapping(values, wanted.name)
        return values.astype(dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise TableError(
            TYPE, "%s: its values do not fit the type %s, which the first file settled for the whole run: %s" % (where, dtype, error)
        ) from None
