"""Random tables, as cells: written to many files in many ways, and once in the plainest way for pandas to read whole."""

import csv
import gzip
import io
import json
import random

WORDS = ("a", "Zürich", "naïve", "x y", " lead", "trail ", "NA", "null", "1e5", "True", "it's", "-", "0x1F", '"', "日本", "𝄞")
ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be", "latin1": "latin-1"}
ENCODINGS["windows-1252"] = "cp1252"


def number(chance):
    value = chance.random() * 10 ** chance.randint(-6, 9)
    return chance.choice([repr(value), "%.3f" % value, "%.2e" % value, "inf", ".5", "1.", "+2.5", "7"])


KINDS = {
    "whole": lambda chance: str(chance.randint(-(10**12), 10**12)),
    "whole_or_missing": lambda chance: chance.choice(["", "NA", str(chance.randint(-1000, 1000))]),
    "number": number,
    "number_or_missing": lambda chance: chance.choice(["", "nan", number(chance)]),
    "boolean": lambda chance: chance.choice(["True", "False", "true", "FALSE"]),
    "missing": lambda chance: chance.choice(["", "NA"]),
    "date": lambda chance: "2020-%02d-%02d" % (chance.randint(1, 12), chance.randint(1, 28)),
    "text": lambda chance: "".join(chance.choice(WORDS + (",", ";", "\t", "|", "")) for _ in range(chance.randint(0, 4))),
}


class RandomTable:
    """`names`, and `rows` of cells as texts. write() gives the files of one input, in its order."""

    def __init__(self, chance):
        self.chance = chance
        kinds = [chance.choice(list(KINDS) + ["text"] * 4) for _ in range(chance.choice([1, 2, 3, 6]))]
        self.names = [chance.choice(["a", "Größe", "q u", "x.1"]) + str(place) for place in range(len(kinds))]
        self.kinds = kinds
        self.rows = []

    def new_rows(self, encoding):
        """More rows, which this encoding can write. They belong to the table from now on."""
        count = self.chance.choice([0, 1, 2, 20, 150])
        rows = []
        for _ in range(count):
            cells = [KINDS[kind](self.chance) for kind in self.kinds]
            rows.append([cell.encode(encoding, "ignore").decode(encoding) for cell in cells])
        self.rows += rows
        return rows

    def file(self, options):
        """The bytes of a file with new rows, as the options of its input say."""
        chance, delimiter, encoding = self.chance, options["delimiter"], ENCODINGS[options["encoding"]]
        ends = chance.choice([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"]])
        lines = [self.line(self.names, delimiter)] if options["header"] else []
        lines += [self.line(row, delimiter) for row in self.new_rows(encoding)]
        text = "".join(self.blank_lines(ends) + line + chance.choice(ends) for line in lines)
        if chance.random() < 0.3:
            text = text.rstrip("\r\n")
        if options["encoding"] == "utf-8" and chance.random() < 0.3:
            text = "\ufeff" + text
        return text.encode(encoding)

    def blank_lines(self, ends):
        if self.chance.random() > 0.05:
            return ""
        return self.chance.choice(["", "  "]) + ends[0]

    def line(self, cells, delimiter):
        return delimiter.join(self.cell(cell, delimiter, len(cells) == 1) for cell in cells)

    def cell(self, text, delimiter, is_alone):
        chance = self.chance
        needs_quotes = delimiter in text or text.startswith('"') or (is_alone and not text.strip(" \t"))
        if not needs_quotes and chance.random() > 0.2:
            return text
        split = chance.choice([len(text)] * 3 + [chance.randint(0, len(text))])
        rest = text[split:]
        if delimiter in rest or rest.startswith('"'):
            split, rest = len(text), ""
        return '"%s"' % text[:split].replace('"', '""') + rest

    def new_options(self):
        """Of an input: what a run's inputs may differ in."""
        chance = self.chance
        return {
            "delimiter": chance.choice([",", ";", "\t", "|"]),
            "encoding": chance.choice(["utf-8"] * 3 + list(ENCODINGS)),
            "header": True,
        }

    def whole(self):
        """All rows in the plainest form."""
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([self.names] + self.rows)
        return text.getvalue()


VALUES = {
    "whole": lambda chance: chance.randint(-(10**12), 10**12),
    "number": lambda chance: chance.choice([chance.random() * 10 ** chance.randint(-6, 9), 1e300, -2.5]),
    "boolean": lambda chance: chance.random() < 0.5,
    "text": lambda chance: "".join(chance.choice(WORDS + ("\n", "\r", "\\")) for _ in range(chance.randint(0, 4))),
    "date": lambda chance: "2020-01-%02d" % chance.randint(1, 28),
    "nested": lambda chance: chance.choice([[1, "b"], {"c": None}, []]),
    "number_or_null": lambda chance: chance.choice([None, 0.25, 1e10]),
    "text_or_null": lambda chance: chance.choice([None, "t"]),
}


class RandomLines:
    """JSON lines: objects, of which some lack a member."""

    def __init__(self, chance):
        self.chance = chance
        self.kinds = {name: chance.choice(list(VALUES)) for name in ["a", "Größe", "q u", "x.1"][: chance.randint(1, 4)]}
        self.rows = []

    def file(self, encoding):
        chance, lines = self.chance, []
        for _ in range(chance.choice([0, 1, 20, 150])):
            row = {name: VALUES[kind](chance) for name, kind in self.kinds.items()}
            if len(self.rows) > 0 and chance.random() < 0.1:  # the first one settles the order of the columns
                row = {name: value for name, value in row.items() if not self.kinds[name].endswith("_or_null")} or row
            self.rows.append(row)
            lines.append(json.dumps(row, ensure_ascii=chance.random() < 0.5))
        end = chance.choice(["\n", "\r\n"])
        text = "".join(("" if chance.random() > 0.05 else chance.choice(["", " "]) + end) + line + end for line in lines)
        if chance.random() < 0.3:
            text = text.rstrip("\r\n")
        return text.encode(encoding)

    def whole(self):
        return "".join(json.dumps(row) + "\n" for row in self.rows)


def chance_of(seed):
    return random.Random(seed)


def compressed(content):
    return gzip.compress(content, mtime=0)
