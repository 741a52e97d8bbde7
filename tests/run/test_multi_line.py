"""Rule 3.3: with support_multi_line the mini-batches of a run are, together, what pandas reads of the whole files, however these are cut."""

import glob
import io
import json
import os
import random
import signal
import time

import pandas
from run_testing import OPENMPI5, WAITING, main
from table_testing import TableRunTest

# A row for each row: its values, a missing one as null.
SCRIPT = WAITING + """
import json, math
def note(kind):
    open(os.path.join({folder!r}, kind), "w").close()
def run(mini_batch):
    note("begun")
    wait_while_held("run")
    return [json.dumps([None if isinstance(value, float) and math.isnan(value) else value for value in row]) for row in
            mini_batch.astype(object).values.tolist()]
"""

# Lone carriage returns are left out: older pandas misread them.
PIECES = ["a", "b c", "é", "€", ",", ";", '""', "\\n", "\n", "\r\n", "\n\n", " ", "'", '""""', '\n"",\n']


def random_field(pick):
    kind = pick.random()
    if kind < 0.1:
        return ""
    if kind < 0.4:
        return "".join(pick.choice(["x", 'y"', "z ", "€"]) for _ in range(pick.randrange(1, 4)))
    return '"' + "".join(pick.choice(PIECES) for _ in range(pick.randrange(8))) + '"'


def random_table(pick, line_end):
    lines = ["id,text,value"]
    for i in range(pick.randrange(1, 40)):
        lines.append("%d,%s,%s" % (i, random_field(pick), pick.choice(["", "1.5", '"2"', "-3e5"])))
        if pick.random() < 0.1:
            lines.append("")
    return line_end.join(lines) + pick.choice(["", line_end])


def values_of(text):
    frame = pandas.read_csv(io.BytesIO(text), dtype={"text": str, "value": float}).astype(object)
    return json.loads(json.dumps(frame.where(frame.notna(), None).values.tolist()))


class MultiLine(TableRunTest):
    def setUp(self):
        super().setUp()
        self.write_script(SCRIPT.format(folder=self.folder))
        self.texts = {}

    def write_table(self, name, text):
        self.texts[name] = text.encode()
        with open(self.path("data", name), "wb") as stream:
            stream.write(self.texts[name])

    def configure(self, mini_batch_size, workers=2, **keys):
        table = {"name": "t", "path": "data", "format": "csv", "support_multi_line": True}
        table["dtypes"] = {"id": "int", "text": "str", "value": "float"}
        self.write_config(workers=workers, mini_batch_size=mini_batch_size, top={"inputs": [table]}, **keys)

    def expect_what_pandas_reads(self):
        wanted = [row for name in sorted(self.texts) for row in values_of(self.texts[name])]
        self.assertEqual([json.loads(row) for row in self.rows()], wanted)

    def log(self):
        path = self.out("logs", "sys", "master_role.txt")
        return self.read(path) if os.path.exists(path) else ""

    def write_large_tables(self):
        """Two of which only the quotes tell where records begin."""
        for name in ("a.csv", "b.csv"):
            self.write_table(name, "id,text,value\n" + "".join('%d,"x\n%d,y""\n,\n",1\n' % (i, i) for i in range(300)))


