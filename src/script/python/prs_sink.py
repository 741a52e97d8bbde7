"""Gathers the text of rows on its way into the result ring. Used by prs_rows only.

Nothing here touches a value of the user's but text: an exception that arises here is the host's own (prs_failure.is_ours).
"""

from prs_frames import PIECE, not_text
from prs_returned import BadReturn


class TextSink:
    """Gathers text and hands it on as UTF-8, PIECE characters at a time. Bytes of a file name that are no UTF-8 come
    out as they were."""

    def __init__(self, emit):
        self._emit = emit
        self._parts = []
        self._size = 0

    def write(self, text):
        self._parts.append(text)
        self._size += len(text)
        if self._size >= PIECE:
            self._hand_on()

    def write_line(self, text):
        self._parts += (text, "\n")
        self._size += len(text) + 1
        if self._size >= PIECE:
            self._hand_on()

    def _hand_on(self):
        text = "".join(self._parts)
        rest = len(text) - len(text) % PIECE
        self._parts = [text[rest:]]
        self._size = len(self._parts[0])
        for start in range(0, rest, PIECE):
            self._emit(encoded(text[start : start + PIECE]))

    def flush(self):
        text = "".join(self._parts)
        if text:
            self._emit(encoded(text))


class RowEnd:
    """The file of a csv.writer that ends its rows with CR LF, which makes it quote either in a cell; they get the end
    that is wanted here. The writer calls it once a row."""

    def __init__(self, write, terminator):
        self._write = write
        self._terminator = terminator

    def write(self, row):
        self._write(row[:-2] + self._terminator)


def encoded(text):
    try:
        return text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise BadReturn(not_text(error)) from error
