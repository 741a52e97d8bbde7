"""The columns and types of a run's table, settled once from samples (rule 3.3). Rank 0 starts it with the user's interpreter:

    python3 prs_table_schema.py [<file with the request>]

The request is JSON, on standard input where no file is named. Paths and headers are bytes as Latin-1, one character for each:

    {"inputs": [{"options": {"format": "delimited", "delimiter": ",", "encoding": "utf-8", "header": "all_files_same_headers",
                             "support_multi_line": false, "empty_as_string": false, "include_path_column": false,
                             "columns": [], "dropped_columns": [], "dtypes": [["name", "type"], …] or {…},
                             "on_type_error": "fail", "unnamed_columns": "numbers" or "Column"},
                 "samples": [{"path": <of the input file>, "file": <of its records in UTF-8, without the header>,
                              "begin": <where they begin in it>, "header": <its header record> or null}, …]}, …],
     "partition_keys": [{"name": "store", "dtype": "str", "is_chosen": true},
                        {"name": "day", "dtype": "datetime64[ns]", "is_chosen": true}]}

For Parquet, `file` is the input file itself; for HDF5 it has the columns of one as JSON. The answer is the last line of standard
output: the schema, or {"error": text} and exit status 1. The schema is what prs_tables.TableReader takes:

    {"inputs": [the options, with "columns": the names as in the file, "left_out": what is not kept, and
                "settled_from": the first file of the sample],
     "columns": [{"name", "dtype", "source", …}, …]}     in the order in which the script sees them: see prs_table_types

Where HDF5 files have arrays there are no columns, and the options of each input have "array": {"dtype", "shape"}, what a row is.

Columns of a file without a header are the numbers 0…n−1, as pandas has them with header=None; to_csv writes them as text. With
"unnamed_columns": "Column" they are Column1…n, which is what scripts know that come with an MLTable file.
The columns that are kept stay in the file's order, as with read_csv(usecols=…). A column with nothing but missing values in the
sample is float64, as pandas has it. The type category keeps the categories of each mini-batch.
"""

import difflib
import json
import sys

from prs_table_error import COLUMNS, FILE, TableError, listed, shown


def main(arguments):
    text = open(arguments[0], "rb").read() if arguments else sys.stdin.buffer.read()
    try:
        answer = settle(json.loads(text.decode("utf-8")))
    except TableError as error:
        answer = {"error": str(error)}
    except Exception as error:
        answer = {"error": "the columns of the table could not be settled: %s: %s" % (type(error).__name__, error)}
    sys.stdout.write("\n%s\n" % json.dumps(answer))
    return 1 if "error" in answer else 0


def settle(request):
    """The schema of a request. Raises TableError."""
    require_pandas(request)
    import prs_table_sample

    inputs = request["inputs"]
    samples = [prs_table_sample.read(entry["options"], entry["samples"]) for entry in inputs]
    with_rows = [sample for sample in samples if sample is not None]
    if not with_rows:
        raise TableError(FILE, "no input has rows to settle its columns from")
    samples = [sample or with_rows[0] for sample in samples]  # files without a record fit any columns
    if any(sample.array for sample in samples):
        return schema_of_arrays(request, samples)
    compare_names(inputs, samples)
    known = prs_table_sample.union(with_rows)
    rare = rare_members(inputs[0]["options"], known)
    keys = [key["name"] for key in request.get("partition_keys") or []]
    wanted = kept([str(name) for name in known + rare], inputs[0]["options"], keys)
    settled = prs_table_sample.settled_types(with_rows, [name for name in known if str(name) in wanted])
    settled += [{"name": name} for name in rare]
    settled = [as_the_user_wants(column, inputs[0]["options"], samples) for column in settled]
    require_known(dict_of(inputs[0]["options"].get("dtypes")), known + rare + keys, "dtypes")
    schema = {"inputs": [], "columns": settled + further_columns(request, settled)}
    for entry, sample in zip(inputs, samples):
        left_out = (entry["options"].get("dropped_columns") or []) + keys
        if entry["options"].get("columns"):
            left_out = "others"
        schema["inputs"].append(dict(entry["options"], columns=sample.names, left_out=left_out, settled_from=sample.path))
    return schema


def schema_of_arrays(request, samples):
    """Of HDF5 files whose dataset is an array. It has no columns; each input's options have "array", what a row is."""
    inputs = request["inputs"]
    if not all(key.get("is_chosen", True) for key in request.get("partition_keys") or []):
        raise TableError(
            COLUMNS,
            "%s: its dataset is an array, which has no columns for the keys of 'partition_format': give partition_keys, or remove it"
            % samples[0].path,
        )
    for entry, sample in zip(inputs, samples):
        if sample.array != samples[0].array:
            raise TableError(
                COLUMNS,
                "%s has %s, and %s has %s; the inputs of a run need the same"
                % (sample.path, rows_text(sample.array), samples[0].path, rows_text(samples[0].array)),
            )
        if entry["options"].get("include_path_column"):
            raise TableError(
                COLUMNS, "%s: its dataset is an array, which has no column 'Path': take 'include_path_column' out" % sample.path
            )
    return {
        "inputs": [
            dict(entry["options"], array=sample.array, settled_from=sample.path) for entry, sample in zip(inputs, samples)
        ],
        "columns": [],
    }


