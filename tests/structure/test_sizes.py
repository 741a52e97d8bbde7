"""How long functions and files of the program may be, C++ and Python; how much a class may hold; how much may need MPI."""

import ast
import unittest

from documents import relative, text_of
from source_code import CPP, PROGRAM, cpp_functions, cpp_types, files, lines_of

MOST_LINES_OF_FUNCTION = 60
MOST_LINES_OF_FILE = 400
MOST_LINES_OF_MPI_FILE = 350
MOST_LINES_OF_MPI = 1500
MOST_DATA_MEMBERS = 15


def types_of(code):
    """Name → (is it a class, data members)."""
    return {found.name: (found.is_class, found.data_members) for found in cpp_types(code)}


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
        counts = {path: len(lines_of(path)) for path in files(CPP + (".py",), *PROGRAM)}
        self.assertEqual({path: count for path, count in counts.items() if count > MOST_LINES_OF_FILE}, {})

    def test_little_needs_mpi(self):
        counts = {path: len(lines_of(path)) for path in files(CPP, "mpi")}
        self.assertLessEqual(sum(counts.values()), MOST_LINES_OF_MPI)
        self.assertEqual({path: count for path, count in counts.items() if count > MOST_LINES_OF_MPI_FILE}, {})

    def test_no_class_holds_too_much(self):
        """A type is a class where it hides something or has a member function; constructors, operators and static
        functions alone leave it a record, whose members are its very sense."""
        wrong = [(relative(path), found.name, found.data_members) for path in files(CPP, *PROGRAM)
                 for found in cpp_types(text_of(path)) if found.is_class and found.data_members > MOST_DATA_MEMBERS]
        self.assertEqual(wrong, [], "a class has more than %d data members" % MOST_DATA_MEMBERS)


class Reading(unittest.TestCase):
    """The sources are understood. Else the other tests would prove nothing."""

    def test_it_sees_what_makes_a_class(self):
        self.assertEqual(types_of("class A { int a; };"), {"A": (True, 1)})
        self.assertEqual(types_of("struct A { int a_ = 0, b_{1};\n private:\n int c_; };"), {"A": (True, 3)})
        self.assertEqual(types_of("struct A { std::string text() const; int a; };"), {"A": (True, 1)})
        record = "struct A { A(int x) : a{x}, b(x) {} static A of(int x); bool operator==(const A&) const = default; int a, b; };"
        self.assertEqual(types_of(record), {"A": (False, 2)})

    def test_it_sees_data_members_of_all_kinds(self):
        for member in ("int a;", "int a = f(1, 2);", "int a[3];", "std::map<int, std::pair<int, int>> a;",
                       "std::function<bool(int, const A&)> a = [](int, const A&) { return x, y; };",
                       "int (*a)(MPI_Comm, int* b);", "const B* const a = nullptr;", "std::atomic<int> a{1};",
                       "std::size_t a = std::size_t{1} << 30;", "char a = ';';  // int b;", 'std::string a = "// int b; {";'):
            self.assertEqual(types_of("class A {\n%s\n};" % member), {"A": (True, 1)}, member)

    def test_it_sees_what_is_no_data_member(self):
        for other in ("int a() const { int b; return b; }", "virtual void a(int b = 1) = 0;", "using B = int;",
                      "static constexpr int b = 1;", "enum class B { b, c };", "friend class B;", "#define B int b;",
                      "explicit A(int b) : B(b), b_{1}, c_(2) { int c; }", "/* int b; */", "A(const A&) = delete;",
                      "template <typename B> void a(B b) { b; }", "bool operator()(int b) const;"):
            self.assertEqual(types_of("class A {\n%s\nint a_; };" % other), {"A": (True, 1)}, other)

    def test_it_sees_types_inside_of_types(self):
        code = "class A final : public B<int> { struct C { int a, b; }; C c_; };\nnamespace { class D { int e_; }; }"
        self.assertEqual(types_of(code), {"A": (True, 1), "C": (False, 2), "D": (True, 1)})

    def test_it_sees_the_classes_and_records_of_the_program(self):
        found = [one for path in files(CPP, *PROGRAM) for one in cpp_types(text_of(path))]
        self.assertGreater(len([one for one in found if one.is_class and one.data_members > 3]), 50)
        records = {one.name: one.data_members for one in found if not one.is_class}
        self.assertGreater(records["ParallelRunKeys"], MOST_DATA_MEMBERS, "settings")

    def test_it_sees_functions(self):
        seen = [count for path in files(".cpp", "src/farm") for _, count in cpp_functions(lines_of(path))]
        self.assertGreater(len(seen), 100)
        self.assertEqual(list(cpp_functions(["namespace x {", "void f() {", "}", "int Y::g(int a) const {", "  a;", "}", "}"])), [(2, 2), (4, 3)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
