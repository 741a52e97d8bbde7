"""Which packages a script and its tables need, and where this interpreter has them (rule 1.5). Rank 0 starts it before anything runs:

    python3 prs_packages.py <entry script> <source directory> [package…]

The script is read and not run: what it imports by name counts, at its top or in its functions. What belongs to Python itself, lies in
the source directory or is not there at all is left out. The last line of standard output is {"packages": [[name, path]…]}.
"""

import ast
import importlib.util
import json
import os
import sys
import sysconfig


def imported_names(path):
    """The first words of all that the script imports."""
    with open(path, "rb") as stream:
        tree = ast.parse(stream.read())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def place_of(name, own_folders):
    """The folder of a package, or the file of a module; None where it is not to be looked for on other hosts."""
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # of a package that is broken, or half of one: the script will say so
        return None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or [])
    place = folders[0] if folders else spec.origin
    if place is None or not os.path.isabs(place) or not os.path.exists(place):
        return None
    place = os.path.realpath(place)
    is_installed = "site-packages" in place or "dist-packages" in place
    is_own = any(place.startswith(folder + os.sep) for folder in own_folders)
    return place if is_installed or not is_own else None


def main(script, source_directory, *wanted):
    sys.path = [folder for folder in sys.path[1:] if folder]  # the first one is our own
    try:
        names = imported_names(script)
    except Exception:  # no text, or no Python: whoever starts it says so
        names = set()
    own = [os.path.realpath(folder) for folder in (source_directory, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))]
    places = {name: place_of(name, own) for name in sorted(names.union(wanted)) if name not in sys.builtin_module_names}
    print(json.dumps({"packages": [[name, place] for name, place in places.items() if place]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
