"""What the tests of tables share: random delimited text, its schema and its reader. For an interpreter with pandas."""

import io
import os
import random
import re
import tempfile

import pandas

import prs_table_schema
import prs_tables
from prs_table_piece import HEXADECIMAL, LONE_RETURN, ZERO_BYTE, Piece

LINE_ENDS = ("\n", "\r\n", "\r")
WORDS = ("a", "Zürich", "日本", "x y", " lead", "trail ", "NA", "null", "0x1F", "1e5", "True", "it's", "tab\there", "-")
WORDS += ("\u00a0", "\ufeffmark")


def seed_of_test(default):
    """PRS_TEST_SEED runs another one."""
    return int(os.environ.get("PRS_TEST_SEED", default))


def text_cell(chance, delimiter, multi_line):
    text = "".join(chance.choice(WORDS + ('"', delimiter, "")) for _ in range(chance.randint(0, 3)))
    if multi_line and chance.random() < 0.2:
        text += chance.choice(LINE_ENDS) + chance.choice(WORDS)
    if any(mark in text for mark in '"\r\n' + delimiter) or chance.random() < 0.1:
        return '"%s"' % text.replace('"', '""') + (chance.choice(["", "", "", "after"]))
    return text + chance.choice(["", "", "", 'q"uote'])


def number(chance):
    value = chance.random() * 10 ** chance.randint(-12, 12)
    return chance.choice([repr(value), "%.3f" % value, "%.2e" % value, "%d" % value, "inf", "-Infinity", ".5", "1.", "+2.5", " 7 "])


KINDS = {
    "int": lambda chance: chance.choice(["%d", "%d", " %d", "%d ", "+%d", "00%d"]) % chance.randint(0, 10**12),
    "negative": lambda chance: str(chance.randint(-(2**63), 2**63 - 1)),
    "int_or_missing": lambda chance: chance.choice(["", "NA", str(chance.randint(-1000, 1000))]),
    "unsigned": lambda chance: str(chance.randint(0, 2**64 - 1)),
    "long": lambda chance: str(chance.randint(10**19, 10**30)),
    "float": number,
    "float_or_missing": lambda chance: chance.choice(["", "nan", "null", number(chance)]),
    "bool": lambda chance: chance.choice(["True", "False", "true", "FALSE"]),
    "bool_or_missing": lambda chance: chance.choice(["True", "False", ""]),
    "missing": lambda chance: chance.choice(["", "NA"]),
    "date": lambda chance: "2020-%02d-%02d" % (chance.randint(1, 12), chance.randint(1, 28)),
    "mixed": lambda chance: chance.choice(["", "1", "2.5", "True", "text"]),
}  # fmt: skip


