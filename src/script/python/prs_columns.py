"""Rows as columns with types, for a row file that ends in .parquet (rule 5.2). Used by prs_rows.

What a try emits are record batches as Arrow's IPC messages, each whole by itself, with no schema. So all tries of a run, one behind
the other, are what prs_parquet_output reads. The schema is the line that settles the run's columns.
"""

import collections.abc

import pyarrow

from prs_column_types import NoColumn, described, text_of, type_of
from prs_returned import BadReturn, describe, frame_as_element, is_frame, iterator_of, values_of

_BATCH_ROWS = 1 << 16
_BATCH_BYTES = 16 << 20  # of a wide table
_MISFITS = (pyarrow.ArrowException, ValueError, TypeError, OverflowError)


class ColumnsEncoder:
    """DataFrames, and lists of dictionaries. See prs_rows.Encoder."""

    def __init__(self, has_index):
        self._has_index = has_index

    def encode(self, result, emit):
        table = self._table_of_frame(result) if is_frame(result) else _table_of_rows(result)
        if table is None or not table.num_rows:  # of no rows nothing is known but names: no types to settle
            return 0, ""
        if not table.num_columns:
            raise BadReturn("run() returned a DataFrame with %d rows and no columns" % table.num_rows)
        table, header = settled(table)
        for batch in table.to_batches(max_chunksize=_rows_at_once(table)):
            emit(batch.serialize().to_pybytes())
        return table.num_rows, header

    def _table_of_frame(self, frame):
        if not len(frame.columns) and not self._has_index:
            if len(frame):
                raise BadReturn("run() returned a DataFrame with %d rows and no columns" % len(frame))
            return None
        try:
            if self._has_index:
                frame = frame.reset_index()
            return pyarrow.Table.from_pandas(frame, preserve_index=False, nthreads=1)
        except _MISFITS as error:
            raise _misfit(error) from error


def _table_of_rows(result):
    """Of dictionaries with the same keys, in the order of the first one."""
    keys, columns = None, []
    for place, row in enumerate(iterator_of(result)):
        if not isinstance(row, collections.abc.Mapping):
            raise BadReturn(frame_as_element(row, place) if is_frame(row) else _nameless(row, place))
        if keys is None:
            keys = list(row)
            columns = [[] for _ in keys]
        for column, value in zip(columns, values_of(row, keys, place)):
            column.append(value)
    if keys is None:
        return None
    try:
        return pyarrow.Table.from_arrays([pyarrow.array(column) for column in columns], names=list(map(str, keys)))
    except _MISFITS as error:
        raise _misfit(error) from error


def settled(table):
    """(the table with the types that a run's columns may have, the line that settles them)."""
    fields, texts = [], []
    for field in table.schema:
        if any(field.name == name for name, _ in texts):
            raise BadReturn("run() returned two columns with the name '%s'" % field.name)
        try:
            texts.append((field.name, described(field.type)))
        except NoColumn as error:
            raise BadReturn(
                "the column '%s' that run() returned has the type %s, which a .parquet file is not given; convert it, "
                "to text for instance, with astype(str)" % (field.name, error)
            ) from None
        fields.append((field.name, type_of(texts[-1][1])))
    schema = pyarrow.schema(fields)
    try:
        columns = [_cast(table.column(place), field.type) for place, field in enumerate(schema)]
        return pyarrow.Table.from_arrays(columns, schema=schema), text_of(texts)
    except _MISFITS as error:
        raise _misfit(error) from error


def _cast(column, kind):
    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column if column.type == kind else column.cast(kind)


def _rows_at_once(table):
    return max(1, min(_BATCH_ROWS, table.num_rows * _BATCH_BYTES // max(1, table.nbytes)))


def _misfit(error):
    are_texts = error.args and all(isinstance(part, str) for part in error.args)
    text = "; ".join(error.args) if are_texts else str(error) or type(error).__name__
    return BadReturn(
        "what run() returned cannot be made into columns of one type each, as a .parquet file has them: %s; give the "
        "column one type, with astype for instance" % text
    )


def _nameless(row, place):
    return (
        "element %d of what run() returned is %s, and the columns of a .parquet file have names; return a DataFrame, or a "
        "list with one dictionary for each row" % (place, describe(row))
    )
