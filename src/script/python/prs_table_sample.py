"""The samples of one input, and the types that pandas finds in those of all inputs joined. Used by prs_table_schema only, and
imports pandas."""

import collections
import io
import json
import warnings

import pandas
from pandas.api.types import infer_dtype

import prs_table_hdf5
import prs_table_parquet
from prs_table_delimited import DelimitedReader, Layout, header_names
from prs_table_error import COLUMNS, TableError, listed
from prs_table_lines import readable_objects
from prs_table_places import explain, readable_parts

_FAILURES = (ValueError, TypeError, OverflowError)


class Sample:
    """The rows of one input's samples. `names` are the columns as in its files; `frame` has cells as texts where `is_text`,
    else values. `array`: of HDF5 files with arrays, what a row is. `lacking` are the columns that some of its files do not
    have."""

    def __init__(self, path, names, frame, is_text, array=None, lacking=()):
        self.path = path
        self.array = array
        self.names = names
        self.frame = frame
        self.is_text = is_text
        self.lacking = set(lacking)

    def is_lacking(self, name):
        """Whether files of this input have missing values for that column, all of them."""
        return name in self.lacking or str(name) not in map(str, self.names)


def read(options, samples):
    """The Sample of one input, or None where nothing tells its columns: its files have no records. Raises TableError."""
    samples = [
        {key: value.encode("latin-1") if isinstance(value, str) else value for key, value in sample.items()}
        for sample in samples
    ]
    readers = {"delimited": _delimited, "jsonl": _json_lines, "parquet": _parquet, "hdf5": _hdf5}
    frames = readers[options["format"]](options, samples) if samples else []
    if not frames:
        return None
    path = samples[0]["path"].decode("utf-8", "backslashreplace")
    frame = pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    array = prs_table_hdf5.array_of(_content(samples[0]["file"])) if options["format"] == "hdf5" else None
    return Sample(path, list(frame.columns), frame, options["format"] == "delimited", array, _lacking(options, samples))


def _lacking(options, samples):
    """The columns that not all files have."""
    if options.get("header") != "all_files_different_headers":
        return set()
    headers = [_names_or_none(sample["header"], options.get("delimiter", ",")) for sample in samples]
    headers = [set(names) for names in headers if names]
    return set.union(*headers) - set.intersection(*headers)


def _delimited(options, samples):
    """The cells of all samples, or nothing where none has names of columns. Raises TableError."""
    mode = options.get("header", "all_files_same_headers")
    delimiter = options.get("delimiter", ",")
    if mode == "no_header":
        width = _width([_content(sample["file"]) for sample in samples], delimiter)
        return _readable_texts(options, [_numbered(options, width)] * len(samples), samples) if width else []
    with_header = [sample for sample in samples if sample.get("header") is not None]
    if mode == "from_first_file":
        return _readable_texts(options, [_first_names(samples, with_header, delimiter)] * len(samples), samples)
    if not with_header:
        return []
    if mode == "all_files_different_headers":
        return _texts_of_own_headers(options, with_header, delimiter)
    samples = _of_most_files(with_header, delimiter)
    return _readable_texts(options, [header_names(samples[0]["header"], delimiter)] * len(samples), samples)


def _first_names(samples, with_header, delimiter):
    """The columns that the first file names for all. Raises TableError."""
    names = _names_or_none(with_header[0]["header"], delimiter) if with_header else None
    if not names:
        raise TableError(
            COLUMNS,
            "%s: this is the first file of an input with 'header: from_first_file', and it has no header record that can be read; "
            "mend it, or take it out of the input's 'path'" % _shown(samples[0]["path"]),
        )
    return list(names)


def _texts_of_own_headers(options, samples, delimiter):
    """Each by its own names. Files whose header cannot be read fail their own mini-batches only. Raises TableError."""
    all_names = [_names_or_none(sample["header"], delimiter) for sample in samples]
    readable = [(list(names), sample) for names, sample in zip(all_names, samples) if names]
    if not readable:
        raise _unreadable_header(samples[0])
    frames = _readable_texts(options, [names for names, _ in readable], [sample for _, sample in readable])
    union_of_names = list(dict.fromkeys(name for names, _ in readable for name in names))
    with_rows = [frame for frame in frames if len(frame)]
    return [frame.reindex(columns=union_of_names).astype("object") for frame in with_rows or frames[:1]]


