"""Delimited text in memory as columns by pyarrow's reader, which is faster than pandas' own where the user has it. Used by
prs_tables.

It answers only where its answer is the one of pandas. Otherwise it raises Unfit (or an error of pyarrow's), and pandas' reader
is asked. What it reads in another way, and how that is kept out:
  its inference of types, dates among them     every column has an explicit type
  its words for missing values and booleans    pandas' words are set
  a short or blank record                      it refuses them
  0x10 as an integer                           memory with such text is left to pandas
  a zero byte, a byte order mark               left to pandas
  a lone carriage return as a line end         left to pandas, which loses a delimiter after a blank line of that kind
  NAN, nan(…) or inf with blanks as a number   what is not finite and no word for a missing value is left to pandas
  a quoted cell that is never closed           left to pandas where the very last cell could be one
  numbers rounded better than by old pandas    texts of at most 16 characters come out the same; longer ones are left to pandas
"""

import prs_table_types as types
from prs_table_error import Unfit

_BLOCK_BYTES = 1 << 20    # stays in the processor's cache
_SCAN_BYTES = 1 << 18
_REFUSALS_IN_A_ROW = 3
_MOST_PASSED_OVER = 20
_EXACT_CHARACTERS = 16    # a point and 15 digits, which a double holds exactly
_EXACT_RANGE = 1e-7, 1e22  # then the power of ten is exact, too
_HARD_NUMBERS = ("0.8444218515250481", "0.2550690257394217", "7.579544029403025e-12", "123456789.12345678901", "1.7976931348623157e308",
                 "9007199254740993", "2.2250738585072011e-308", "0.1234567890123456789", "3.3333333333333333333e-17")  # fmt: skip


def make_reader(layout):
    """An ArrowReader, or None where pyarrow is not there or a column's type is none of those that it makes."""
    if layout.width < 2 or len(layout.delimiter) != 1 or not layout.kept():
        return None  # in a single column a line of blanks is a value to pyarrow, and none to pandas
    if any(_kind(column) is None for column in layout.cells):
        return None
    try:
        return ArrowReader(layout)
    except Exception:  # none, or one that does not go with this pandas: pandas' reader is always there
        return None


def _kind(column):
    parsed = types.parsed_as(column)
    if column["dtype"] == "bool":
        return "bool_"
    if parsed == "str":
        return "large_string"  # what pandas 3 holds
    if parsed == "object":
        return "string"
    return {"int64": "int64", "uint64": "uint64", "float64": "float64", "float32": "float64"}.get(parsed)


