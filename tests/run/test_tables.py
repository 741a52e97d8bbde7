"""Tables under the real program: run() gets what pandas reads of the whole, wherever the files are cut."""

import io
import os
import unittest

import random_tables
from run_testing import main
from table_testing import TableRunTest

try:
    import pandas
    from pandas.testing import assert_frame_equal
except ImportError:
    pandas = None

# Another one, by hand.
SEED = int(os.environ.get("PRS_TEST_SEED", "1"))


@unittest.skipIf(pandas is None, "this interpreter has no pandas; PRS_PYTHON names another one")
class EqualsPandas(TableRunTest):
    def run_table(self, chance, inputs, size):
        """Runs a table of `size` bytes in mini-batches of any size, and returns the frames. So small ones cost no time, they are
        not too many."""
        self.write_keeping_script()
        least = max(1, size // 400)
        mini_batch_size = chance.choice([least, least, chance.randint(least, size + 1), size + 1])
        workers = chance.randint(1, 3)
        self.write_config(workers=workers, top={"inputs": inputs}, mini_batch_size=str(mini_batch_size), error_threshold=0)
        ran = self.mpirun(1 + workers)
        self.expect_status(ran, 0)
        return self.got()

    def expect_whole(self, frames, whole):
        for frame in frames:
            self.assertEqual(list(frame.index), list(range(len(frame))))
            self.assertEqual(list(frame.dtypes), list(frames[0].dtypes))
        assert_frame_equal(pandas.concat(frames, ignore_index=True), whole, check_exact=True)

    def files_of_input(self, number, contents, chance):
        """Writes them, some compressed, and returns the input's path."""
        os.mkdir(self.path("data%d" % number))
        for place, content in enumerate(contents):
            name = "part%d" % place
            if chance.random() < 0.2:
                name, content = name + ".gz", random_tables.compressed(content)
            self.write_bytes(name, content, "data%d" % number)
        return "data%d" % number

    def delimited(self, seed):
        chance = random_tables.chance_of(seed)
        table = random_tables.RandomTable(chance)
        inputs, size = [], 0
        while len(inputs) < 4 or not table.rows:
            options = table.new_options()
            contents = [table.file(options) for _ in range(chance.choice([1, 1, 3]))]
            size += sum(map(len, contents))
            number = len(inputs)
            path = self.files_of_input(number, contents, chance)
            inputs.append({"name": "input%d" % number, "path": path, "format": "delimited", **options})
        frames = self.run_table(chance, inputs, size)
        whole = pandas.read_csv(io.StringIO(table.whole()), low_memory=False, index_col=False, skip_blank_lines=False)
        self.expect_whole(frames, whole)

    def lines(self, seed):
        chance = random_tables.chance_of(seed)
        table = random_tables.RandomLines(chance)
        inputs, size = [], 0
        while len(inputs) < 3 or not table.rows:
            encoding = chance.choice(["utf-8", "utf-8", "utf-16"])
            contents = [table.file(encoding) for _ in range(chance.choice([1, 3]))]
            size += sum(map(len, contents))
            number = len(inputs)
            path = self.files_of_input(number, contents, chance)
            inputs.append({"name": "input%d" % number, "path": path, "format": "jsonl", "encoding": encoding})
        frames = self.run_table(chance, inputs, size)
        whole = pandas.read_json(
            io.StringIO(table.whole()), lines=True, dtype=False, convert_dates=False, precise_float=True
        )
        self.expect_whole(frames, whole)

    def test_delimited_text_is_what_pandas_reads_of_the_whole(self):
        print("seed", SEED)
        self.delimited(SEED)

    def test_json_lines_are_what_pandas_reads_of_the_whole(self):
        print("seed", SEED)
        self.lines(SEED)


if __name__ == "__main__":
    main()
