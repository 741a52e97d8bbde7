"""What can be told of an entry script without running it, for `prs_mpi check`:

    python3 prs_script_look.py <entry script> <source directory>

The last line of standard output is {"file", "has_run", "prints_in_line", "missing"}, or {"error"} where Python takes no such text. The script may
be a dotted module. Whatever cannot be told is told as right: a script may make its names, and change its import path, as it runs.
"""

import ast
import importlib.util
import json
import os
import sys
import warnings

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Parts of a mini-batch that are no items of it.
_NO_ITEMS = ("axes", "columns", "dtypes", "ndim", "shape", "task_id")


def file_of(script, source_directory):
    """The file; None where there is none. Of a module's name only the first word is asked for: the others would run its package."""
    if script.endswith(".py") or os.path.isfile(script):
        return script
    words = os.path.relpath(script, source_directory).split(".")
    spec = importlib.util.find_spec(words[0])
    place = None
    if spec is not None:
        folders = list(spec.submodule_search_locations or [])
        place = os.path.join(folders[0], *words[1:]) if folders else spec.origin
    candidates = [place, "%s.py" % place, os.path.join(str(place), "__init__.py")]
    return next((path for path in candidates if place and os.path.isfile(path)), None)


def own_statements(body):
    """The simple ones that run as the module is imported, also below `if`, `try`, `with` and loops; a main program is none of it."""
    for statement in body:
        if isinstance(statement, _DEFINITIONS) or not hasattr(statement, "body"):
            yield statement
            continue
        if is_main(statement):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from own_statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from own_statements(handler.body)


def is_main(statement):
    return isinstance(statement, ast.If) and any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


def may_have_run(tree):
    for statement in own_statements(tree.body):
        if isinstance(statement, _DEFINITIONS):
            names = [statement.name]
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            names = [alias.asname or alias.name for alias in statement.names]
        else:
            names = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        if "run" in names or "*" in names:
            return True
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(words.intersection(("exec", "globals", "setattr", "vars", "__getattr__")))


def missing_packages(tree):
    """Imported as the module begins, whatever happens, and not to be found."""
    if any(isinstance(node, ast.Attribute) and node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id == "sys" for node in ast.walk(tree)):
        return []
    names = []
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            names.append(statement.module)
    return sorted(name for name in {name.partition(".")[0] for name in names} if not is_there(name))


def is_there(name):
    try:
        return name in sys.builtin_module_names or importlib.util.find_spec(name) is not None
    except Exception:  # of a package that is half there: the script will say so
        return True


class Prints:
    """The line of run() that prints for each item; only a plain print() in plain loops over the mini-batch, or what is made of it."""

    def __init__(self, function):
        self.of_items = {argument.arg for argument in function.args.args[:1]}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and self.has_items(node.value):
                self.of_items.update(target.id for target in node.targets if isinstance(target, ast.Name))
        self.line = self.line_in(function.body, False)

    def has_items(self, expression):
        if isinstance(expression, ast.Name):
            return expression.id in self.of_items
        if isinstance(expression, ast.Attribute) and expression.attr in _NO_ITEMS:
            return False
        if isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Slice):
            return False
        return any(self.has_items(child) for child in ast.iter_child_nodes(expression))

    def line_in(self, body, is_in_loop):
        for statement in body:
            if is_in_loop and is_print(statement):
                return statement.lineno
            line = None
            if isinstance(statement, ast.For):
                line = self.line_in(statement.body, is_in_loop or self.has_items(statement.iter))
            elif isinstance(statement, (ast.With, ast.Try)):
                line = self.line_in(statement.body, is_in_loop)
            if line:
                return line
        return None


def is_print(statement):
    call = statement.value if isinstance(statement, ast.Expr) else None
    is_call = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"
    return is_call and not any(keyword.arg == "file" for keyword in call.keywords)


def look(path):
    with open(path, "rb") as stream:
        text = stream.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, path)
            compile(tree, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        what = "%s: %s" % (type(error).__name__, getattr(error, "msg", error))
        return {"error": "%s%s: %s, in Python %s; mend it, else no script process can begin" % (path, ":%d" % line if line else "", what, sys.version.split()[0])}
    run = [statement for statement in tree.body if isinstance(statement, ast.FunctionDef) and statement.name == "run"]
    prints = Prints(run[-1]).line if run else None
    return {"file": path, "has_run": may_have_run(tree), "prints_in_line": prints, "missing": missing_packages(tree)}


def main(script, source_directory):
    own_folder = os.path.dirname(os.path.abspath(__file__))
    script_folder = os.path.dirname(script)
    stand_ins = os.path.join(own_folder, "prs_shims")
    sys.path = [source_directory, script_folder] + [folder for folder in sys.path[1:] if folder] + [stand_ins]
    nothing = {"file": script, "has_run": True, "prints_in_line": None, "missing": []}
    try:
        path = file_of(script, source_directory)
        answer = look(path) if path else nothing
    except (OSError, MemoryError, RecursionError):  # whoever runs it says it better
        answer = nothing
    print(json.dumps({key: shown(value) if isinstance(value, str) else value for key, value in answer.items()}))


def shown(text):
    """Names of files may be any bytes, and JSON has none of them."""
    return os.fsencode(text).decode("utf-8", "replace")


if __name__ == "__main__":
    main(*sys.argv[1:])
