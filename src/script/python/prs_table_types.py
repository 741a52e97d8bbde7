"""The settled types of a table's columns: how a column of texts or of JSON values becomes one. Used by the readers of
prs_tables and by prs_table_schema. Imports pandas only inside of functions.

A settled column is {"name", "dtype"}: the name of a pandas type. It may also have
  "holds"        of dtype object: "bool" or "int", where pandas makes Python objects of texts: True, False or 10**30, and NaN;
  "date_format"  of dates: what pandas.to_datetime gets, or null where each value is read by itself;
  "user"         true where the user chose the type;
  "source"       "cell", "path" or "key".
"""

import io
import re

from prs_table_error import Unfit

_BOOLEANS = {word: True for word in ("True", "TRUE", "true")}
_BOOLEANS.update({word: False for word in ("False", "FALSE", "false")})
_INTEGER = re.compile(r"(u?)int(8|16|32|64)\Z")
_WHOLE_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*\Z")
_NUMBER = re.compile(
    r"[ \t\n\v\f\r]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*\Z|[+-]?inf(?:inity)?\Z",
    re.IGNORECASE | re.ASCII,
)
_USUAL_MISSING = (
    " #N/A #N/A_N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null"
).split(" ")


def missing_words():
    """The texts that the user's pandas takes for missing values, the empty one among them."""
    try:
        from pandas._libs.parsers import STR_NA_VALUES as words
    except ImportError:
        words = {word.replace("_", " ") for word in _USUAL_MISSING}
    return sorted(words)


def is_date(dtype):
    return dtype.startswith(("datetime64", "timedelta64"))


def is_text(column):
    return column["dtype"] in ("object", "str") and "holds" not in column


def integer_range(dtype):
    """(lowest, highest) of a numpy integer type, or None."""
    found = _INTEGER.match(dtype)
    if found is None:
        return None
    bits = int(found.group(2))
    return (0, 2**bits - 1) if found.group(1) else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def refuse_wrapping(values, dtype):
    """Raises where numbers of a series or an array do not fit an integer type."""
    limits = integer_range(dtype)
    if limits is None or values.dtype.kind not in "iuf":
        return
    if values.dtype.kind == "f" and (values % 1 != 0).any():
        raise ValueError("some are missing or no whole numbers")
    if values.size and (values.min() < limits[0] or values.max() > limits[1]):
        raise OverflowError("some are too large or too small")


def parsed_as(column):
    """The type that pandas' tokenizer gets; finished() makes the settled one of it. Some pandas let short integers wrap, so
    those are read long. All take a mini-batch of nothing but 0 and 1 for booleans."""
    dtype = column["dtype"]
    if "holds" in column or is_date(dtype) or dtype == "bool":
        return "object"
    if integer_range(dtype):
        return "uint64" if dtype.startswith("u") else "int64"
    return dtype


def needs_finish(column):
    return parsed_as(column) != column["dtype"] or "holds" in column


def finished(series, column):
    """The settled column of one that was read as parsed_as() says. Raises ValueError or a kin of it where a value does not
    fit."""
    dtype = column["dtype"]
    if "holds" in column:
        return _objects(series, column["holds"])
    if dtype == "bool":
        found = series.map(_BOOLEANS)
        if found.isna().any():
            raise Unfit("no boolean")
        return found.astype("bool")
    if is_date(dtype):
        return dates(series, column)
    limits = integer_range(dtype)
    if limits and len(series) and (series.min() < limits[0] or series.max() > limits[1]):
        raise Unfit("beyond the range of " + dtype)
    return series.astype(dtype)


def _objects(series, kind):
    import numpy

    convert = _BOOLEANS.__getitem__ if kind == "bool" else _whole_number
    values = numpy.empty(len(series), dtype=object)
    try:
        values[:] = [convert(text) if text == text else text for text in series.tolist()]  # NaN is not itself
    except KeyError as error:
        raise Unfit("no boolean: %s" % error) from error
    return type(series)(values, index=series.index, dtype=object)


def _whole_number(text):
    if not _WHOLE_NUMBER.match(text):
        raise Unfit("no integer")
    return int(text)


