#!/usr/bin/env python3
"""Seconds until a run whose mini-batches are nearly all done decides what is left: from the command to the first run() of it."""

import os
import re
import shutil
import signal
import sys
import time

from bench_support import BENCH_FOLDER, FarmRun, argument_parser, describe_machine, folder_of_empty_files, spread


def notes_of(folder):
    return [float(path.read_text(encoding="ascii")) for path in folder.glob("run.*[0-9]")]


def make_run(farm, notes, held):
    """Farms all but the last items, which the scripts hold; then everything is killed."""
    process = farm.start()
    while len(notes_of(notes)) < held:
        if process.poll() is not None:
            farm.give_up(f"ended early with {process.returncode}")
        time.sleep(0.2)
    time.sleep(2)  # what went back from a script that holds one is done by the others
    ranks = {int(pid) for pid in re.findall(r"process (\d+)", (farm.output / "logs" / "job_result.txt").read_text())}
    kill_job(process, ranks)


def kill_job(process, ranks):
    process.kill()
    for pid in ranks:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    deadline = time.time() + 30
    while any(os.path.exists(f"/proc/{pid}") for pid in ranks) and time.time() < deadline:
        time.sleep(0.1)
    time.sleep(2)  # mpirun ends the other ranks


def log_seconds(farm, what):
    """The last such figure of rank 0's log."""
    text = (farm.output / "logs" / "sys" / "master_role.txt").read_text(encoding="utf-8", errors="replace")
    return float(re.findall(what + r" in ([0-9.]+) s", text)[-1])


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--mini-batches", type=int, default=1_000_000, help="of one empty file each")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(describe_machine(options.python))
    notes = BENCH_FOLDER / "resume" / "notes"
    shutil.rmtree(notes, ignore_errors=True)
    notes.mkdir(parents=True)
    count, held = options.mini_batches, options.workers
    farm = FarmRun("resume", options, folder_of_empty_files(count), "hold_last.py", [notes, count - held],
                   run_invocation_timeout=3600)
    make_run(farm, notes, held)
    saved = farm.folder / "saved"
    shutil.rmtree(saved, ignore_errors=True)
    farm.output.rename(saved)
    (notes / "resumed").touch()

    decides, planning, reading, ends = [], [], [], []
    for _ in range(options.runs):
        for old in notes.glob("run.*"):
            old.unlink()
        shutil.rmtree(farm.output, ignore_errors=True)
        shutil.copytree(saved, farm.output, symlinks=True)
        status = farm.start(is_resuming=True).wait()
        end = time.time()
        if status != 0 or farm.row_count() != count:
            farm.give_up(f"exit status {status}, {farm.row_count()} rows of {count}")
        decides.append(min(notes_of(notes)) - farm.started)
        planning.append(log_seconds(farm, "planned"))
        reading.append(log_seconds(farm, "read"))
        ends.append(end - farm.started)
    shutil.rmtree(saved)
    rest = [all_of_it - plan - read for all_of_it, plan, read in zip(decides, planning, reading)]
    print(f"{count} mini-batches, all but {held} done; {options.runs} resumes; seconds, median (least … most)")
    for what, values in (
        ("to the first run()", decides), ("  of it: planning", planning), ("  of it: reading the ledger", reading),
        ("  of it: the rest", rest), ("to the end, rows put together", ends),
    ):
        print(f"  {what:<32} {spread(values, '{:.3f}')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
