#!/usr/bin/env python3
"""Seconds from the command to init() and to the first run() call, and to the end of a run with one mini-batch a worker."""

import sys
import time

from bench_support import BENCH_FOLDER, FarmRun, argument_parser, describe_machine, folder_of_empty_files, spread


def earliest(notes, what):
    return min(float(path.read_text(encoding="ascii")) for path in notes.glob(f"{what}.*[0-9]"))


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    print(describe_machine(options.python))
    notes = BENCH_FOLDER / "startup" / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    count = options.workers
    farm = FarmRun("startup", options, folder_of_empty_files(count), "note_first_run.py", [notes, 0])

    to_init, to_run, to_end = [], [], []
    for _ in range(options.runs):
        for old in notes.iterdir():
            old.unlink()
        status = farm.start().wait()
        end = time.time()
        if status != 0 or farm.row_count() != count:
            farm.give_up(f"exit status {status}, {farm.row_count()} rows of {count}")
        to_init.append(earliest(notes, "init") - farm.started)
        to_run.append(earliest(notes, "run") - farm.started)
        to_end.append(end - farm.started)
    print(f"{options.workers + 1} ranks, {options.runs} runs; seconds from the command, median (least … most)")
    for what, values in (("first init()", to_init), ("first run()", to_run), ("end of the command", to_end)):
        print(f"  to the {what:<20} {spread(values, '{:.3f}')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
