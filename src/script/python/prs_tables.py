"""The DataFrame of a mini-batch of a table (rules 3.3, 3.5), of exactly the columns and types that were settled for the run,
whatever reader makes it. Used by the script host; the schema is made by prs_table_schema.

What comes out is what pandas.read_csv gives with these types as its `dtype`. Two things differ on purpose: a record with too
many cells is always an error, also the first one (pandas would take its first cells for an index) and also where only some
columns are kept; and a short integer never wraps.
"""

import json

import prs_table_types as types
from prs_table_arrow import make_reader
from prs_table_delimited import DelimitedReader, Layout, header_names
from prs_table_hdf5 import Hdf5Reader
from prs_table_error import COLUMNS, TYPE, TableError, listed, place
from prs_table_lines import LinesReader
from prs_table_parquet import RowReader
from prs_table_places import explain

_FAILURES = (ValueError, TypeError, OverflowError)


class TableReader:
    """Makes DataFrames by one schema: its JSON text, or what was read of it. Made before the user's folder is on sys.path: it
    imports pandas, and pyarrow where there is one."""

    def __init__(self, schema):
        import_libraries()
        schema = json.loads(schema) if isinstance(schema, (str, bytes)) else schema
        self._settled = schema["columns"]
        self._inputs = [_Input(options, self._settled) for options in schema["inputs"]]

    def frame_of_pieces(self, memory, input, pieces, partition_values=None):
        """The DataFrame of whole records. `memory` is a buffer of UTF-8 bytes without headers, which is only read, and not copied
        first; `pieces` are prs_table_piece.Piece, one for each file, in the order in which they lie there. Their `header` is needed
        where the files have different ones. `partition_values` maps the keys to their texts. Of HDF5 files `memory` is as prs_hdf5
        says, and where they have arrays this is a numpy.ndarray. Raises TableError."""
        first, source, memory = pieces[0], self._inputs[input], memoryview(memory)
        if source.is_of_arrays():
            return source.joined_arrays(_spans(memory, pieces))
        if len(pieces) == 1:
            columns, count = source.columns(memory, first)
            return self._complete(columns, count, [(first.path, count)], partition_values)
        if source.is_read_by_pieces():
            columns, count = source.joined(self._columns_of_pieces(source, memory, pieces))
        else:
            for piece in pieces:
                source.check_header(piece.path, piece.header)
            try:
                columns, count = source.columns(memory, first._replace(header=None, traits=_traits_of_all(pieces)))
            except TableError:
                for _ in self._columns_of_pieces(source, memory, pieces):
                    pass  # the one that raises says which file it is, and where
                raise
        return self._complete(columns, count, [(piece.path, piece.items) for piece in pieces], partition_values)

    @staticmethod
    def _columns_of_pieces(source, memory, pieces):
        for span, piece in _spans(memory, pieces):
            yield source.columns(span, piece)

    def rows_frame(self, input, pieces, partition_values=None):
        """The DataFrame of rows of Parquet files: `pieces` are (path, first row, the one behind the last). Raises TableError."""
        source = self._inputs[input]
        parts = [source.rows.columns(*piece) for piece in pieces]
        columns, count = parts[0] if len(parts) == 1 else source.joined(parts)
        paths = [(path, rows) for (path, _, _), (_, rows) in zip(pieces, parts)]
        return self._complete(columns, count, paths, partition_values)

    def _complete(self, columns, count, paths, partition_values):
        """With the columns that come of no cell, which are the last ones. `paths`: (path, number of rows) of each file."""
        for column in self._settled[len(columns) :]:
            if column["source"] == "path":
                columns.append(_path_column(paths, column))
                continue
            value = (partition_values or {})[column["name"]]
            try:
                columns.append(types.key_column(value, count, column))
            except _FAILURES as error:
                raise TableError(
                    TYPE, "%s: the partition key '%s' is %r, which is no %s: %s"
                    % (paths[0][0], column["name"], value, column["dtype"], error)
                ) from None  # fmt: skip
        return types.frame_of(columns, self._settled, count)


def import_libraries():
    """All that the readers import later on. Nothing here is imported for runs over files: pandas takes half a second."""
    import pandas.api.types  # noqa: F401

    try:
        import pyarrow.csv
        import pyarrow.parquet  # noqa: F401
    except Exception:  # none, or one that does not go with this pandas or numpy
        pass


def _path_column(paths, column):
    try:
        return types.path_column(paths, column)
    except _FAILURES:
        named = next((path for path, _ in paths if not _is_utf8(path)), paths[0][0])
        raise TableError(
            TYPE,
            "%s: this path is no text in UTF-8, so the column '%s' cannot hold it; rename the file, or take 'include_path_column' out"
            % (named, column["name"]),
        ) from None


