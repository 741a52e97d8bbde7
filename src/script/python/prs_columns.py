"""Rows as columns with types, for a row file that ends in .parquet (rule 5.2). Used by prs_rows.

What a try emits are record batches as Arrow's IPC messages, each whole by itself, with no schema. So all tries of a run, one behind
the other, are what prs_parquet_output reads. The schema is the line that settles the run's columns.
"""

import pyarrow

from prs_column_types import NoColumn, described, text_of, type_of
from prs_named_columns import columns_of_rows, frame_to_keep
from prs_returned import BadReturn, is_frame

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
        try:
            frame = frame_to_keep(frame, self._has_index)
            return None if frame is None else pyarrow.Table.from_pandas(frame, preserve_index=False, nthreads=1)
        except _MISFITS as error:
            raise _misfit(error) from error


def _table_of_rows(result):
    names, columns = columns_of_rows(result, ".parquet")
    if not names:
        return None
    try:
        return pyarrow.Table.from_arrays([pyarrow.array(column) for column in columns], names=names)
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
