"""From what run() returned to the bytes of its rows (rules 4.3, 5.2).

The host calls make_encoder() once, and Encoder.encode() for each mini-batch. Nothing here counts tries or failures, and
nothing imports pandas or numpy.
"""

import collections
import collections.abc
import csv
import itertools

from prs_frames import PIECE, FrameWriter, checked_arguments
from prs_json import frame_texts, json_text
from prs_returned import BadReturn, frame_as_element, is_frame, is_sized, iterator_of, library_class, values_of
from prs_sink import RowEnd, TextSink, encoded

__all__ = ["BadReturn", "Encoder", "header_bytes", "make_encoder"]

_FEW = 16  # rows of a list that are joined at once
_LONGEST_HEADER = 1 << 20


def make_encoder(format, has_header, to_csv_arguments):
    """The encoder of a format: 'none', 'text', 'csv', 'tsv', 'jsonl', 'parquet' or 'hdf5'. ValueError for arguments that cannot be."""
    arguments = checked_arguments(to_csv_arguments or {})
    if format == "none":
        return Encoder()
    if format == "text":
        return _TextEncoder(FrameWriter(" ", has_header, arguments))
    if format in ("csv", "tsv"):
        separator = arguments.get("sep", "," if format == "csv" else "\t")
        terminator = arguments.get("lineterminator", arguments.get("line_terminator")) or "\n"
        return _DelimitedEncoder(
            FrameWriter(separator, has_header, arguments), terminator, _cell_dialect(separator, arguments)
        )
    if format == "jsonl":
        return _JsonLinesEncoder()
    if format == "parquet":
        from prs_columns import ColumnsEncoder  # needs pyarrow

        return ColumnsEncoder(bool(arguments.get("index", False)))
    if format == "hdf5":
        from prs_hdf5_columns import Hdf5Encoder  # needs pandas

        return Hdf5Encoder(bool(arguments.get("index", False)))
    raise ValueError("unknown row format '%s'; known are none, text, csv, tsv, jsonl, parquet and hdf5" % format)


def header_bytes(columns):
    """The header line that encode() returned, as it goes into the ring."""
    header = columns.encode("utf-8", "backslashreplace")
    if len(header) > _LONGEST_HEADER:
        raise BadReturn("the header of the DataFrame that run() returned is longer than 1 MiB")
    return header


class Encoder:
    """Counts rows and keeps none (rule 5.3); the base of those that keep them."""

    def encode(self, result, emit):
        """Walks `result` to its end, gives the bytes of its rows to `emit` in pieces, in order, and returns
        (number of rows, header line or ''). Raises BadReturn, or what an iterator of the user's raises; the pieces
        emitted until then are garbage. The rows may be more or fewer than the mini-batch's items (rule 4.4)."""
        if is_sized(result) or is_frame(result):
            return len(result), ""
        rows = iterator_of(result)
        counter = itertools.count()
        collections.deque(zip(rows, counter), maxlen=0)
        return next(counter), ""


class _TextEncoder(Encoder):
    """str(element) and a newline; a string as it is."""

    def __init__(self, frames):
        self._frames = frames

    def encode(self, result, emit):
        if type(result) is list and len(result) <= _FEW:  # the usual small mini-batch: about half a microsecond
            try:
                text = "\n".join(result)
            except TypeError:
                text = "\n".join([row if isinstance(row, str) else str(row) for row in result])
            if len(text) < PIECE:
                if result:
                    emit(encoded(text + "\n"))
                return len(result), ""
        if is_frame(result):
            self._frames.write(result, emit)
            return len(result), self._frames.columns(result)
        sink = TextSink(emit)
        count = 0
        for row in iterator_of(result):
            sink.write_line(row if isinstance(row, str) else str(row))
            count += 1
        sink.flush()
        return count, ""


class _DelimitedEncoder(Encoder):
    """Rows of cells, quoted as RFC 4180; text as it is."""

    def __init__(self, frames, terminator, dialect):
        self._frames = frames
        self._dialect = dialect
        self._terminator = terminator

    def encode(self, result, emit):
        if _emit_few_texts(result, emit):
            return len(result), ""
        if is_frame(result):
            self._frames.write(result, emit)
            return len(result), self._frames.columns(result)
        sink = TextSink(emit)
        write_cells = self._cell_writer(sink.write)
        cells_of = _Cells()
        count = 0
        for row in iterator_of(result):
            if isinstance(row, str):
                sink.write_line(row)
            else:
                write_cells(cells_of(row, count))
            count += 1
        sink.flush()
        return count, self._header_of(cells_of.keys)

    def _header_of(self, keys):
        if keys is None or self._frames.header is not True:
            return ""
        lines = []
        self._cell_writer(lines.append)(keys)
        return "".join(lines)

    def _cell_writer(self, write):
        return csv.writer(RowEnd(write, self._terminator), lineterminator="\r\n", **self._dialect).writerow


class _JsonLinesEncoder(Encoder):
    """One JSON text a row; text as it is. No header: each object names its members."""

    def encode(self, result, emit):
        if _emit_few_texts(result, emit):
            return len(result), ""
        sink = TextSink(emit)
        count = 0
        for row in frame_texts(result) if is_frame(result) else iterator_of(result):
            if not isinstance(row, str):
                if is_frame(row):
                    raise BadReturn(frame_as_element(row, count))
                row = json_text(row)
            sink.write_line(row)
            count += 1
        sink.flush()
        return count, ""


class _Cells:
    """The cells of one row after another; dictionaries of one result share their keys, in the order of the first."""

    def __init__(self):
        self.keys = None
        self._row_kinds = tuple(
            kind for kind in (list, tuple, library_class("pandas", "Series"), library_class("numpy", "void")) if kind
        )
        self._array = library_class("numpy", "ndarray")

    def __call__(self, row, place):
        if isinstance(row, self._row_kinds) or isinstance(row, self._array) and row.ndim:
            return row
        if isinstance(row, collections.abc.Mapping):
            return self._of_mapping(row, place)
        if is_frame(row):
            raise BadReturn(frame_as_element(row, place))
        return (str(row),)

    def _of_mapping(self, row, place):
        if self.keys is None:
            self.keys = list(row)
        return values_of(row, self.keys, place)


def _emit_few_texts(result, emit):
    """The short way where text stands as it is: whether `result` was a small list of strings, now emitted."""
    if type(result) is not list or not 0 < len(result) <= _FEW:
        return False
    try:
        text = "\n".join(result)
    except TypeError:
        return False
    if len(text) >= PIECE:
        return False
    emit(encoded(text + "\n"))
    return True


def _cell_dialect(separator, arguments):
    """How csv.writer is to write what to_csv would write with these arguments."""
    dialect = {"delimiter": separator}
    for name in ("quoting", "quotechar", "doublequote", "escapechar"):
        if name in arguments:
            dialect[name] = arguments[name]
    return dialect
