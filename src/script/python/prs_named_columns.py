"""Rows that are dictionaries, as columns: for row files whose columns have names (rule 5.2). Used by prs_columns and prs_hdf5_columns."""

import collections.abc

from prs_returned import BadReturn, describe, frame_as_element, is_frame, iterator_of, values_of


def columns_of_rows(result, ending):
    """(names, lists of values) of dictionaries with the same keys, in the order of the first one; both empty where there is no row.
    `ending`: of the row file, for messages."""
    keys, columns = None, []
    for place, row in enumerate(iterator_of(result)):
        if not isinstance(row, collections.abc.Mapping):
            raise BadReturn(frame_as_element(row, place) if is_frame(row) else _nameless(row, place, ending))
        if keys is None:
            keys = list(row)
            columns = [[] for _ in keys]
            if not keys:
                raise BadReturn("element %d of what run() returned is a dictionary without a key, and so a row without a column" % place)
        for column, value in zip(columns, values_of(row, keys, place)):
            column.append(value)
    return list(map(str, keys or ())), columns


def frame_to_keep(frame, has_index):
    """The frame, with its index as columns where that is asked for; None where it has nothing to keep."""
    if has_index:
        return frame.reset_index()
    if len(frame.columns):
        return frame
    if len(frame):
        raise BadReturn("run() returned a DataFrame with %d rows and no columns" % len(frame))
    return None


def _nameless(row, place, ending):
    return (
        "element %d of what run() returned is %s, and the columns of a %s file have names; return a DataFrame, or a "
        "list with one dictionary for each row" % (place, describe(row), ending)
    )