def dates(series, column):
    """Dates or lengths of time of texts, in the format that was settled: pandas' own guess could differ between mini-batches."""
    import pandas

    dtype = column["dtype"]
    if dtype.startswith("timedelta64"):
        return pandas.to_timedelta(series).astype(dtype)
    has_zone = "," in dtype
    found = pandas.to_datetime(series, format=column.get("date_format"), utc=True if has_zone else None)
    if has_zone:
        return found.dt.tz_convert(dtype[dtype.index(",") + 1 : -1].strip()).astype(dtype)
    if found.dtype == object or getattr(found.dt, "tz", None) is not None:
        raise Unfit("dates with a time zone in a column without one")
    return found.astype(dtype)


def could_be_booleans(series, column):
    """Whether a column of numbers may come of True and False: pandas makes 1 and 0 of them where all
    are such or missing."""
    import numpy

    dtype = series.dtype
    if column["dtype"] == "bool" or not isinstance(dtype, numpy.dtype) or dtype.kind not in "iuf" or not len(series):
        return False
    values = series.to_numpy()
    if values[0] not in (0, 1) and values[0] == values[0]:  # nearly always
        return False
    return bool(((values == 0) | (values == 1) | (values != values)).all())


def refuse_booleans(texts):
    """Raises Unfit where True or the like is among the texts of a column of numbers."""
    if not set(_BOOLEANS).isdisjoint(texts):
        raise Unfit("a boolean in a column of numbers")


def column_of_texts(texts, column):
    """A settled column of a list of cells (text, or NaN where missing), by the very conversion that read_csv has."""
    import pandas

    if parsed_as(column) != "object" and not is_text(column) and column["dtype"] != "category":
        refuse_booleans(texts)
    cells = ['"%s"' % text.replace('"', '""') if isinstance(text, str) else '""' for text in texts]
    series = pandas.read_csv(
        io.StringIO("\n".join(cells) + "\n"),
        header=None,
        names=[0],
        dtype={0: parsed_as(column)},
        skip_blank_lines=False,
        low_memory=False,
    )[0]
    return finished(series, column) if needs_finish(column) else series


def fits(texts, column):
    """Whether all cells fit the settled type."""
    try:
        column_of_texts(texts, column)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def column_with_misfits_missing(texts, column):
    """The same as column_of_texts(), with missing values in the place of what does not fit (`on_type_error: null`)."""
    texts = list(texts)
    if not fits(texts, column):
        bad = set(_misfits(sorted({text for text in texts if isinstance(text, str)}), column))
        texts = [float("nan") if text in bad else text for text in texts]
    return column_of_texts(texts, column)


def _misfits(words, column):
    """Those that do not fit. What is no number at all is told by its look; the conversion itself decides on the others."""
    looks_right = re.compile("")
    if column["dtype"].lower().startswith(("float", "int", "uint")):
        looks_right = _NUMBER
    missing = set(missing_words())
    bad = [word for word in words if not looks_right.match(word) and word not in missing]
    return bad + _misfits_of_half([word for word in words if looks_right.match(word) or word in missing], column)


def _misfits_of_half(words, column):
    if not words or fits(words, column):
        return []
    if len(words) == 1:
        return words
    middle = len(words) // 2
    return _misfits_of_half(words[:middle], column) + _misfits_of_half(words[middle:], column)


def missing_column(count, column):
    """A column that a file lacks. Raises Unfit where its type has no missing values."""
    import pandas

    dtype = column["dtype"]
    if count and (integer_range(dtype) or dtype == "bool"):
        raise Unfit("the type %s has no missing values" % dtype)
    return pandas.Series([float("nan")] * count, dtype="object").astype(dtype)


def path_column(paths, column):
    """Of (path, number of rows) pairs."""
    import pandas

    return pandas.Series([path for path, count in paths for _ in range(count)], dtype=column["dtype"])


def key_column(value, count, column):
    """A partition key: one value for all rows. Where the user chose its type, it is read as a cell is."""
    import pandas

    if column.get("user"):
        value = column_of_texts([value], column).iloc[0]
    elif is_date(column["dtype"]):
        value = pandas.Timestamp(value)
    return pandas.Series([value] * count, dtype=column["dtype"])


def frame_of(columns, settled, count):
    """The DataFrame of what the script sees: one array or series for each settled column; index 0…count−1."""
    import pandas

    frame = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(count), copy=False)
    frame.columns = names_of(settled)
    return frame


def names_of(settled):
    """The columns' names as an index of the kind that read_csv gives."""
    import pandas

    names = [column["name"] for column in settled]
    return pandas.Index(names) if names else pandas.RangeIndex(0)


def empty_frame(settled):
    import pandas

    return frame_of([pandas.Series([], dtype="object").astype(column["dtype"]) for column in settled], settled, 0)
