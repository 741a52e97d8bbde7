"""What a chaos round runs: seeded files and an entry script, and what must come of it, worked out without prs_mpi."""

import hashlib
import importlib.util
import json
import os
import random
import shutil
import sys

RUN_MAX_TRY = 12  # so many that a mini-batch whose host is killed now and then is never given up for it
RECORD_BYTES = len("in0/item00000\n")
FORMATS = ("rows.txt", "rows.jsonl", "rows.csv")
LINE_BYTES = 48  # of what entry_script.py notes of a run() call
LOSSES = 3  # a mini-batch that was running on so many lost ranks is given up (rule 7.4)
HAS_PANDAS = importlib.util.find_spec("pandas") is not None  # else no round runs a table
ENTRY_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry_script.py")


class MiniBatch:
    """What one mini-batch does: `plain`, `short` (a row too few), `late` (fails at first), `never`, `killer` (kills its rank each
    time) or `once` (only the first time)."""

    def __init__(self, items, kind, milliseconds, failing_tries):
        self.items, self.kind = items, kind
        self.milliseconds, self.failing_tries = milliseconds, failing_tries

    def tries(self):
        """run() calls that it takes when nothing is disturbed."""
        return {"never": RUN_MAX_TRY, "killer": LOSSES, "once": 2}.get(self.kind, self.failing_tries + 1)

    def is_given_up(self):
        return self.kind in ("never", "killer")


