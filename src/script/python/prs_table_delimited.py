"""Delimited text in memory as columns: pandas' own C tokenizer, which is the measure for all others. Used by prs_tables.

The memory holds whole records in UTF-8 without a header. Columns are numbered by their place in the file while they are
read: names may be doubled, or be numbers.
"""

import re

import prs_table_types as types
from prs_table_error import Unfit

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_KEPT = "S1"  # what costs the tokenizer least of a column that nobody wants; `usecols` would hide rows that are too long

_ONE_SHORT_RECORD = re.compile("Too many columns specified: expected ([0-9]+) and found ([0-9]+)")


class Layout:
    """The cells of one file: how many there are, and which settled column is which of them.

    `cells` are the settled columns that come of cells; `places` has the place of each in a record, None where the file lacks
    it. Pure data."""

    def __init__(self, options, cells, places, width):
        self.delimiter = options.get("delimiter", ",")
        self.support_multi_line = bool(options.get("support_multi_line"))
        self.empty_as_string = bool(options.get("empty_as_string"))
        self.cells = cells
        self.places = places
        self.width = width

    def kept(self):
        """(settled column, place) of the columns that the file has."""
        return [(column, place) for column, place in zip(self.cells, self.places) if place is not None]


class _Stream:
    """What pandas' tokenizer reads from: it takes bytes of a file object without `b` in its mode as they are, piece by piece,
    where it would decode and encode anew those of a binary one."""

    mode = "r"

    def __init__(self, memory):
        self._rest = memoryview(memory)
        # A mark at the first byte would be dropped. It is one of the text here, unless it stood at the file's own beginning.
        self._first = b"\n" if bytes(self._rest[:3]) == _BYTE_ORDER_MARK else b""

    def read(self, size=-1):
        if self._first:
            piece, self._first = self._first, b""
            return piece
        size = len(self._rest) if size is None or size < 0 else size
        piece, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return piece

    def __iter__(self):
        return iter(self.read, b"")


class DelimitedReader:
    """Reads memory of one layout with pandas.read_csv. Raises ValueError or a kin of it where something does not fit."""

    def __init__(self, layout):
        self.layout = layout
        self._types = {place: _NOT_KEPT for place in range(layout.width)}
        self._types.update({place: types.parsed_as(column) for column, place in layout.kept()})
        self._texts = {place: _NOT_KEPT for place in range(layout.width)}
        self._texts.update({place: "object" for _, place in layout.kept()})
        self._missing = {}
        if layout.empty_as_string:
            words = types.missing_words()
            texts = {place for column, place in layout.kept() if types.is_text(column)}
            self._missing = {
                "keep_default_na": False,
                "na_values": {
                    place: [word for word in words if word or place not in texts] for place in range(layout.width)
                },
            }

    def columns(self, memory):
        """(the columns of layout.cells in their settled types, number of rows)"""
        frame = self._read(memory, self._types)
        count = len(frame)
        if count == 0:
            return [types.missing_column(0, column) for column in self.layout.cells], 0
        return [self._column(frame, column, place) for column, place in zip(self.layout.cells, self.layout.places)], count

    @staticmethod
    def _column(frame, column, place):
        if place is None:
            return types.missing_column(len(frame), column)
        series = frame[place]
        return types.finished(series, column) if types.needs_finish(column) else series

    def texts(self, memory):
        """A DataFrame of the kept cells as texts, NaN where missing; its columns are places. For the slow ways only."""
        return self._read(memory, self._texts)

    def columns_with_misfits_missing(self, memory):
        """columns(), with missing values in the place of what does not fit. Raises where the records themselves are broken."""
        texts = self.texts(memory)
        columns = []
        for column, place in zip(self.layout.cells, self.layout.places):
            if place is None:
                columns.append(types.missing_column(len(texts), column))
            elif types.is_text(column):
                columns.append(texts[place].astype(column["dtype"]))
            else:
                columns.append(types.column_with_misfits_missing(texts[place], column))
        return columns, len(texts)

    def _read(self, memory, dtypes):
        import pandas

        if len(memory) == 0:
            return pandas.DataFrame()
        try:
            frame = self._read_csv(memory, dtypes)
        except ValueError as error:
            padded = self._padded(memory, str(error))
            if padded is None:
                raise
            frame = self._read_csv(padded, dtypes)
        if len(frame) and type(frame.index) is not pandas.RangeIndex:
            raise Unfit("the first record has more cells than there are columns")  # pandas took the first for an index
        return frame

    def _read_csv(self, memory, dtypes):
        import pandas

        return pandas.read_csv(
            _Stream(memory),
            sep=self.layout.delimiter,
            header=None,
            names=list(range(self.layout.width)),
            dtype=dtypes,
            **self._missing,
        )

    def _padded(self, memory, error):
        """Before version 2, pandas does not fill up a record that is too short where it is the only one. None for other
        errors."""
        found = _ONE_SHORT_RECORD.search(error)
        if found is None:
            return None
        lacking = int(found.group(1)) - int(found.group(2))
        return bytes(memory).rstrip(b"\r\n") + self.layout.delimiter.encode("utf-8") * lacking + b"\n"


def header_names(record, delimiter):
    """The names that pandas makes of a header record: doubled ones get numbers, and empty ones are `Unnamed: 0`."""
    import io

    import pandas

    frame = pandas.read_csv(io.BytesIO(bytes(record)), sep=delimiter, nrows=0, index_col=False, encoding="utf-8")
    return [str(name) for name in frame.columns]