class AsPandasReads(MultiLine):
    def test_random_tables_cut_anywhere(self):
        seed = int(os.environ.get("PRS_TEST_SEED", time.time_ns() % 100000))
        print("seed", seed)
        pick = random.Random(seed)
        for _ in range(4):
            for name in os.listdir(self.path("data")):
                os.unlink(self.path("data", name))
            self.texts = {}
            for number in range(pick.randrange(1, 4)):
                self.write_table("%d.csv" % number, random_table(pick, pick.choice(["\n", "\r\n"])))
            workers = pick.randrange(1, 4)
            largest = max(len(text) for text in self.texts.values())
            self.configure("%d" % pick.choice([1, pick.randrange(1, 30), pick.randrange(1, largest + 1)]), workers)
            ran = self.mpirun(workers + 1, "config.yaml", "--overwrite")
            self.expect_status(ran, 0)
            self.expect_what_pandas_reads()

    def test_one_mini_batch_in_the_foreground_is_cut_as_in_a_run(self):
        self.write_large_tables()
        self.configure("100")
        rows = []
        for mini_batch in (0, 1, 2):
            ran = self.prs_mpi("try", "config.yaml", "--mini-batch", str(mini_batch))
            self.expect_status(ran, 0)
            rows += [json.loads(row) for row in ran.stdout.splitlines()]
        self.assertEqual(rows, values_of(self.texts["a.csv"])[: len(rows)])
        self.assertGreater(len(rows), 10)


class Interrupted(MultiLine):
    """What happens to a start whose workers count."""

    def setUp(self):
        super().setUp()
        self.write_large_tables()
        self.configure("100", run_max_try=3)
        # The columns are settled, nothing is done and nothing is counted: so a disk can be held before the count and not before that.
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: os.path.exists(self.path("begun")), "run() has begun")
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "stopped by" in self.log(), "the first signal in the log")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)
        self.let_go()

    def forget_the_count(self):
        os.unlink(self.out(".prs", "quote_states"))

    def start_held(self):
        self.forget_the_count()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("read /data/ hang"))
        self.wait_until(self.disk_hits, "a loader reads")
        return job

    def test_what_was_counted_is_kept(self):
        counts = self.log().count("are counted")
        self.assertEqual(counts, 1)
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.log().count("are counted"), counts)
        self.expect_what_pandas_reads()

    def test_a_signal_ends_the_count_and_the_same_command_goes_on(self):
        job = self.start_held()
        job.send_signal(signal.SIGUSR1)
        ran = self.finish(job)
        self.expect_status(ran, 75)
        self.assertIn("SIGUSR1", ran.stderr)
        self.expect_no_process_left()
        self.expect_status(self.mpirun(3), 0)
        self.expect_what_pandas_reads()

    def test_a_loader_that_is_killed_is_replaced(self):
        job = self.start_held()
        killed = self.loaders()
        self.assertNotEqual(killed, [])
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        logs = self.out("logs", "sys", "node", "*", "*.txt")
        self.wait_until(lambda: any("while it counted quotes" in self.read(path) for path in glob.glob(logs)), "it is noted")
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.expect_what_pandas_reads()

    def test_a_lost_worker_ends_the_count_and_the_same_command_goes_on(self):
        job = self.start_held()
        self.kill(1)
        ran = self.finish(job)
        self.assertNotEqual(ran.status, 0)
        self.expect_no_process_left()
        self.expect_status(self.mpirun(3), 0)
        self.expect_what_pandas_reads()

    def test_a_file_that_could_not_be_read_costs_its_own_mini_batches_and_the_next_start_counts_again(self):
        self.forget_the_count()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("read /data/b.csv fail 5"))
        self.wait_until(lambda: "could not be counted" in self.log(), "the failure in the log")
        self.change_disk()
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertEqual([json.loads(row) for row in self.rows()][:300], values_of(self.texts["a.csv"]))
        failed = self.read(self.out("failed_items.csv"))
        self.assertNotIn("a.csv", failed)
        self.assertIn("b.csv", failed)
        self.assertFalse(os.path.exists(self.out(".prs", "quote_states")))
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_what_pandas_reads()


class InPlace(Interrupted):
    mpi = OPENMPI5

    def test_a_lost_worker_ends_the_count_and_the_same_command_goes_on(self):
        """Others count what it had."""
        job = self.start_held()
        self.kill(1)
        self.wait_until(lambda: "rank lost" in self.log(), "the loss is noted")
        self.change_disk()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("rank lost: rank 1 ", ran.stderr)
        self.expect_what_pandas_reads()


if __name__ == "__main__":
    main()