def _unreadable_header(sample):
    return TableError(COLUMNS, "%s: the header record cannot be read" % _shown(sample["path"]))


def _content(path):
    with open(path, "rb") as file:
        return file.read()


def _numbered(options, width):
    if options.get("unnamed_columns") == "Column":
        return ["Column%d" % number for number in range(1, width + 1)]
    return list(range(width))


def _width(contents, delimiter):
    """How many cells the first record has: pandas takes as many columns. 0: there is none."""
    for content in contents:
        if content.strip():
            return len(pandas.read_csv(io.BytesIO(content), sep=delimiter, header=None, nrows=1, index_col=False).columns)
    return 0


def _of_most_files(samples, delimiter):
    """The samples of the files that have the same columns, where these are most files: one of another kind among many fails
    its own mini-batches only. Raises TableError where it is not plain which columns the run has."""
    names = {sample["path"]: _names_or_none(sample["header"], delimiter) for sample in samples}
    kinds = collections.Counter(names.values())
    common, count = kinds.most_common(1)[0]
    if common is None:
        raise _unreadable_header(samples[0])
    if 2 * count <= len(names) and len(kinds) > 1:
        other = next(path for path in names if names[path] != common)
        one = next(path for path in names if names[path] == common)
        raise TableError(
            COLUMNS,
            "%s has the columns %s, and %s has %s; with files of different columns, set 'header: all_files_different_headers'"
            % (_shown(other), listed(names[other] or ["?"]), _shown(one), listed(common)),
        )
    return [sample for sample in samples if names[sample["path"]] == common]


def _names_or_none(header, delimiter):
    try:
        return tuple(header_names(header, delimiter))
    except _FAILURES:
        return None


def _shown(path):
    return path.decode("utf-8", "backslashreplace")


def _readable_texts(options, all_names, samples):
    """The cells of all samples as texts, but for broken records: these cost their own mini-batches later. Raises TableError where
    nothing can be read."""
    frames, errors = [], []
    for names, sample in zip(all_names, samples):
        try:
            frames.append(_texts(options, names, _content(sample["file"]), sample))
        except TableError as error:
            errors.append(error)
    if errors and not any(len(frame) for frame in frames):
        raise errors[0]
    return frames


def _texts(options, names, content, sample):
    """The cells of one sample as texts."""
    cells = [{"name": name, "dtype": "object"} for name in names]
    reader = DelimitedReader(Layout(dict(options, empty_as_string=False), cells, list(range(len(names))), len(names)))
    try:
        frame = reader.texts(content)
    except _FAILURES as error:
        parts = [part for part in readable_parts(reader.layout, reader.texts, content) if len(part)]
        if not parts:
            encoding, begin = options.get("encoding", "utf-8"), sample.get("begin", 0)
            raise explain(reader, reader.texts, content, _shown(sample["path"]), begin, encoding, error) from None
        frame = pandas.concat(parts, ignore_index=True)
    if not len(frame):
        frame = pandas.DataFrame({place: [] for place in range(len(names))}, dtype="object")
    frame.columns = pandas.Index(names, dtype=None)
    return frame


def _json_lines(options, samples):
    rows, errors = [], []
    for sample in samples:
        content = _content(sample["file"])
        found = readable_objects(content, _shown(sample["path"]), sample.get("begin", 0), errors)
        rows += _of_valid_text(found) if b"\\ud" in content.lower() else found
    if not rows and errors:
        raise errors[0]
    if not rows:
        return []
    frame = pandas.DataFrame(rows)
    with warnings.catch_warnings():  # that a type may change by it
        warnings.simplefilter("ignore")
        return [frame.fillna(float("nan"))]  # as read_json does: before pandas 3, a column of nulls alone becomes float64


def _of_valid_text(rows):
    """Without those that have half a character of UTF-16, as "\\ud800": not every type of text takes it. They cost their own
    mini-batches later."""
    found = []
    for row in rows:
        try:
            json.dumps(row, ensure_ascii=False).encode("utf-8")
            found.append(row)
        except UnicodeEncodeError:
            pass
    return found