class Case:
    """A random file: `header` and `records` are bytes, each with its line end (but the last one may lack it)."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.chance = chance
        self.delimiter = chance.choice(",;\t| ")
        self.multi_line = chance.random() < 0.5
        self.kinds = [chance.choice(list(KINDS) + ["text"] * 6) for _ in range(chance.choice([1, 2, 3, 5, 9]))]
        names = [chance.choice(["a", "b", "Größe", "", '"q"', "x.1"]) for _ in self.kinds]
        if len(names) == 1:
            names = ["only"]
        ends = chance.choice([("\n",), ("\r\n",), ("\r",), LINE_ENDS])
        self.header = (self.delimiter.join(names) + chance.choice(ends)).encode()
        self.records = [self.record(ends) for _ in range(chance.choice([1, 2, 7, 40, 300]))]
        if chance.random() < 0.3:
            self.records[-1] = self.records[-1].rstrip(b"\r\n") or b"1"

    def record(self, ends):
        chance = self.chance
        if chance.random() < 0.03 and "\n" in ends:  # after a blank line that ends with \r alone, pandas loses a delimiter
            return chance.choice([b"", b"   " if self.delimiter != " " else b""]) + b"\n"
        cells = [
            text_cell(chance, self.delimiter, self.multi_line) if kind == "text" else KINDS[kind](chance) for kind in self.kinds
        ]
        if chance.random() < 0.02:
            cells = cells[: chance.randint(1, len(cells))]
        if "\r" in ends:  # pandas before version 3 makes a record of its own of blanks after a \r
            cells[0] = cells[0].lstrip(" \t")
        if self.delimiter == " ":
            cells = [cell if cell.startswith('"') else cell.strip(" ").replace(" ", "_") for cell in cells]
        return (self.delimiter.join(cells) + chance.choice(ends)).encode()

    def pieces(self):
        """Stretches of whole records, with the offset of each."""
        offset, at = len(self.header), 0
        while at < len(self.records):
            count = self.chance.choice([1, 2, 5, 50, 500])
            piece = b"".join(self.records[at : at + count])
            yield offset, piece
            offset += len(piece)
            at += count

    def options(self, **options):
        return dict(
            {"delimiter": self.delimiter, "support_multi_line": self.multi_line},
            **options,
        )

    def whole(self, settled):
        """What pandas makes of the whole file, by its own inference; but for two odd things, where it is asked for the settled
        types: it rounds integers beside missing values in two ways, and empties missing cells beside those beyond int64."""
        text = self.header + b"".join(self.records)
        arguments = {"sep": self.delimiter, "low_memory": False, "index_col": False}
        whole = pandas.read_csv(io.BytesIO(text), **arguments)
        odd = ("negative", "int", "int_or_missing", "unsigned", "long")
        dtypes = {place: column["dtype"] for place, (column, kind) in enumerate(zip(settled, self.kinds))
                  if kind in odd and column["dtype"] in ("float64", "object", "str") and "holds" not in column}  # fmt: skip
        asked = pandas.read_csv(io.BytesIO(text), dtype=dtypes, header=0, names=range(len(self.kinds)), **arguments)
        for place in dtypes:
            whole[whole.columns[place]] = asked[place]
        return whole


def schema_of(samples, partition_keys=(), **options):
    """`samples` are (header or None, records), as bytes; all of one input."""
    return prs_table_schema.settle(request_of(samples, partition_keys, **options))


def request_of(samples, partition_keys=(), header_mode="all_files_same_headers", **options):
    options = dict({"format": "delimited", "header": header_mode}, **options)
    files = []
    for number_of_file, (header, records) in enumerate(samples):
        files.append(
            {
                "path": "/data/%d.csv" % number_of_file,
                "file": kept_file(records),
                "header": None if header is None else header.decode("latin-1"),
            }
        )
    return {"inputs": [{"options": options, "samples": files}], "partition_keys": list(partition_keys)}


_folders = []


def kept_file(content):
    """A file that lies there until the process ends."""
    if not _folders:
        _folders.append(tempfile.TemporaryDirectory())
    handle, path = tempfile.mkstemp(dir=_folders[0].name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path


def traits_of(text):
    """As the loader tells them (dataset/text_traits.hpp)."""
    text = bytes(text)
    traits = ZERO_BYTE if b"\0" in text else 0
    if re.search(b"\r(?!\n)", text):
        traits |= LONE_RETURN
    if re.search(b"0[xX]", text):
        traits |= HEXADECIMAL
    return traits


def frame_of(reader, records, path, byte_offset, partition_values=None, header=None):
    """The DataFrame of records that begin at `byte_offset` of one file."""
    piece = Piece(path, byte_offset, len(records), 0, header, traits_of(records))
    return reader.frame_of_pieces(memoryview(records), 0, [piece], partition_values)


def read(schema, pieces, path="/data/0.csv", **more):
    """The concatenation of what the script gets of (offset, records) pairs."""
    reader = prs_tables.TableReader(schema)
    frames = [frame_of(reader, bytes(piece), path, offset, **more) for offset, piece in pieces]
    for frame in frames:
        assert list(frame.index) == list(range(len(frame)))
        assert [str(dtype) for dtype in frame.dtypes] == [str(dtype) for dtype in frames[0].dtypes], frame.dtypes
    frames = [frame for frame in frames if len(frame)] or frames[:1]
    return pandas.concat(frames, ignore_index=True)
