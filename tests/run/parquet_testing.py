"""What the tests of Parquet share. Under an interpreter with pyarrow they run; where that is another one, run_with_pyarrow() goes
over to it."""

import csv
import importlib.util
import os
import sys
import unittest

from run_testing import ROOT, main
from table_testing import TableRunTest

BUILD = os.environ.get("PRS_BUILD", os.path.join(ROOT, "build"))
WITH_PYARROW = os.path.join(BUILD, "tables-venv", "bin", "python")
HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None

if HAS_PYARROW:
    import pandas
    import pyarrow
    import pyarrow.parquet
    from pandas.testing import assert_frame_equal

WORDS = ("", "a", "Zürich", "日本", 'x "y"\n')


def random_frame(chance, rows):
    """All the types that people keep. Whether values are missing is chance."""

    def some(make, missing=None):
        share = chance.choice([0, 0, 0.3])
        return [missing if chance.random() < share else make() for _ in range(rows)]

    return pandas.DataFrame(
        {
            "whole": pandas.Series(some(lambda: chance.randint(-(2**62), 2**62)), dtype="Int64"),
            "short": pandas.Series([chance.randint(-99, 99) for _ in range(rows)], dtype="int16"),
            "whole_or_missing": pandas.Series(some(lambda: chance.randint(0, 2**40), float("nan")), dtype="float64"),
            "number": pandas.Series(some(lambda: chance.uniform(-1e9, 1e9), float("nan")), dtype="float64"),
            "boolean": pandas.Series([chance.random() < 0.5 for _ in range(rows)], dtype="bool"),
            "text": pandas.Series(some(lambda: chance.choice(WORDS) * chance.randint(0, 3)), dtype="str"),
            "day": pandas.to_datetime([1577836800000 + chance.randint(0, 10**10) for _ in range(rows)], unit="ms"),
            "nested": [{"a": chance.randint(0, 9), "b": [chance.random()] * chance.randint(row == 0, 2)} for row in range(rows)],
            "list": [list(range(chance.randint(row == 0, 3))) for row in range(rows)],  # the first tells the type
        }
    )  # fmt: skip


@unittest.skipUnless(HAS_PYARROW, "made by scripts/table_environments: " + WITH_PYARROW)
class ParquetTest(TableRunTest):
    def write_parquet(self, name, frame, group_rows=1000, begin=0, end=None):
        """The rows [begin, end), with the types of the whole."""
        path = self.path("data", name)
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)[begin:end]
        pyarrow.parquet.write_table(table, path, row_group_size=group_rows)
        return path

    def write_numbers(self, name, begin, end, group_rows=10):
        return self.write_parquet(name, pandas.DataFrame({"i": range(begin, end), "t": list(map(str, range(begin, end)))}), group_rows)

    def write_parquet_config(self, table=None, **keys):
        keys = dict({"environment": {"python": sys.executable}, "mini_batch_size": "1 KB"}, **keys)
        return self.write_table_config(dict({"format": "parquet"}, **(table or {})), **keys)

    def expect_whole(self, frames, whole):
        for frame in frames:
            self.assertEqual(list(frame.index), list(range(len(frame))))
            self.assertEqual(list(frame.dtypes), list(frames[0].dtypes))
        together = pandas.concat(frames, ignore_index=True)
        for name in {"nested", "list"} & set(whole.columns):  # arrays in cells, which pandas cannot compare exactly
            for frame in (together, whole):
                frame[name] = list(map(repr, frame[name]))
        assert_frame_equal(together, whole, check_exact=True)

    def failed_items(self):
        with open(self.out("failed_items.csv"), newline="") as stream:
            return list(csv.DictReader(stream))


def run_with_pyarrow():
    if not HAS_PYARROW and os.path.exists(WITH_PYARROW):
        os.execv(WITH_PYARROW, [WITH_PYARROW] + sys.argv)
    main()
