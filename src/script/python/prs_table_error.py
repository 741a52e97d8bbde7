"""What is wrong with a table's data, told so that its owner finds the place. Used by all prs_table modules."""

_LONGEST_VALUE = 100
_MOST_NAMES_SHOWN = 30

TYPE, CELLS, QUOTES, ENCODING, JSON, COLUMNS, FILE = "type", "cells", "quotes", "encoding", "json", "columns", "file"


class TableError(Exception):
    """A mini-batch that cannot be made into a DataFrame. `category` is one of the names above; the text names file, place,
    cause and the next step."""

    def __init__(self, category, message):
        super().__init__(message)
        self.category = category


class Unfit(ValueError):
    """A reader met something that does not fit, and does not know the place. Never leaves the prs_table modules."""


def place(path, byte_offset):
    return "%s: byte %d" % (path, byte_offset)


def shown(value):
    """A value as a message shows it."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def listed(names):
    """Names of columns as a message shows them. Blanks about one are to be seen."""
    if not names:
        return "none"
    texts = [str(name) for name in names[:_MOST_NAMES_SHOWN]]
    text = ", ".join(repr(text) if text != text.strip() or not text else text for text in texts)
    return text + (", … (%d in all)" % len(names) if len(names) > _MOST_NAMES_SHOWN else "")


def refuse_other_columns(path, names, wanted, options):
    """Raises TableError where a file's columns are not those of the run. `names`: those that were found in it. It must have the
    wanted ones; and no others, unless the user said which are wanted."""
    left_out = options.get("left_out") or []
    unknown = [] if left_out == "others" else [name for name in names if name not in wanted and name not in left_out]
    if unknown or any(name not in names for name in wanted):
        raise TableError(
            COLUMNS,
            "%s has the columns %s, and %s has %s; all files of a run have the same ones: say which are wanted with "
            "'columns: […]', or take the file out"
            % (path, listed(names), options.get("settled_from"), listed(options["columns"])),
        )


def misfit(where, name, value, dtype, is_missing):
    """The error of a value that does not fit the settled type of its column (rule 3.3)."""
    what = "a missing value" if is_missing else "the value %s" % shown(value)
    return TableError(
        TYPE,
        "%s: column '%s': %s does not fit the type %s, which was settled for the whole run; set another type with "
        "'dtypes: {%s: …}', or 'on_type_error: null' to make such values missing" % (where, name, what, dtype, name),
    )