def rows_text(array):
    return "arrays of %s with rows of the shape %s" % (array["dtype"], array["shape"]) if array else "a table"


def require_pandas(request):
    formats = sorted({entry["options"]["format"] for entry in request["inputs"]})
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise TableError(
            COLUMNS,
            "input in the format %s needs the Python package pandas, and the interpreter %s cannot import it (%s); install it "
            "with 'pip install pandas', or name another interpreter with 'environment:'"
            % (" and ".join(formats), sys.executable, error),
        ) from None


def compare_names(inputs, samples):
    """All inputs of a run have the same columns (rule 3.3), but for those that are matched by name."""
    strict = [sample for entry, sample in zip(inputs, samples) if not may_lack_columns(entry["options"])]
    for sample in strict[1:]:
        if [str(name) for name in sample.names] != [str(name) for name in strict[0].names]:
            raise TableError(
                COLUMNS,
                "%s has other columns than %s: %s, and %s; the inputs of a run need the same columns"
                % (sample.path, strict[0].path, listed(sample.names), listed(strict[0].names)),
            )


def may_lack_columns(options):
    """Whether what is not there is a missing value."""
    return options["format"] == "jsonl" or options.get("header") == "all_files_different_headers"


def rare_members(options, known):
    """Of JSON lines: what no record of the sample has, and the user names both in `columns` and in `dtypes`. A name in one of
    the two may be misspelt."""
    if options["format"] != "jsonl":
        return []
    dtypes = dict_of(options.get("dtypes"))
    return [name for name in options.get("columns") or [] if name in dtypes and name not in known]


def kept(names, options, keys):
    """Of the names, those that `columns` and the dropped columns leave. In the place of a column that is named as a partition
    key stands that key's column (rule 3.6)."""
    columns, dropped = options.get("columns") or [], options.get("dropped_columns") or []
    require_known(columns, names + keys, "columns")
    require_known(dropped, names, "the columns to be dropped")
    wanted = [name for name in names if (not columns or name in columns) and name not in dropped and name not in keys]
    if not wanted:
        raise TableError(COLUMNS, "no column is left: the table has %s" % listed(names))
    return set(wanted)


def require_known(asked, names, key):
    known = [str(name) for name in names]
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1) or [
                other for other in known if other.strip().lower() == name.strip().lower()
            ]
            raise TableError(
                COLUMNS,
                "%s: there is no column '%s'%s The columns are: %s"
                % (key, name, "; did you mean '%s'?" % near[0] if near else ".", listed(known)),
            )


def dict_of(pairs):
    return dict(pairs or {})


def as_the_user_wants(column, options, samples):
    """The user's own type wins. With `on_type_error: null` every type has missing values, and so has that of a column that some
    files lack."""
    import prs_table_sample
    import prs_table_types as types

    asked = dict_of(options.get("dtypes")).get(str(column["name"]))
    if asked is not None:
        dtype = known_type(asked, column["name"])
        column = {"name": column["name"], "dtype": dtype, "user": True}
        if dtype.startswith("datetime64"):
            column["date_format"] = prs_table_sample.date_format(samples, column)
    is_lacking = asked is None and any(sample.is_lacking(column["name"]) for sample in samples)
    if options.get("on_type_error") == "null" or is_lacking:
        if types.integer_range(column["dtype"]):
            column["dtype"] = "float64"
        elif column["dtype"] == "bool":
            column.update(dtype="object", holds="bool")
    return dict(column, source="cell")


def known_type(asked, name):
    """pandas' own full name of a type that the user named."""
    from pandas.api.types import pandas_dtype

    if asked in ("datetime64", "datetime"):
        asked = "datetime64[ns]"
    try:
        dtype = pandas_dtype(asked)
    except (TypeError, ValueError, ImportError) as error:
        raise TableError(COLUMNS, "dtypes: column '%s': pandas does not know the type %s: %s" % (name, shown(asked), error)) from None
    kind = getattr(dtype, "kind", "O")
    if kind in "SVc" and not hasattr(dtype, "na_value"):
        raise TableError(COLUMNS, "dtypes: column '%s': the type %s cannot be read from a table" % (name, shown(asked)))
    return "object" if kind == "U" and not hasattr(dtype, "na_value") else str(dtype)


def further_columns(request, settled):
    """The path, and last the partition keys (rule 3.6)."""
    taken = {str(column["name"]) for column in settled}
    further = []
    if any(entry["options"].get("include_path_column") for entry in request["inputs"]):
        further.append({"name": "Path", "dtype": known_type("str", "Path"), "source": "path"})
    for key in request.get("partition_keys") or []:
        asked = dict_of(request["inputs"][0]["options"].get("dtypes")).get(key["name"])
        column = {"name": key["name"], "dtype": known_type(asked or key.get("dtype", "str"), key["name"]), "source": "key"}
        further.append(dict(column, user=True) if asked else column)
    for column in further:
        if column["name"] in taken:
            raise TableError(COLUMNS, "the table has a column '%s' already; leave it out with 'columns:'" % column["name"])
        taken.add(column["name"])
    return further


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
