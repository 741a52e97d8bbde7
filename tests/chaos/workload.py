"""What a chaos round runs: seeded files and an entry script, and what must come of it, worked out without prs_mpi."""

import hashlib
import json
import os
import random
import sys

RUN_MAX_TRY = 12  # so many that a mini-batch whose host is killed now and then is never given up for it
FORMATS = ("rows.txt", "rows.jsonl", "rows.csv")
LINE_BYTES = 48

# Each run() call notes itself before it does anything: mini-batch, earlier tries, start of the run, process, time in ms.
SCRIPT = '''
import hashlib, json, os, sys, time

def daemon():
    """A process that nobody below us waits for."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "1000"])
        os._exit(0)
    os.wait()

def init():
    global plan, notes
    with open(sys.argv[1]) as stream:
        plan = json.load(stream)
    name = os.path.join(sys.argv[2], "%s-%d" % (os.environ["PRS_CHAOS_START"], os.getpid()))
    notes = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    if plan["has_daemons"]:
        daemon()

def row(path):
    name = "/".join(path.split("/")[-2:])
    size = plan["sizes"][name]
    return (name + " " + hashlib.sha256(name.encode()).hexdigest() * (size // 64 + 1))[:size]

def run(mini_batch, context):
    index, tries = int(context.minibatch_index), int(context.retry_count)
    line = "%06d %04d %04d %014d %015d" % (
        index, tries, int(os.environ["PRS_CHAOS_START"]), os.getpid(), time.monotonic() * 1000)
    os.write(notes, (line + "\\n").encode())
    kind, milliseconds, least_tries = plan["mini_batches"][index]
    if milliseconds:
        time.sleep(milliseconds / 1000)
    if tries < least_tries:
        raise ValueError("not yet: mini-batch %d" % index)
    rows = [row(path) for path in mini_batch]
    return rows[:-1] if kind == "short" else rows
'''


class MiniBatch:
    """What one mini-batch does: `plain`, `short` (a row too few), `late` (fails at first) or `never`."""

    def __init__(self, items, kind, milliseconds, failing_tries):
        self.items, self.kind = items, kind
        self.milliseconds, self.failing_tries = milliseconds, failing_tries

    def tries(self):
        """run() calls that it takes when nothing is disturbed."""
        return RUN_MAX_TRY if self.kind == "never" else self.failing_tries + 1


class Workload:
    """Everything from the seed. `write(folder)` lays it out; `expected_rows()` and `expected_failures()` are the model."""

    def __init__(self, seed, fewest=60, most=400):
        self.random = random.Random("%d/workload" % seed)
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
            for item in items:
                open(os.path.join(folder, item), "w").close()
        os.mkdir(os.path.join(folder, "scripts"))
        with open(os.path.join(folder, "scripts", "entry.py"), "w") as stream:
            stream.write(SCRIPT)
        plan = {
            "has_daemons": self.has_daemons,
            "sizes": self.sizes,
            "mini_batches": [(m.kind, m.milliseconds, m.failing_tries) for m in self.mini_batches],
        }
        with open(os.path.join(folder, "plan.json"), "w") as stream:
            json.dump(plan, stream)

    def write_config(self, folder, name, output, notes, workers):
        """A native configuration (JSON is YAML); its path."""
        config = {
            "name": "chaos",
            "inputs": [{"name": "input%d" % k, "path": "in%d" % k} for k in range(len(self.inputs))],
            "output": output,
            "arguments": [os.path.join(folder, "plan.json"), notes],
            "parallel_run_config": {
                "entry_script": "entry.py",
                "source_directory": "scripts",
                "mini_batch_size": self.mini_batch_size,
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

    def expected_rows(self):
        """The bytes of the output file."""
        pieces = []
        for mini_batch in self.mini_batches:
            if mini_batch.kind == "never":
                continue
            items = mini_batch.items[:-1] if mini_batch.kind == "short" else mini_batch.items
            for item in items:
                text = item + " " + hashlib.sha256(item.encode()).hexdigest() * (self.sizes[item] // 64 + 1)
                pieces.append(text[:self.sizes[item]].encode() + b"\n")
        return b"".join(pieces)

    def expected_failures(self, folder):
        """Of failed_items.csv: (mini-batch, item) → kind."""
        return {
            (str(index), os.path.join(folder, item)): m.kind
            for index, m in enumerate(self.mini_batches) if m.kind in ("short", "never") for item in m.items
        }
