"""The code blocks of a Markdown page: which are files, which are commands, and which of these are not run, and why.

    ```python, ```yaml … below a line that ends in a colon and names a file in code font: the text of that file
    an indented block, or ```sh without a file's name: commands
    ``` whose first line begins with "$ ": commands, each with what it shows
    any other block is shown only

A comment in the line before a block of commands lets it off: <!-- not run: REASON -->, or <!-- run with: PROGRAM -->, which
runs it where there is that program.
"""

import re
import textwrap
from typing import NamedTuple

FENCE = re.compile(r"^\s*```(\w*)\s*$")
FILE_NAME = re.compile(r"`([\w./-]+\.(?:py|yaml|sbatch|sh|txt))`.*:$")
MARK = re.compile(r"^<!-- (not run|run with): (.+) -->$")


class Block(NamedTuple):
    line: int  # of its first line of text, from 1
    kind: str  # "file", "commands", "console", "shown"
    name: str  # of a file
    text: str
    not_run: str  # why; empty: it is run
    run_with: str  # the program that it needs; empty: what every machine has


def blocks(text):
    """All code blocks of a page, in order."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if FENCE.match(lines[i]))
            yield _block(lines, at + 1, end, at, fence.group(1))
            at = end + 1
        elif lines[at].startswith("    ") and (at == 0 or not lines[at - 1].strip()) and not _is_in_list(lines, at):
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            yield _block(lines, at, end, at, None)
            at = end
        else:
            at += 1


def _is_in_list(lines, at):
    """Whether the paragraph before belongs to a list: then four blanks are its indentation."""
    before = next((line for line in reversed(lines[:at]) if line.strip()), "")
    return bool(re.match(r"\s*([-*]|\d+\.) |  \S", before))


def _block(lines, begin, end, top, language):
    """The block of these lines; `top` is its first line with the fence. An indented block has no language: None."""
    text = textwrap.dedent("\n".join(lines[begin:end])).rstrip("\n") + "\n"
    before = [line for line in lines[:top] if line.strip()]
    mark = MARK.match(before[-1].strip()) if before else None
    if mark:
        before.pop()
    name = FILE_NAME.search(before[-1].rstrip()) if language and before else None
    if name:
        kind = "file"
    elif text.startswith("$ "):
        kind = "console"
    else:
        kind = "commands" if language in (None, "sh") else "shown"
    reasons = {mark.group(1): mark.group(2)} if mark else {}
    return Block(begin + 1, kind, name.group(1) if name else "", text, reasons.get("not run", ""), reasons.get("run with", ""))


def steps(console):
    """The commands of a console, each with the lines that it shows."""
    return [(step.splitlines()[0], step.splitlines()[1:]) for step in ("\n" + console).split("\n$ ")[1:]]
