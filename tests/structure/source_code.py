"""Reading the program's sources: which files there are, how long their functions are, what their classes hold.

It knows C++ as clang-format lays it out and as it is written here. It is no parser of C++.
"""

import os
import re
from typing import NamedTuple

from documents import ROOT

CPP = (".cpp", ".hpp")
PROGRAM = ("src", "include", "mpi")
# A type or a namespace begins like this; all else that opens a brace in the first column is a function.
NO_FUNCTION = re.compile(r"^(inline )?(namespace|class|struct|enum|union|extern|template|constexpr|const|static const)\b|=\s*\{$|^\S+\{$")

# The group is a literal; the others are comments and lines of the preprocessor.
NO_CODE = re.compile(r"(R\"\((?:.|\n)*?\)\"|\"(?:\\.|[^\"\\\n])*\"|(?<!\w)'(?:\\.|[^'\\\n])*')"
                     r"|//[^\n]*|/\*(?:.|\n)*?\*/|^[ \t]*#[^\n]*", re.M)
TYPE = re.compile(r"(?<!enum )\b(class|struct) ([\w:]+)(?: final)?(?:\s*:[^;{}]*)?\s*\{")
HIDING = re.compile(r"\b(?:private|protected)\s*:")
LABEL = re.compile(r"\b(?:public|private|protected)\s*:(?!:)|\[\[.*?\]\]")
NO_MEMBER = re.compile(r"\b(?:using|typedef|friend|static|enum|class|struct|union|static_assert|operator)\b")
FUNCTION_POINTER = re.compile(r"\(\*(\w+)\)\([^()]*\)")


def files(endings, *tops):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.join(folder, name)


def lines_of(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read().splitlines()


def cpp_functions(lines):
    """(first line, how many): as clang-format lays them out, a function ends with a brace in the first column."""
    begin = None
    for number, line in enumerate(lines, 1):
        if begin is None:
            if line.endswith("{") and not line[:1].isspace() and not NO_FUNCTION.search(line):
                begin = number
        elif line.startswith("}"):
            yield begin, number - begin + 1
            begin = None


class CppType(NamedTuple):
    name: str
    is_class: bool  # it has a part that is not public, or a member function; else it is a record
    data_members: int


def cpp_types(text):
    """All classes and structs, also those inside of others and of functions. Members of bases are theirs."""
    code = NO_CODE.sub(lambda found: "0" if found.group(1) else " ", text)
    for head in TYPE.finditer(code):
        body = emptied(FUNCTION_POINTER.sub(r" \1", first_block(code[head.end() - 1:])), "{}")
        is_hiding = head.group(1) == "class" or HIDING.search(body) is not None
        name = head.group(2).split("::")[-1]
        members = [member for member in statements(body) if not NO_MEMBER.search(member)]
        functions = [member for member in members if "(" in re.split("[={]", member)[0]]
        data = [member for member in members if member not in functions]
        has_function = any(not re.search(r"\b%s\(" % name, function) for function in functions)
        yield CppType(name, is_hiding or has_function, sum(1 + member.count(",") for member in data))


def statements(body):
    """The declarations in a class, with nothing in their brackets."""
    flat = LABEL.sub(" ", emptied(body, "()"))
    while flat != (flat := re.sub(r"<[^<>;]*>", "", flat)):
        pass
    # A function's body needs no semicolon behind it; braces in a list of initialisers are followed by more of it.
    ended = re.sub(r"(\([^;]*?\{\})(?=\s*[^\s,;{])", r"\1;", flat)
    return [statement.strip() for statement in ended.split(";") if statement.strip()]


def first_block(text):
    """What stands between the first brace and the one that closes it."""
    depth = 0
    for place in re.finditer(r"[{}]", text):
        depth += 1 if place.group() == "{" else -1
        if depth == 0:
            return text[1:place.start()]
    raise ValueError("a brace is not closed")


def emptied(text, brackets):
    """The text without what stands in these brackets."""
    kept, depth = [], 0
    for character in text:
        depth -= character == brackets[1]
        if depth == 0:
            kept.append(character)
        depth += character == brackets[0]
    return "".join(kept)
