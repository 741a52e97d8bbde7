"""Rows of a Parquet file's row group as columns, by pyarrow. Used by prs_tables and prs_table_schema."""

import prs_table_types as types
from prs_table_error import COLUMNS, FILE, TYPE, TableError


def pyarrow_parquet(path):
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise TableError(
            FILE,
            "%s: input in the format parquet needs the Python package pyarrow, and this interpreter has none (%s); "
            "install it with 'pip install pyarrow', or name another interpreter with 'environment:'" % (path, error),
        ) from None
    return parquet


def opened(path):
    """The file, without the values that pandas put into its notes: an index among them is a column like others."""
    parquet = pyarrow_parquet(path)
    try:
        return parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise TableError(FILE, "%s: this is no whole Parquet file: %s" % (path, error)) from None


def columns(path, row_group, begin, end, cells):
    """(the settled columns of rows [begin, end) of one row group, number of rows)"""
    file = opened(path)
    names = [name for name in file.schema_arrow.names if any(column["name"] == name for column in cells)]
    try:
        table = file.read_row_group(row_group, columns=names, use_threads=False).slice(begin, end - begin)
    except (OSError, ValueError, IndexError) as error:
        raise TableError(FILE, "%s: row group %d cannot be read: %s" % (path, row_group, error)) from None
    for column in cells:
        if column["name"] not in names:
            raise TableError(COLUMNS, "%s: the file has no column '%s', which the run's other files have" % (path, column["name"]))
    return [_settled(table.column(column["name"]), column, path, row_group) for column in cells], table.num_rows


def _settled(values, column, path, row_group):
    from pandas.api.types import pandas_dtype

    dtype = column["dtype"]
    try:
        wanted = pandas_dtype(dtype)
        if hasattr(wanted, "__from_arrow__") and wanted.kind in "iufb":
            return wanted.__from_arrow__(values)  # such as Int64: by way of numbers with NaN, long ones would be rounded
        series = values.to_pandas()
        if str(series.dtype) == dtype:
            return series
        if types.is_date(dtype):
            return types.dates(series, column)
        if types.integer_range(dtype) and series.dtype.kind == "f" and (series % 1 != 0).any():
            raise ValueError("some are missing or no whole numbers")
        return series.astype(dtype)
    except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
        raise TableError(
            TYPE,
            "%s: row group %d: column '%s': its values do not fit the type %s, which was settled for the whole run: %s; set "
            "another type with 'dtypes: {%s: …}'" % (path, row_group, column["name"], dtype, error, column["name"]),
        ) from None
