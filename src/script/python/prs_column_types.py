"""Types of columns as text, and back: how the columns of a run are settled where they have types (rule 5.2). Used by prs_columns and
prs_parquet_output. The text is no library's own: an interpreter with another pyarrow reads it, too.

A type is a word ("int64", "timestamp[us, tz=UTC]"), or a list for one that holds others: ["list", type], ["map", key, value],
["struct", {name: type}]. Types that differ only in how memory holds them become one: text is "string", whatever its length.
"""

import json
import re

import pyarrow

_UNITS = ("s", "ms", "us", "ns")
_WITH_NUMBERS = re.compile(r"(decimal128|decimal256)\((\d+), (-?\d+)\)\Z")
_OF_BYTES = re.compile(r"fixed_size_binary\[(\d+)\]\Z")
_WITH_ZONE = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]\Z", re.DOTALL)
_TEXTS = {"string", "large_string", "string_view", "null"}  # a column without a value could be any; mostly it is text
_BYTES = {"binary", "large_binary", "binary_view"}


def _simple_types():
    kinds = [pyarrow.bool_(), pyarrow.float16(), pyarrow.float32(), pyarrow.float64(), pyarrow.date32(), pyarrow.date64()]
    kinds += [getattr(pyarrow, sign + str(bits))() for sign in ("int", "uint") for bits in (8, 16, 32, 64)]
    kinds += [pyarrow.time32("s"), pyarrow.time32("ms"), pyarrow.time64("us"), pyarrow.time64("ns")]
    kinds += [make(unit) for make in (pyarrow.timestamp, pyarrow.duration) for unit in _UNITS]
    return {str(kind): kind for kind in kinds}


_SIMPLE = _simple_types()


class NoColumn(Exception):
    """A type that no column can have; the text is its name."""


def text_of(columns):
    """The line that settles a run's columns. `columns`: (name, type) of each, types as described() gives them."""
    return json.dumps(dict(columns), ensure_ascii=False) + "\n"


def schema_of(line):
    """The pyarrow.Schema of such a line."""
    return pyarrow.schema([(name, type_of(described)) for name, described in json.loads(line).items()])


def described(kind):
    """A pyarrow type as JSON holds it. Raises NoColumn."""
    word = str(kind)
    if word in _TEXTS:
        return "string"
    if word in _BYTES:
        return "binary"
    if word in _SIMPLE or _WITH_NUMBERS.match(word) or _OF_BYTES.match(word) or _WITH_ZONE.match(word):
        return word
    types = pyarrow.types
    if types.is_dictionary(kind):  # categories differ from one mini-batch to the next, their values' type does not
        return described(kind.value_type)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return ["list", described(kind.value_type)]
    if types.is_struct(kind) and kind.num_fields:
        fields = [kind.field(place) for place in range(kind.num_fields)]
        return ["struct", {field.name: described(field.type) for field in fields}]
    if types.is_map(kind):
        return ["map", described(kind.key_type), described(kind.item_type)]
    raise NoColumn(word)


def type_of(text):
    """The pyarrow type of what described() gave."""
    if not isinstance(text, str):
        return _nested(*text)
    if text == "string":
        return pyarrow.large_string()  # whose cells may have more than 2 GiB together
    if text == "binary":
        return pyarrow.large_binary()
    if text in _SIMPLE:
        return _SIMPLE[text]
    found = _WITH_NUMBERS.match(text)
    if found:
        return getattr(pyarrow, found.group(1))(int(found.group(2)), int(found.group(3)))
    found = _OF_BYTES.match(text)
    if found:
        return pyarrow.binary(int(found.group(1)))
    found = _WITH_ZONE.match(text)
    if found:
        return pyarrow.timestamp(found.group(1), found.group(2))
    raise NoColumn(text)


def _nested(kind, *inner):
    if kind == "struct":
        return pyarrow.struct([(name, type_of(text)) for name, text in inner[0].items()])
    if kind == "map":
        return pyarrow.map_(type_of(inner[0]), type_of(inner[1]))
    return pyarrow.large_list(type_of(inner[0]))
