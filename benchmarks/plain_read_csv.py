#!/usr/bin/env python3
"""The other side of read_csv.py: reads a CSV file at once and prints, as JSON, its rows and the seconds that it took.

Usage: plain_read_csv.py pandas|pyarrow FILE. The imports are not counted.
"""

import json
import sys
import time


def rows_by_pandas(path):
    import pandas

    begun = time.time()
    return len(pandas.read_csv(path)), time.time() - begun


def rows_by_pyarrow(path):
    import pyarrow.csv

    begun = time.time()
    return len(pyarrow.csv.read_csv(path).to_pandas()), time.time() - begun


def main():
    count, seconds = {"pandas": rows_by_pandas, "pyarrow": rows_by_pyarrow}[sys.argv[1]](sys.argv[2])
    print(json.dumps({"count": count, "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
