#!/usr/bin/env python3
"""Bytes of CSV a second until they are DataFrames in run(), beside one process that reads the same file with pandas or pyarrow.

All sides take turns. prs_mpi is timed from the end of the first init() to the last DataFrame, and from the command, with planning,
the sample and all start-up. The others are timed without their imports, once held to one core and once not.
"""

import json
import os
import random
import shutil
import subprocess
import sys

from bench_support import BENCH_FOLDER, ROOT, FarmRun, argument_parser, describe_machine, median, spread

ROWS_OF_BLOCK = 10_000


def table_of(megabytes):
    """(path, rows) of a file with numbers and strings; made once, and kept for the next time."""
    folder = BENCH_FOLDER / f"table-{megabytes}"
    counted = folder / "rows"
    if not counted.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        counted.write_text(str(write_table(folder / "table.csv", megabytes * 1_000_000)), encoding="ascii")
    return folder / "table.csv", int(counted.read_text(encoding="ascii"))


def write_table(path, size):
    chance, number = random.Random(1), 0
    with open(path, "w", encoding="ascii") as file:
        file.write("number,x,y,count,name,text\n")
        while file.tell() < size:
            lines = []
            for number in range(number, number + ROWS_OF_BLOCK):
                x, y = chance.random(), chance.gauss(0, 1000)
                lines.append(f"{number},{x:.6f},{y!r},{number % 977},name {number % 5003},\"text, with {number:x}\"\n")
            number += 1
            file.write("".join(lines))
    return number


class Farm:
    """prs_mpi; `rates` and `whole_rates` in bytes a second."""

    name = "prs_mpi"

    def __init__(self, options, path, count):
        self.size, self.count = os.path.getsize(path), count
        self.notes = BENCH_FOLDER / "read-csv" / "notes"
        self.notes.mkdir(parents=True, exist_ok=True)
        self.run = FarmRun(
            "read-csv", options, path, "note_rows.py", [self.notes], input_options={"format": "csv"},
            mini_batch_size=options.mini_batch_size, output_action="summary_only",
        )  # fmt: skip
        self.rates, self.whole_rates = [], []

    def measure(self):
        for old in self.notes.iterdir():
            old.unlink()
        status = self.run.start().wait()
        times = [list(map(float, note.read_text(encoding="ascii").split())) for note in self.notes.glob("*[0-9]")]
        if status != 0 or not times:
            self.run.give_up(f"exit status {status}, {len(times)} processes left a note")
        last = max(last for _, last in times)
        self.rates.append(self.size / (last - min(begun for begun, _ in times)))
        self.whole_rates.append(self.size / (last - self.run.started))


class Plain:
    """One process that reads the whole file, on so many cores."""

    def __init__(self, options, path, count, reader, cores):
        self.name = f"{reader} on {'one core' if cores == 1 else 'all cores'}"
        self.size, self.count, self.cores = os.path.getsize(path), count, cores
        self.command = [options.python, str(ROOT / "benchmarks" / "plain_read_csv.py"), reader, str(path)]
        self.rates = []

    def measure(self):
        hold = (lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])) if self.cores == 1 else None
        result = json.loads(subprocess.run(self.command, stdout=subprocess.PIPE, check=True, preexec_fn=hold).stdout)
        if result["count"] != self.count:
            raise SystemExit(f"{self.name} read {result['count']} rows of {self.count}")
        self.rates.append(self.size / result["seconds"])


def has_module(python, name):
    return subprocess.run([python, "-c", f"import {name}"], stderr=subprocess.DEVNULL).returncode == 0


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="of the table, in millions of bytes")
    parser.add_argument("--mini-batch-size", default="8 MB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    path, count = table_of(options.megabytes)
    readers = [reader for reader in ("pandas", "pyarrow") if has_module(options.python, reader)]

    print(describe_machine(options.python))
    print(f"{count:,} rows, {os.path.getsize(path):,} bytes, mini-batches of {options.mini_batch_size}, {options.workers} workers")
    farm = Farm(options, path, count)
    plain = [Plain(options, path, count, reader, cores) for reader in readers for cores in (1, 0)]
    for number in range(options.rounds):
        for side in [farm, *plain] if number % 2 == 0 else [*plain, farm]:
            side.measure()
            print(f"round {number + 1}: {side.name}: {side.rates[-1] / 1e6:.1f} MB/s", flush=True)
    print("\nMB/s, median (least … most)")
    print(f"  {'prs_mpi, from init() on':<28} {spread([rate / 1e6 for rate in farm.rates])}")
    print(f"  {'… each worker':<28} {spread([rate / 1e6 / options.workers for rate in farm.rates])}")
    print(f"  {'… from the command on':<28} {spread([rate / 1e6 for rate in farm.whole_rates])}")
    for side in plain:
        ratio = median(ours / theirs for ours, theirs in zip(farm.rates, side.rates))
        print(f"  {side.name:<28} {spread([rate / 1e6 for rate in side.rates])}; prs_mpi ÷ it: {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
