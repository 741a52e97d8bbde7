"""DataFrames as delimited text (rule 5.2), by pandas' own to_csv, streamed. Used by prs_rows only."""

import csv
import difflib
import io

from prs_returned import BadReturn

PIECE = 256 * 1024  # what is handed on at once, about

_KNOWN = (
    "sep na_rep float_format columns header index index_label encoding quoting quotechar lineterminator "
    "line_terminator chunksize date_format doublequote escapechar decimal errors compression"
).split()
_OURS = {
    "mode": "the rows go into the one output file",
    "path_or_buf": "the rows go into the one output file",
    "storage_options": "the rows go into the one output file",
}
_QUOTING = {name: getattr(csv, name) for name in ("QUOTE_ALL", "QUOTE_MINIMAL", "QUOTE_NONNUMERIC", "QUOTE_NONE")}


def checked_arguments(arguments):
    """The arguments of DataFrame.to_csv that the user overrides; ValueError for one that cannot be."""
    checked = dict(arguments)
    for name in checked:
        if name in _OURS:
            raise ValueError("to_csv argument '%s' cannot be set: %s" % (name, _OURS[name]))
        if name not in _KNOWN:
            near = difflib.get_close_matches(name, _KNOWN, 1)
            raise ValueError(
                "unknown to_csv argument '%s'%s" % (name, "; did you mean '%s'?" % near[0] if near else "")
            )
    if checked.pop("compression", None) not in (None, "infer"):
        raise ValueError(
            "to_csv argument 'compression' cannot be set: the rows of all mini-batches go into one text file"
        )
    header = checked.get("header", False)
    if not isinstance(header, bool) and not (
        isinstance(header, list) and all(isinstance(name, str) for name in header)
    ):
        raise ValueError("to_csv argument 'header' is %r; allowed are true, false or a list of names" % (header,))
    separator = checked.get("sep", ",")
    if not isinstance(separator, str) or len(separator) != 1:
        raise ValueError("to_csv argument 'sep' is %r; it must be one character" % (separator,))
    for name in ("lineterminator", "line_terminator"):
        if not isinstance(checked.get(name) or "", str):
            raise ValueError("to_csv argument '%s' is %r; it must be text" % (name, checked[name]))
    quoting = checked.get("quoting", 0)
    if isinstance(quoting, str) and quoting in _QUOTING:
        checked["quoting"] = _QUOTING[quoting]
    elif not isinstance(quoting, int) or quoting not in _QUOTING.values():
        raise ValueError("to_csv argument 'quoting' is %r; allowed are %s" % (quoting, ", ".join(sorted(_QUOTING))))
    _check_encoding(checked.get("encoding") or "utf-8")
    return checked


def _check_encoding(encoding):
    try:
        mark = "".encode(encoding)
    except (LookupError, TypeError):
        raise ValueError(
            "to_csv argument 'encoding' is %r, which Python does not know; use utf-8" % (encoding,)
        ) from None
    if mark:
        raise ValueError(
            "to_csv argument 'encoding' is '%s', which writes a mark at the start of each mini-batch's rows; "
            "use utf-8" % encoding
        )


class FrameWriter:
    """Writes DataFrames of a run as one dialect of delimited text, and knows their header line."""

    def __init__(self, separator, has_header, arguments):
        arguments = dict({"sep": separator, "index": False, "header": has_header}, **arguments)
        self.header = arguments.pop("header")
        self._encoding = arguments.pop("encoding", None) or "utf-8"
        self._errors = arguments.pop("errors", None) or "surrogateescape"
        self._arguments = arguments
        self._last_key = None
        self._last_columns = ""

    def write(self, frame, emit):
        """All rows, to the byte what to_csv gives, whatever their size. pandas turns some thousand rows at a time into
        text, and formats dates by what it finds among them: so it gets the whole frame, and streams by itself."""
        receiver = _Receiver(emit)
        text = io.TextIOWrapper(io.BufferedWriter(receiver, PIECE), self._encoding, self._errors, newline="")
        try:
            frame.to_csv(text, header=False, **self._arguments)
            text.flush()
        except UnicodeEncodeError as error:
            raise BadReturn(not_text(error)) from error
        finally:
            receiver.emit = None  # what a failed conversion left behind is dropped, not sent by the garbage collector

    def columns(self, frame):
        """The header line (lines, for columns of several levels), with its newline; '' where the run has none."""
        if not self.header or not len(frame) and not len(frame.columns):  # an empty DataFrame() is 'no rows'
            return ""
        key = (list(map(type, frame.columns)), list(frame.columns), list(frame.columns.names), list(frame.index.names))
        if key != self._last_key:
            self._last_columns = frame.iloc[:0].to_csv(None, header=self.header, **self._arguments)
            self._last_key = key
        return self._last_columns


class _Receiver(io.RawIOBase):
    """The end of pandas' stream: hands pieces to `emit`."""

    def __init__(self, emit):
        super().__init__()
        self.emit = emit

    def writable(self):
        return True

    def write(self, piece):
        if self.emit is not None:
            self.emit(bytes(piece))  # a copy: the buffer behind it is used again
        return len(piece)


def not_text(error):
    """The message for a text that UTF-8 cannot express."""
    return "a row that run() returned holds the character U+%04X, which %s cannot express, near %r" % (
        ord(error.object[error.start]),
        error.encoding,
        error.object[max(0, error.start - 20) : error.start + 20],
    )
