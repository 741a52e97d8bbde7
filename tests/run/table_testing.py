"""What the tests of tables share: a configuration whose input is a table, and what run() got of it."""

import os
import pickle
import signal

from run_testing import RunTest, processes_with

# Keeps each DataFrame that run() gets, under its mini-batch's number. One row for each row.
KEEPING = """
import os
def run(mini_batch, context):
    path = os.path.join({folder!r}, "got", "%09d" % int(context.minibatch_index))
    mini_batch.to_pickle(path + ".new", compression=None)
    os.rename(path + ".new", path)
    return ["%s %d" % (context.minibatch_index, row) for row in range(len(mini_batch))]
"""

# Notes the first number of each mini-batch, and holds those from the one on that hold_from() says. One row for each row.
NOTING_NUMBERS = """
import os, time
def first_held():
    try:
        with open(os.path.join({folder!r}, "hold-run")) as stream:
            return int(stream.read())
    except FileNotFoundError:
        return 10**9
def run(mini_batch):
    first = int(mini_batch[{column!r}].iloc[0])
    with open(os.path.join({folder!r}, "ran", str(first)), "a") as stream:
        stream.write("x")
    while first >= first_held():
        time.sleep(0.01)
    return mini_batch[{column!r}].tolist()
"""

# As scripts for the cloud service are written: the combination comes of the data, one model for each.
TRAINER = """
import pandas as pd
def init():
    global calls
    calls = 0
def run(data, mini_batch_context):
    assert isinstance(data, pd.DataFrame)
    values = mini_batch_context.partition_key_value
    assert list(data.columns[-2:]) == ["store", "brand"] == list(values), list(data.columns)
    assert data["store"].nunique() == data["brand"].nunique() == 1
    store, brand = data["store"].iloc[0], data["brand"].iloc[0]
    assert values == {"store": store, "brand": brand}
    slope = ((data["week"] - data["week"].mean()) * data["sold"]).sum() / ((data["week"] - data["week"].mean()) ** 2).sum()
    models = pd.DataFrame({"store": [store], "brand": [brand], "weeks": [len(data)], "slope": [round(slope, 6)]})
    return models
"""


class TableRunTest(RunTest):
    def write_bytes(self, name, content, folder="data"):
        with open(self.path(folder, name), "wb") as stream:
            stream.write(content)
        return self.path(folder, name)

    def write_table_config(self, table=None, name="config.yaml", workers=2, path="data", top=None, **keys):
        """`table`: keys of the input; its format is csv where they name none."""
        table = dict({"name": "table", "path": path, "format": "csv"}, **(table or {}))
        return self.write_config(name, workers, dict({"inputs": [table]}, **(top or {})), **keys)

    def write_noting_numbers_script(self, column):
        os.makedirs(self.path("ran"), exist_ok=True)
        self.write_script(NOTING_NUMBERS.format(folder=self.folder, column=column))

    def hold_from(self, number):
        """Of NOTING_NUMBERS, until let_go()."""
        with open(self.path("hold"), "w") as stream:
            stream.write(str(number))
        os.rename(self.path("hold"), self.path("hold-run"))

    def loaders(self):
        return [pid for pid, words in processes_with(self.mark).items() if "libexec/prs/prs_loader" in words.split(" ")[0]]

    def kill_six_loaders(self, first):
        """Each loss lets the script, which is held from the number `first` on, take more rows than a worker reads ahead: so there is
        something to load again."""
        killed = set()

        def kill_those_there():
            for pid in self.loaders():
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                except ProcessLookupError:
                    pass
            self.hold_from(first + 40 * len(killed))
            return len(killed) >= 6

        # Before that, rank 0 has one of its own for the sample, and gives up where it is lost three times.
        self.wait_until(lambda: os.listdir(self.path("ran")), "the first mini-batch begun")
        self.wait_until(kill_those_there, "six loaders were killed")

    def write_keeping_script(self):
        os.makedirs(self.path("got"), exist_ok=True)
        self.write_script(KEEPING.format(folder=self.folder))

    def got(self):
        """The DataFrames that run() got, in the order of the mini-batches."""
        frames = []
        for name in sorted(os.listdir(self.path("got"))):
            with open(self.path("got", name), "rb") as stream:
                frames.append(pickle.load(stream))
        return frames
