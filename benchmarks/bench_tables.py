"""What the benchmarks of table input share: the farm over one table, one process that reads the same at once, and their ratios."""

import json
import os
import subprocess

from bench_support import BENCH_FOLDER, ROOT, FarmRun, median, spread


class TableFarm:
    """prs_mpi over the table at `path`, which takes `size` bytes; `rates` and `whole_rates` in bytes a second."""

    name = "prs_mpi"

    def __init__(self, name, options, path, input_options):
        self.size, self.workers = os.path.getsize(path), options.workers
        self.notes = BENCH_FOLDER / name / "notes"
        self.notes.mkdir(parents=True, exist_ok=True)
        self.run = FarmRun(
            name, options, path, "note_rows.py", [self.notes], input_options=input_options,
            mini_batch_size=options.mini_batch_size, output_action="summary_only",
        )  # fmt: skip
        self.rates, self.whole_rates = [], []

    def measure(self):
        begun, last = run_with_notes(self.run, self.notes)
        self.rates.append(self.size / (last - begun))
        self.whole_rates.append(self.size / (last - self.run.started))


def run_with_notes(run, notes):
    """Starts it and waits for its end. (when the first init() was over, when the last run() was): the earliest and the latest time that
    its processes left in the folder `notes`, in seconds since the epoch."""
    for old in notes.iterdir():
        old.unlink()
    status = run.start().wait()
    times = [list(map(float, note.read_text(encoding="ascii").split())) for note in notes.glob("*[0-9]")]
    if status != 0 or not times:
        run.give_up(f"exit status {status}, {len(times)} processes left a note")
    return min(begun for begun, _ in times), max(last for _, last in times)


class PlainReader:
    """One process that reads the whole table at once, on so many cores (0: all)."""

    def __init__(self, options, path, count, reader, cores):
        self.name = f"{reader} on {'one core' if cores == 1 else 'all cores'}"
        self.size, self.count, self.cores = os.path.getsize(path), count, cores
        self.command = [options.python, str(ROOT / "benchmarks" / "plain_read.py"), reader, str(path)]
        self.rates = []

    def measure(self):
        hold = (lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])) if self.cores == 1 else None
        result = json.loads(subprocess.run(self.command, stdout=subprocess.PIPE, check=True, preexec_fn=hold).stdout)
        if result["count"] != self.count:
            raise SystemExit(f"{self.name} read {result['count']} rows of {self.count}")
        self.rates.append(self.size / result["seconds"])


def has_module(python, name):
    return subprocess.run([python, "-c", f"import {name}"], stderr=subprocess.DEVNULL).returncode == 0


def readers_there(options, modules):
    """Those of plain_read.py's readers whose module the interpreter has. `modules`: reader → module."""
    return [reader for reader, module in modules.items() if has_module(options.python, module)]


def take_turns(farm, plain, rounds):
    """All sides in turn, with the order turned about each time; then what came of it is printed."""
    for number in range(rounds):
        for side in [farm, *plain] if number % 2 == 0 else [*plain, farm]:
            side.measure()
            print(f"round {number + 1}: {side.name}: {side.rates[-1] / 1e6:.1f} MB/s", flush=True)
    print("\nMB/s, median (least … most)")
    print(f"  {'prs_mpi, from init() on':<28} {spread([rate / 1e6 for rate in farm.rates])}")
    print(f"  {'… each worker':<28} {spread([rate / 1e6 / farm.workers for rate in farm.rates])}")
    print(f"  {'… from the command on':<28} {spread([rate / 1e6 for rate in farm.whole_rates])}")
    for side in plain:
        ratio = median(ours / theirs for ours, theirs in zip(farm.rates, side.rates))
        print(f"  {side.name:<28} {spread([rate / 1e6 for rate in side.rates])}; prs_mpi ÷ it: {ratio:.2f}")
