"""Reading the repository's Markdown: which files there are, their headings, tables, links and sentences."""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_OURS = {".git", "build", "runs", "__pycache__", "seeds", ".library"}

FENCE = re.compile(r"^\s*(```|~~~)")
CODE_SPAN = re.compile(r"(`+)(.+?)\1", re.S)


def files(endings=None):
    """All files of the repository, or those with one of these endings."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("build"))
        for name in sorted(names):
            if endings is None or name.endswith(endings):
                yield os.path.join(folder, name)


def relative(path):
    return os.path.relpath(path, ROOT)


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def rules_text():
    return text_of(os.path.join(ROOT, "docs", "rules.md"))


def find(name):
    """The one file of the repository with this name, wherever it lies."""
    found = [path for path in files() if os.path.basename(path) == name]
    assert len(found) == 1, (name, found)
    return found[0]


def lines_without_code(text):
    """Line number and line of all that is no code block."""
    is_code = was_blank = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            is_code = not is_code
        elif not is_code and not (line.startswith("    ") and was_blank):
            yield number, line
        was_blank = not line.strip() or (was_blank and line.startswith("    "))


def anchors(text):
    """The anchors of the headings, made as GitHub makes them."""
    found = set()
    for _, line in lines_without_code(text):
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def links(text):
    """Line number and target of each link."""
    for number, line in lines_without_code(text):
        for found in re.finditer(r"\]\(([^)\s]+)\)", CODE_SPAN.sub("", line)):
            yield number, found.group(1)


def cells(line):
    """The cells of a table's row."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(text):
    """Each table as a list of rows, its head first."""
    rows = []
    for _, line in list(lines_without_code(text)) + [(0, "")]:
        if line.lstrip().startswith("|"):
            if not set(line.strip()) <= set("|-: "):
                rows.append(cells(line))
        elif rows:
            yield rows
            rows = []


def names_in(cell):
    """What stands in code font there."""
    return [found.group(2) for found in CODE_SPAN.finditer(cell)]


def paragraphs(text):
    """Line number and text of each paragraph and list item: no headings, tables or code blocks."""
    begin, words = 0, []
    for number, line in list(lines_without_code(text)) + [(0, "")]:
        is_prose = bool(line.strip()) and not line.startswith("#") and not line.lstrip().startswith("|")
        is_item = re.match(r"\s*([-*]|\d+\.) ", line)
        if words and (not is_prose or is_item):
            yield begin, " ".join(words)
            words = []
        if is_prose:
            begin = begin if words else number
            words.append(re.sub(r"^\s*([-*]|\d+\.) ", "", line).strip())


def sentences(paragraph):
    """The sentences of a paragraph. A name in code font counts as one word, and so does a list of such names."""
    plain = CODE_SPAN.sub("Code", paragraph)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = plain.replace("*", "")
    plain = re.sub(r"Code((, | and | or |, and |/| / )Code)+", "Code", plain)
    return [part.strip() for part in re.split(r"(?<=[.?!])[)\"]?\s+|:$", plain) if part.strip()]


def word_count(sentence):
    return len([word for word in sentence.split() if re.search(r"\w", word)])
