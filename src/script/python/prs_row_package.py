"""Whether the user's interpreter has what a row file needs (rules 4.7, 5.2). Rank 0 starts it before anything runs:

    python3 prs_row_package.py <ending of the row file> <package>

The last line of standard output is {} or {"error": text}; the exit status is 1 then.
"""

import importlib
import json
import sys


def main(ending, package):
    try:
        importlib.import_module(package)
        said = {}
    except ImportError as error:
        name = package.partition(".")[0]
        said = {
            "error": "a row file that ends in %s needs the Python package %s, and the interpreter %s cannot import it (%s); "
            "install it with 'pip install %s', or name another interpreter with 'environment:'"
            % (ending, name, sys.executable, error, name)
        }
    sys.stdout.write("\n%s\n" % json.dumps(said))
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
