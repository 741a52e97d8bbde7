#!/usr/bin/env python3
"""Rows a second that scripts give to append_row, and bytes a second of the final assembly, against cp.

The real binary runs, and every run() returns many rows of text. Rows are counted from the end of the first init() to the end of the last
run(). The assembly is timed from there until the output file has its name: so the last rows' way into the parts, the last round and
shutdown() count as well. cp copies the output file and syncs the copy.
"""

import os
import subprocess
import sys
import time

from bench_support import BENCH_FOLDER, FarmRun, argument_parser, describe_machine, folder_of_empty_files, spread
from bench_tables import run_with_notes


def copy_rate(path):
    """Bytes a second of cp and a sync of the copy."""
    copy = path.with_name("copy")
    begun = time.time()
    subprocess.run(["cp", "--reflink=never", str(path), str(copy)], check=True)
    with open(copy, "rb") as file:
        os.fsync(file.fileno())
    rate = os.path.getsize(copy) / (time.time() - begun)
    copy.unlink()
    return rate


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--mini-batches", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=10_000, help="of each mini-batch")
    parser.add_argument("--bytes", type=int, default=100, help="of each row, with its line end")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    BENCH_FOLDER.mkdir(parents=True, exist_ok=True)
    notes = BENCH_FOLDER / "append-row" / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    run = FarmRun(
        "append-row", options, folder_of_empty_files(options.mini_batches), "many_rows.py", [notes, options.rows, options.bytes]
    )
    count = options.mini_batches * options.rows

    print(describe_machine(options.python))
    print(f"{count:,} rows, {count * options.bytes:,} bytes, {options.workers} workers")
    in_rates, assembly_rates, copy_rates = [], [], []
    for number in range(options.rounds):
        begun, last = run_with_notes(run, notes)
        if run.row_count() != count:
            run.give_up(f"{run.row_count()} rows of {count}")
        path = run.output / "parallel_run_step.txt"
        named = os.stat(path).st_ctime  # of the rename
        in_rates.append(count / (last - begun))
        assembly_rates.append(os.path.getsize(path) / (named - last))
        copy_rates.append(copy_rate(path))
        rates = f"{in_rates[-1]:,.0f} rows/s; {assembly_rates[-1] / 1e6:.1f} MB/s, cp {copy_rates[-1] / 1e6:.1f} MB/s"
        print(f"round {number + 1}: {rates}", flush=True)
    print("\nmedian (least … most)")
    print(f"  rows a second into append_row   {spread(in_rates, '{:,.0f}')}")
    print(f"  assembly, MB/s                  {spread([rate / 1e6 for rate in assembly_rates])}")
    print(f"  cp and sync, MB/s               {spread([rate / 1e6 for rate in copy_rates])}")
    print(f"  assembly ÷ cp                   {spread([ours / theirs for ours, theirs in zip(assembly_rates, copy_rates)])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
