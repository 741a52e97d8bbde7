"""Where in a file the first thing lies that does not fit: a second, slow pass over one mini-batch of delimited text. Used by
prs_tables where the reader failed; the reader itself decides what fits."""

import re

import prs_table_types as types
from prs_table_error import CELLS, ENCODING, QUOTES, TableError, misfit, place, shown

_FAILURES = (ValueError, TypeError, OverflowError)
_MOST_FAILURES = 200


def explain(reader, read, memory, path, byte_offset, encoding, failure):
    """The TableError for a mini-batch that `read` of `reader` (a DelimitedReader) failed on with `failure`. `byte_offset` is
    where the first record begins in the file."""
    records = _Records(reader.layout, memory)
    first, end = 0, len(records)
    while end - first > 1:
        middle = (first + end) // 2
        if _fails(read, records.span(first, middle)):
            end = middle
        else:
            first = middle
    record = records.span(first, end)
    where = place(path, byte_offset + _length_in_file(memory[: records.begin(first)], encoding))
    if not _fails(read, record):
        return TableError(CELLS, "%s: this mini-batch cannot be read: %s" % (place(path, byte_offset), failure))
    return _explain_record(reader, record, where)


def readable_parts(layout, read, memory):
    """What `read` gives of stretches of `memory`, without the records that it fails on. Where very many are broken, more is left
    out."""
    records, results, failures = _Records(layout, memory), [], 0
    waiting = [(0, len(records))]
    while waiting:
        first, end = waiting.pop()
        try:
            results.append(read(records.span(first, end)))
            continue
        except _FAILURES:
            failures += 1
        if end - first > 1 and failures < _MOST_FAILURES:
            middle = (first + end) // 2
            waiting += [(middle, end), (first, middle)]
    return results


def _explain_record(reader, record, where):
    layout = reader.layout
    try:
        bytes(record).decode("utf-8")
    except UnicodeDecodeError as error:
        return TableError(
            ENCODING, "%s: the record is no valid text: %s; set 'encoding' to that of the file" % (where, error)
        )
    try:
        texts = reader.texts(record)
    except _FAILURES as error:
        return _explain_broken(layout, record, where, error)
    for column, at in zip(layout.cells, layout.places):
        if at is None:
            if types.integer_range(column["dtype"]) or column["dtype"] == "bool":
                return misfit(where, column["name"], None, column["dtype"], True)
            continue
        cell = texts[at].iloc[0]
        if not types.fits([cell], column):
            return misfit(where, column["name"], cell, _settled(column), cell != cell)
    return TableError(CELLS, "%s: the record %s cannot be read" % (where, shown(_text(record))))


def _explain_broken(layout, record, where, error):
    cells = _count_of_cells(layout, record)
    if cells > layout.width:
        return TableError(
            CELLS,
            "%s: the record has %d cells, and there are %d columns; a cell that holds the delimiter %r needs quotes: %s"
            % (where, cells, layout.width, layout.delimiter, shown(_text(record))),
        )
    advice = "" if layout.support_multi_line else ", or set 'support_multi_line: true' where cells hold line breaks"
    return TableError(
        QUOTES,
        "%s: a quoted cell has no closing quote; write a quote inside of a quoted cell twice%s: %s"
        % (where, advice, shown(_text(record)))
        if "EOF inside string" in str(error)
        else "%s: the record cannot be read: %s" % (where, error),
    )


def _settled(column):
    return {"bool": "bool with missing values", "int": "long integers"}.get(column.get("holds"), column["dtype"])


def _fails(read, memory):
    try:
        read(memory)
    except _FAILURES:
        return True
    return False


def _length_in_file(text, encoding):
    """`text` is UTF-8; `encoding` is the name that the configuration has of that of the file."""
    if encoding == "utf-8":
        return len(text)
    codec = "utf-16-le" if encoding == "utf-16" else encoding  # a mark would count each time
    return len(bytes(text).decode("utf-8", "replace").encode(codec, "replace"))


def _text(record):
    return bytes(record).decode("utf-8", "backslashreplace").rstrip("\r\n")


def _field(delimiter):
    """The automaton of pandas' tokenizer: a quote opens a quoted cell at a cell's start only; after the closing one, other
    characters go on as an unquoted cell."""
    stop = b"[^%s\\r\\n]*" % re.escape(delimiter)
    return b'(?:"[^"]*(?:""[^"]*)*(?:"%s|\\Z)|%s)' % (stop, stop)


def _count_of_cells(layout, record):
    delimiter = layout.delimiter.encode("utf-8")
    pattern = re.compile(_field(delimiter))
    position, count = pattern.match(record).end(), 1
    while bytes(record[position : position + len(delimiter)]) == delimiter:
        position = pattern.match(record, position + len(delimiter)).end()
        count += 1
    return count


class _Records:
    """Where each record begins. A blank line is taken for one, which does no harm here."""

    def __init__(self, layout, memory):
        delimiter = layout.delimiter.encode("utf-8")
        field = _field(delimiter)
        record = re.compile(b"%s(?:%s%s)*(?:\r\n|\n|\r|\\Z)" % (field, re.escape(delimiter), field))
        self._memory = memory
        self._begins = [found.start() for found in record.finditer(memory) if found.end() > found.start()] or [0]

    def __len__(self):
        return len(self._begins)

    def begin(self, index):
        return self._begins[index]

    def span(self, first, end):
        return self._memory[self._begins[first] : self._begins[end] if end < len(self._begins) else len(self._memory)]