def _is_utf8(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _traits_of_all(pieces):
    """Each ends with the end of a record, so none begins in one piece and ends in the next."""
    traits = 0
    for piece in pieces:
        traits |= piece.traits
    return traits


def _spans(memory, pieces):
    """(memory of its own, piece) of each."""
    end = 0
    for piece in pieces:
        begin, end = end, end + piece.size
        yield memory[begin:end], piece


def _cells(settled):
    return [column for column in settled if column.get("source", "cell") == "cell"]


class _Input:
    """The readers of one input of the run."""

    def __init__(self, options, settled):
        self.format = options["format"]
        self._options = options
        self._cells = _cells(settled)
        self._misfits_missing = options.get("on_type_error") == "null"
        self._by_header = {}
        self._same_headers = set()
        self.lines = LinesReader(self._cells, self._misfits_missing, options.get("left_out") or [])
        self.rows = RowReader(options, self._cells, self._misfits_missing)
        self._hdf5 = Hdf5Reader(options, self._cells)
        if self.format == "delimited" and not self.has_different_headers():
            self._readers("", None)  # now, so that the first mini-batch does not wait for it

    def has_different_headers(self):
        return self._options.get("header") == "all_files_different_headers"

    def is_read_by_pieces(self):
        return self.format == "hdf5" or self.has_different_headers()

    def is_of_arrays(self):
        return bool(self._options.get("array"))

    def joined_arrays(self, spans):
        """One array of the rows of all (memory, piece)."""
        import numpy

        arrays = [self._hdf5.array(memory, piece.path, piece.byte_offset) for memory, piece in spans]
        return arrays[0] if len(arrays) == 1 else numpy.concatenate(arrays)

    def joined(self, parts):
        """One (columns, number of rows) of several."""
        import pandas

        frames = [types.frame_of(columns, self._cells, count) for columns, count in parts]
        frame = pandas.concat(frames, ignore_index=True)
        columns = [frame.iloc[:, at].astype(column["dtype"]) for at, column in enumerate(self._cells)]
        return columns, len(frame)

    def columns(self, memory, piece):
        """The columns that come of cells, and the number of rows."""
        if self.format == "jsonl":
            return self.lines.columns(memory, piece.path, piece.byte_offset)
        if self.format == "hdf5":
            return self._hdf5.columns(memory, piece.path, piece.byte_offset)
        return self._delimited_columns(memory, piece)

    def _delimited_columns(self, memory, piece):
        fast, exact = self._readers(piece.path, piece.header)
        if fast is not None and fast.is_worth_trying():
            try:
                return fast.columns(memory, piece.traits)
            except Exception:  # whatever pyarrow does not like, pandas decides on
                fast.refused()
        try:
            return exact.columns(memory)
        except _FAILURES as error:
            failure = error
        read = exact.columns
        if self._misfits_missing:
            read = exact.texts
            try:
                return exact.columns_with_misfits_missing(memory)
            except _FAILURES as error:
                failure = error
        encoding = self._options.get("encoding", "utf-8")
        raise explain(exact, read, memory, piece.path, piece.byte_offset, encoding, failure)

    def _readers(self, path, header):
        """(pyarrow's or None, pandas'), for files of one header."""
        self.check_header(path, header)
        if not self.has_different_headers():
            header = None
        if header not in self._by_header:
            layout = self._layout(path, header)
            self._by_header[header] = make_reader(layout), DelimitedReader(layout)
        return self._by_header[header]

    def check_header(self, path, header):
        """Raises TableError where this file has other columns than all files must have."""
        if self._options.get("header") == "all_files_same_headers" and header:
            self._require_same_columns(path, header)

    def _require_same_columns(self, path, header):
        if header in self._same_headers:
            return
        settled = self._options["columns"]
        try:
            names = header_names(header, self._options.get("delimiter", ","))
        except _FAILURES as error:
            raise TableError(COLUMNS, "%s: the header record cannot be read: %s" % (place(path, 0), error)) from None
        if names != settled:
            raise TableError(
                COLUMNS,
                "%s: the file has other columns than were settled for the whole run: %s, and not %s; with files of different "
                "columns, set 'header: all_files_different_headers'" % (place(path, 0), listed(names), listed(settled)),
            )
        self._same_headers.add(header)

    def _layout(self, path, header):
        names = self._options["columns"]
        if header is not None:
            names = header_names(header, self._options.get("delimiter", ","))
            self._refuse_unknown(names, path)
        # A name is told by its text: those of a file without a header are numbers.
        places = {str(name): at for at, name in enumerate(names)}
        return Layout(self._options, self._cells, [places.get(str(column["name"])) for column in self._cells], len(names))

    def _refuse_unknown(self, names, path):
        left_out = self._options.get("left_out") or []
        if left_out == "others":
            return
        known = {str(column["name"]) for column in self._cells}.union(left_out)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise TableError(
                COLUMNS,
                "%s: no file of the sample has the column '%s'; say which columns are wanted with 'columns: [%s, …]'"
                % (place(path, 0), unknown[0], unknown[0]),
            )
