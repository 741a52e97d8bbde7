"""pyarrow's reader of delimited text answers only where its answer is that of pandas; for everything else pandas is asked. For
interpreters with both: test_tables_environments.py."""

import importlib.util
import random
import unittest

from host_python import HAS_PANDAS, needs_pandas

if HAS_PANDAS:
    import pandas
    from table_cases import schema_of, seed_of_test

    import prs_table_arrow
    import prs_tables
    from prs_table_delimited import DelimitedReader, Layout

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
SEEDS = 200
COLUMNS = [{"dtype": name} for name in ("str", "object", "int64", "uint64", "float64", "bool", "int8", "float32")]
COLUMNS.append({"dtype": "object", "holds": "bool"})
PARTS = (
    '" " , , \\n \\n \\r\\n \\r \\t a é 1 23 .5 1e5 e - + 0x x nan NA NAN inf Infinity null True FALSE true 99999999999999999999 0.1 '
    "12345678901234567 \ufeff _ #N/A <NA> None -nan 1.#IND 0.30000000000000004 1e-320"
).replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").split(" ") + [" ", "", "\x00", "\x0b"]  # fmt: skip


def good_cell(chance, column):
    dtype = column["dtype"]
    if dtype == "bool" or "holds" in column:
        return chance.choice(["True", "False", "true", "FALSE"])
    if "int" in dtype:
        return chance.choice(["1", "20", "-3", " 4", "5 ", "0"])
    if "float" in dtype:
        return chance.choice(["1.5", "-2", "1e3", ".5", "inf", "", "nan", repr(chance.random())])
    return chance.choice(["a", '"b,c"', '"d""e"', 'f"g', "", '"x"y', '"\n"', "NA", '"NA"'])


def records(chance, cells):
    def cell(column):
        if chance.random() < 0.25:
            return "".join(chance.choice(PARTS) for _ in range(chance.randint(0, 4)))
        return good_cell(chance, column)

    lines = [",".join(map(cell, cells)) + chance.choice(["\n", "\r\n", "\n\n"]) for _ in range(chance.randint(1, 4))]
    return "".join(lines).encode()


@needs_pandas
@unittest.skipUnless(HAS_PYARROW, "for an interpreter with pyarrow, see scripts/table_environments")
class ReadersTest(unittest.TestCase):
    def layout(self, chance):
        columns = [column for column in COLUMNS if column["dtype"] != "str" or pandas.__version__ >= "3"]
        cells = [dict(chance.choice(columns), name=str(place)) for place in range(chance.randint(2, 3))]
        options = {"support_multi_line": chance.random() < 0.5, "empty_as_string": chance.random() < 0.2}
        return Layout(options, cells, list(range(len(cells))), len(cells))

    def test_it_answers_as_pandas_or_not_at_all(self):
        answered = 0
        for seed in range(seed_of_test(0), seed_of_test(0) + SEEDS):
            chance = random.Random(seed)
            layout = self.layout(chance)
            fast, exact = prs_table_arrow.make_reader(layout), DelimitedReader(layout)
            for _ in range(8):
                memory = memoryview(records(chance, layout.cells))
                try:
                    found, count = fast.columns(memory)
                except Exception:
                    continue
                answered += 1
                with self.subTest(seed=seed, memory=bytes(memory), cells=layout.cells):
                    wanted, wanted_count = exact.columns(memory)
                    self.assertEqual(count, wanted_count)
                    for one, other in zip(found, wanted):
                        pandas.testing.assert_series_equal(pandas.Series(one), other, check_names=False, check_exact=True)
        self.assertGreater(answered, SEEDS)

    def test_data_that_it_refuses_again_and_again_is_seldom_tried(self):
        reader = prs_tables.TableReader(schema_of([(b"a,b\n", b"1,x\n")]))
        fast, _ = reader._inputs[0]._readers("", None)
        tried = []
        fast.columns = lambda memory: tried.append(1) or 1 / 0
        for _ in range(100):
            self.assertEqual(len(reader.frame(b"1,0x1\n", 0, "p", 0)), 1)
        self.assertLess(len(tried), 10)

    def test_hexadecimal_numbers_are_seen_at_every_place(self):
        from numpy import frombuffer

        for size in range(1, 9):
            for at in range(size):
                for text in (b"0x", b"0X", b"0", b"x", b"x0", b"1x", b"0\x98", b"0\xd8", b"\x900x"):
                    memory = (b"a" * at + text + b"a" * size)[:size]
                    found = prs_table_arrow._has_hexadecimal(frombuffer(memory, dtype="uint8"))
                    self.assertEqual(found, b"0x" in memory or b"0X" in memory, memory)

    def test_a_type_that_it_does_not_make_is_left_to_pandas(self):
        self.assertIsNone(prs_table_arrow.make_reader(Layout({}, [{"name": "a", "dtype": "category"}] * 2, [0, 1], 2)))
        self.assertIsNone(prs_table_arrow.make_reader(Layout({}, [{"name": "a", "dtype": "int64"}], [0], 1)))


if __name__ == "__main__":
    unittest.main()