class ArrowReader:
    """Reads memory of one layout with pyarrow.csv, in one thread: each worker has its core."""

    def __init__(self, layout):
        import pyarrow
        from pyarrow import csv

        self._layout = layout
        self._arrow = pyarrow
        self._csv = csv
        self._refusals = 0     # since the last answer
        self._passed_over = 0  # mini-batches, since the last one that was tried
        self._numbers_as_text = not _rounds_exactly()
        last = layout.width - 1
        kinds = {place: self._type_name(column) for column, place in layout.kept()}
        kinds.setdefault(last, "string")  # read in any case, see _refuse_open_quote
        words = types.missing_words()
        self._has_integers = any(kind in ("int64", "uint64") for kind in kinds.values())
        self._parse = csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=layout.support_multi_line)
        self._convert = csv.ConvertOptions(
            column_types={str(place): getattr(pyarrow, kind)() for place, kind in kinds.items()},
            include_columns=[str(place) for place in sorted(kinds)],
            # With empty_as_string, an empty number is refused here and left to pandas.
            null_values=[word for word in words if word or not layout.empty_as_string],
            strings_can_be_null=True,
            true_values=["True", "TRUE", "true"],
            false_values=["False", "FALSE", "false"],
        )

    def is_worth_trying(self):
        """Data that was refused a few times in a row is seldom another in the next mini-batch. Which reader answers makes no
        difference to the result."""
        self._passed_over += 1
        if self._refusals < _REFUSALS_IN_A_ROW or self._passed_over > _MOST_PASSED_OVER:
            self._passed_over = 0
            return True
        return False

    def refused(self):
        self._refusals += 1

    def _type_name(self, column):
        kind = _kind(column)
        return "string" if kind == "float64" and self._numbers_as_text else kind

    def columns(self, memory):
        """(the columns of layout.cells in their settled types, number of rows)"""
        self._refuse_bytes(memory)
        table = self._read(memory)
        self._refuse_open_quote(table)
        pairs = zip(self._layout.cells, self._layout.places)
        columns = [self._settled(table, column, place) for column, place in pairs]
        self._refusals = 0
        return columns, table.num_rows

    def _read(self, memory):
        try:
            return self._read_in_blocks(memory, _BLOCK_BYTES)
        except self._arrow.ArrowInvalid as error:
            if "straddling" not in str(error):
                raise
            return self._read_in_blocks(memory, len(memory) + 1)  # a record longer than a block

    def _read_in_blocks(self, memory, block_bytes):
        options = self._csv.ReadOptions(
            column_names=[str(place) for place in range(self._layout.width)],
            use_threads=False,
            block_size=min(block_bytes, (1 << 31) - 1),
        )
        return self._csv.read_csv(
            self._arrow.BufferReader(self._arrow.py_buffer(memory)),
            read_options=options,
            parse_options=self._parse,
            convert_options=self._convert,
        )

    def _refuse_bytes(self, memory):
        import numpy

        if len(memory) == 0 or memory[len(memory) - 1] != 0x0A or bytes(memory[:3]) == b"\xef\xbb\xbf":
            raise Unfit("empty, without a last line end, or with a byte order mark")
        data = numpy.frombuffer(memory, dtype=numpy.uint8)
        for begin in range(0, len(data), _SCAN_BYTES):
            part = data[begin : begin + _SCAN_BYTES + 1]
            if not part.min():
                raise Unfit("a zero byte")
            if self._has_integers and _has_hexadecimal(part):
                raise Unfit("0x could be the beginning of an integer")
            returns = part == 0x0D
            if returns.any() and (returns[:-1] & (part[1:] != 0x0A)).any():
                raise Unfit("a line ends with a carriage return alone")

    def _refuse_open_quote(self, table):
        """A quoted cell that is not closed reaches to the end of the memory, so its text ends with the last line end."""
        last = table.column(str(self._layout.width - 1))
        if table.num_rows and last.type in (self._arrow.string(), self._arrow.large_string()):
            text = last[table.num_rows - 1].as_py()
            if text is not None and text.endswith(("\r", "\n")):
                raise Unfit("a quoted cell could be open")

    def _settled(self, table, column, place):
        if place is None:
            return types.missing_column(table.num_rows, column)
        values = table.column(str(place))
        if self._type_name(column).endswith("string"):
            if column["dtype"].startswith("float"):
                return self._short_numbers(values).astype(column["dtype"])
            return self._text(values, column)
        if _kind(column) == "float64":
            return self._numbers(values).astype(column["dtype"], copy=False)
        if values.null_count:
            raise Unfit("a missing value in a column of %s" % column["dtype"])
        return self._finished(writable(values.to_numpy()), column)

    def _text(self, values, column):
        if column["dtype"] == "str":  # of pandas 3: pyarrow's own memory is what it holds
            from pandas.api.types import pandas_dtype

            return pandas_dtype("str").__from_arrow__(values)
        array = values.to_numpy()
        if values.null_count:
            array[values.is_null().to_numpy()] = float("nan")
        return self._finished(array, column)

    @staticmethod
    def _finished(array, column):
        import pandas

        if array.dtype == column["dtype"] and array.dtype != object:
            return array
        # Of the array's own type: pandas 3 would take objects that are texts for its `str`.
        series = pandas.Series(array, dtype=array.dtype, copy=False)
        return types.finished(series, column) if types.needs_finish(column) else series

    @staticmethod
    def _numbers(values):
        import numpy

        array = values.to_numpy()
        if numpy.isfinite(array).sum() != len(array) - values.null_count:
            raise Unfit("a word for no number, or for an infinite one, that pandas may not know")
        return writable(array)

    def _short_numbers(self, values):
        """Of texts that are so short that rounding well and rounding as this pandas does give the same."""
        import numpy
        from pyarrow import compute

        longest = compute.max(compute.binary_length(values)).as_py() or 0
        array = self._numbers(compute.cast(values, self._arrow.float64()))
        size = numpy.abs(array[numpy.isfinite(array) & (array != 0)])
        low, high = _EXACT_RANGE
        if longest > _EXACT_CHARACTERS or len(size) and (size.min() < low or size.max() >= high):
            raise Unfit("numbers that this pandas may round in another way")
        return array


def _has_hexadecimal(part):
    """Whether 0x or 0X is in an array of bytes. Looks at two bytes at once, from the even places on and from the odd ones."""
    for first in (0, 1):
        pairs = part[first : first + (len(part) - first) // 2 * 2].view("<u2")
        if ((pairs | 0x2000) == 0x7830).any():  # the second byte is the high one; the bit makes X an x
            return True
    return False


def writable(array):
    """What pyarrow lends is read-only, and the script may write into its DataFrame."""
    return array if array.flags.writeable else array.copy()


def _rounds_exactly():
    """Whether this pandas rounds numbers as IEEE 754 wants it; its versions differ."""
    import io

    import pandas

    found = pandas.read_csv(io.StringIO("\n".join(_HARD_NUMBERS)), header=None, dtype="float64")[0]
    return found.tolist() == [float(text) for text in _HARD_NUMBERS]
