"""How long things may be: functions and files of the program, C++ and Python, and the room that needs MPI."""

import ast
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOST_LINES_OF_FUNCTION = 60
MOST_LINES_OF_FILE = 400
MOST_LINES_OF_MPI = 1500
# A type or a namespace begins like this; all else that opens a brace in the first column is a function.
NO_FUNCTION = re.compile(r"^(inline )?(namespace|class|struct|enum|union|extern|template|constexpr|const|static const)\b|=\s*\{$|^\S+\{$")


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


class Sizes(unittest.TestCase):
    def test_no_function_is_too_long(self):
        wrong = []
        for path in files(".cpp", "src", "mpi"):
            wrong += [(path, at, count) for at, count in cpp_functions(lines_of(path)) if count > MOST_LINES_OF_FUNCTION]
        for path in files(".py", "src", "scripts", "tests", "benchmarks"):
            tree = ast.parse("\n".join(lines_of(path)))
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    count = node.end_lineno - node.lineno + 1
                    if count > MOST_LINES_OF_FUNCTION:
                        wrong.append((path, node.lineno, count))
        self.assertEqual(wrong, [], "a function has more than %d lines" % MOST_LINES_OF_FUNCTION)

    def test_no_file_is_too_long(self):
        counts = {path: len(lines_of(path)) for path in files((".cpp", ".hpp", ".py"), "src", "mpi", "include")}
        self.assertEqual({path: count for path, count in counts.items() if count > MOST_LINES_OF_FILE}, {})

    def test_little_needs_mpi(self):
        self.assertLessEqual(sum(len(lines_of(path)) for path in files((".cpp", ".hpp"), "mpi")), MOST_LINES_OF_MPI)

    def test_it_sees_functions(self):
        """Else the other tests would prove nothing."""
        seen = [count for path in files(".cpp", "src/farm") for _, count in cpp_functions(lines_of(path))]
        self.assertGreater(len(seen), 100)
        self.assertEqual(list(cpp_functions(["namespace x {", "void f() {", "}", "int Y::g(int a) const {", "  a;", "}", "}"])), [(2, 2), (4, 3)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