class Workload:
    """Everything from the seed. `write(folder)` lays it out; `expected_rows()` and `expected_failures()` are the model.

    Every third seed runs a table: an item is then a record of a CSV file, one for each input, with all records equally long."""

    def __init__(self, seed, fewest=60, most=400):
        self.random = random.Random("%d/workload" % seed)
        self.is_table = HAS_PANDAS and seed % 3 == 0
        choose = self.random
        self.workers = choose.randint(2, 4)
        self.mini_batch_size = choose.choice((1, 1, 2, 3, 4, 5, 6, 7))
        self.row_file = choose.choice(FORMATS)
        self.has_daemons = choose.random() < 0.7
        self.slowest = choose.choice((0, 10, 30, 30))
        self.largest_row = choose.choice((40, 1000, 20_000, 200_000))
        count = choose.randint(fewest, most)
        self.inputs = self._split(count, choose.choice((1, 1, 1, 2, 3)))
        self.sizes = {item: self._size() for items in self.inputs for item in items}
        self.mini_batches = [
            self._mini_batch(items[at:at + self.mini_batch_size])
            for items in self.inputs for at in range(0, len(items), self.mini_batch_size)
        ]
        if all(m.kind in ("short", "never") for m in self.mini_batches):
            self.mini_batches[0] = MiniBatch(self.mini_batches[0].items, "plain", 0, 0)
        self._draw_themes(random.Random("%d/themes" % seed))

    def _draw_themes(self, choose):
        """What makes a round special: scripts that kill their rank, one process whose init() fails, a run that is begun anew."""
        self.killing = self._make_killers(choose) if choose.random() < 0.25 else []
        self.failing_process = choose.randrange(self.workers) if choose.random() < 0.25 else -1
        self.failing_starts = [number for number in range(1, 50) if choose.random() < 0.8]
        self.is_begun_anew = choose.random() < 0.2
        if self.failing_process >= 0 or self.is_begun_anew:
            self._take_at_least(1.5)

    def _take_at_least(self, seconds):
        """So that there is time for what has to happen: three failures of init(), say."""
        least = int(1000 * seconds * self.workers / len(self.mini_batches))
        for mini_batch in self.mini_batches:
            mini_batch.milliseconds = max(mini_batch.milliseconds, min(least, 5) if mini_batch.kind == "never" else least)

    def _make_killers(self, choose):
        """At most one killer and two of the others; the mini-batches."""
        plain = [index for index, m in enumerate(self.mini_batches) if m.kind == "plain"][1:]
        killing = choose.sample(plain, min(len(plain), choose.randint(1, 3)))
        for index in killing:
            kind = "killer" if index == killing[0] and choose.random() < 0.7 else "once"
            self.mini_batches[index] = MiniBatch(self.mini_batches[index].items, kind, self.mini_batches[index].milliseconds, 0)
        return killing

    def _split(self, count, parts):
        ends = sorted(self.random.sample(range(1, count), parts - 1)) + [count]
        begins = [0] + ends[:-1]
        return [["in%d/item%05d" % (k, i) for i in range(begin, end)] for k, (begin, end) in enumerate(zip(begins, ends))]

    def _size(self):
        kind = self.random.random()
        if kind < 0.05:
            return 0
        return self.random.randint(1, self.largest_row if kind > 0.9 else min(100, self.largest_row))

    def _mini_batch(self, items):
        draw, milliseconds = self.random.random(), self.random.randint(0, self.slowest)
        if draw < 0.04:
            return MiniBatch(items, "late", milliseconds, self.random.randint(1, 3))
        if draw < 0.05:
            return MiniBatch(items, "never", min(milliseconds, 5), 10**6)
        return MiniBatch(items, "short" if draw < 0.06 else "plain", milliseconds, 0)

    def seconds(self):
        """About how long the scripts take."""
        return sum(m.milliseconds * m.tries() for m in self.mini_batches) / 1000 / self.workers

    def write(self, folder):
        """Inputs, script and what the script reads; the run folders come later."""
        for items in self.inputs:
            os.makedirs(os.path.join(folder, os.path.dirname(items[0])))
            if self.is_table:
                with open(os.path.join(folder, _table_of(items)), "w") as stream:
                    stream.write("".join(item + "\n" for item in items))
                continue
            for item in items:
                open(os.path.join(folder, item), "w").close()
        os.mkdir(os.path.join(folder, "scripts"))
        shutil.copyfile(ENTRY_SCRIPT, os.path.join(folder, "scripts", "entry.py"))
        plan = {
            "has_daemons": self.has_daemons,
            "failing_process": self.failing_process,
            "failing_starts": self.failing_starts,
            "sizes": self.sizes,
            "mini_batches": [(m.kind, m.milliseconds, m.failing_tries) for m in self.mini_batches],
        }
        with open(os.path.join(folder, "plan.json"), "w") as stream:
            json.dump(plan, stream)

    def _options(self):
        return {"format": "csv", "header": "no_header"} if self.is_table else {}

    def write_config(self, folder, name, output, notes, workers):
        """A native configuration (JSON is YAML); its path. `notes`: the folder for the notes of runs; those of deeds are the round's."""
        config = {
            "name": "chaos",
            "inputs": [dict(self._options(), name="input%d" % k, path="in%d" % k) for k in range(len(self.inputs))],
            "output": output,
            "arguments": [os.path.join(folder, "plan.json"), notes, os.path.join(folder, "deeds")],
            "parallel_run_config": {
                "entry_script": "entry.py",
                "source_directory": "scripts",
                "mini_batch_size": str(self.mini_batch_size * RECORD_BYTES) if self.is_table else self.mini_batch_size,
                "error_threshold": -1,
                "output_action": "append_row",
                "append_row_file_name": self.row_file,
                "run_max_try": RUN_MAX_TRY,
                "node_count": 1,
                "process_count_per_node": workers,
                "environment": {"python": sys.executable},
            },
        }
        path = os.path.join(folder, name)
        with open(path, "w") as stream:
            json.dump(config, stream, indent=1)
        return path

    def expected_rows(self, given_up=()):
        """The bytes of the output file; `given_up`: more mini-batches that have no rows."""
        pieces = []
        for index, mini_batch in enumerate(self.mini_batches):
            if mini_batch.is_given_up() or index in given_up:
                continue
            items = mini_batch.items[:-1] if mini_batch.kind == "short" else mini_batch.items
            for item in items:
                text = item + " " + hashlib.sha256(item.encode()).hexdigest() * (self.sizes[item] // 64 + 1)
                pieces.append(text[:self.sizes[item]].encode() + b"\n")
        return b"".join(pieces)

    def expected_failures(self, folder, given_up=()):
        """Of failed_items.csv: (mini-batch, item) → kind, `killer` where it is given up for ranks that were lost."""
        failures = {}
        for index, mini_batch in enumerate(self.mini_batches):
            if mini_batch.is_given_up() or mini_batch.kind == "short" or index in given_up:
                kind = "killer" if index in given_up else mini_batch.kind
                names = [self._piece(mini_batch)] if self.is_table else mini_batch.items
                failures.update({(str(index), os.path.join(folder, name)): kind for name in names})
        return failures

    def _piece(self, mini_batch):
        """The name that a mini-batch of a table has in failed_items.csv."""
        items = next(items for items in self.inputs if mini_batch.items[0] in items)
        begin = items.index(mini_batch.items[0]) * RECORD_BYTES
        return "%s#bytes=%d-%d" % (_table_of(items), begin, begin + len(mini_batch.items) * RECORD_BYTES - 1)


def _table_of(items):
    return os.path.join(os.path.dirname(items[0]), "table.csv")