def _parquet(options, samples):
    """No values, only the types, which the first file settles. An integer or boolean column has missing values where one of the
    files says so."""
    files = [prs_table_parquet.opened(sample["file"]) for sample in samples]
    empty = files[0].schema_arrow.empty_table()
    frame = empty.to_pandas(ignore_metadata=True)[prs_table_parquet.own_columns(files[0])]
    as_written = empty.to_pandas().reset_index()  # an index with a name is a column like others
    for name in frame.columns:
        if name in as_written.columns:
            frame[name] = as_written[name]
        kind = str(frame[name].dtype).rstrip("0123456789")
        with_missing = {"int": "float64", "uint": "float64", "bool": "object"}.get(kind)
        if with_missing and any(_has_missing(file.metadata, name) for file in files):
            frame[name] = frame[name].astype(with_missing)
    return [frame]


def _hdf5(options, samples):
    """No values, only the types, which the first file settles."""
    return [prs_table_hdf5.empty_frame_of(_content(samples[0]["file"]))]


def _has_missing(metadata, name):
    places = [place for place in range(metadata.num_columns) if metadata.schema.column(place).path == name]
    for place in places:
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(place).statistics
            if statistics is not None and statistics.null_count:
                return True
    return False


def union(samples):
    """All names in the order of their first appearance."""
    return list(dict.fromkeys(name for sample in samples for name in sample.names))


def settled_types(samples, names):
    """[{"name", "dtype", …}] of the columns, as pandas finds them in all samples joined."""
    texts = [sample.frame for sample in samples if sample.is_text]
    frames = [sample.frame for sample in samples if not sample.is_text]
    if texts:
        frames.append(_inferred(pandas.concat(texts, ignore_index=True) if len(texts) > 1 else texts[0]))
    frame = pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    return [_settled(name, frame[name], bool(texts)) for name in names]


def _inferred(texts):
    """The same cells in the types that read_csv finds for the whole."""
    if not len(texts):
        return texts
    names = texts.columns
    text = texts.to_csv(header=False, index=False, quoting=1)  # all quoted, and missing ones are empty
    frame = pandas.read_csv(
        io.StringIO(text), header=None, names=list(range(len(names))), low_memory=False, skip_blank_lines=False
    )
    frame.columns = names
    return frame


def _settled(name, series, of_texts):
    column = {"name": name, "dtype": str(series.dtype)}
    if isinstance(series.dtype, pandas.CategoricalDtype):
        column["dtype"] = "category"
    if of_texts and column["dtype"] == "object":
        kind = {"boolean": "bool", "integer": "int"}.get(infer_dtype(series, skipna=True))
        if kind:
            column["holds"] = kind
    return json.loads(json.dumps(column))


def date_format(samples, column):
    """What pandas.to_datetime gets for a column of dates: the format of the first one where all in the sample have it. So
    01/02/2020 means the same in every mini-batch."""
    for sample in samples:
        if column["name"] in sample.frame.columns:
            values = sample.frame[column["name"]].dropna()
            break
    else:
        return None
    texts = [value for value in values.tolist() if isinstance(value, str)]
    guessed = _guessed_format(texts[0]) if texts else None
    for candidate in [guessed] if guessed else []:
        if _all_have(texts, candidate):
            return candidate
    if not texts or int(pandas.__version__.split(".")[0]) < 2:
        return None
    return "ISO8601" if _all_have(texts, "ISO8601") else "mixed"


def _all_have(texts, form):
    try:
        pandas.to_datetime(pandas.Series(texts, dtype="object"), format=form, utc=True)
    except (ValueError, TypeError):
        return False
    return True


def _guessed_format(text):
    try:
        from pandas.tseries.api import guess_datetime_format
    except ImportError:  # before pandas 2
        from pandas._libs.tslibs.parsing import guess_datetime_format
    with warnings.catch_warnings():  # that a day can only be the first number of a date
        warnings.simplefilter("ignore")
        return guess_datetime_format(text)
