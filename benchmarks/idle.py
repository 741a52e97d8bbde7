#!/usr/bin/env python3
"""CPU that the master and the workers use while all scripts sleep, as percent of a core.

Each run() sleeps 3 s. From when every script is inside its first run(), user and system time of each rank is read from /proc over a window.
"""

import os
import sys
import time
from pathlib import Path

from bench_support import BENCH_FOLDER, FarmRun, argument_parser, describe_machine, folder_of_empty_files

LAUNCHERS = {"mpirun", "orterun", "prterun", "orted", "prted", "slurmstepd"}
RUN_SECONDS = 3.0


def parent_and_name(pid):
    """Of a living process; None for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    return int(text[text.rindex(")") + 2 :].split()[1]), name


def descendants(root):
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (found := parent_and_name(entry)):
            parents[int(entry)] = found[0]
    below, grew = {root}, True
    while grew:
        new = {pid for pid, parent in parents.items() if parent in below and pid not in below}
        below |= new
        grew = bool(new)
    return below - {root}


def ranks_below(root):
    """Rank number → pid. A rank is a child of MPI's launcher that has a rank in its environment; keepers, hosts and loaders lie below one."""
    ranks = {}
    for pid in descendants(root):
        found = parent_and_name(pid)
        if not found or not (above := parent_and_name(found[0])) or above[1] not in LAUNCHERS:
            continue
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith((b"OMPI_COMM_WORLD_RANK=", b"PMIX_RANK=")):
                ranks[int(variable.split(b"=")[1])] = pid
    return ranks


def cpu_seconds(pid):
    """User and system time of all threads of a process; 0 for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    user, system = text[text.rindex(")") + 2 :].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def wait_until_all_run(process, farm, notes, workers):
    deadline = time.monotonic() + 120
    while len(list(notes.glob("run.*[0-9]"))) < workers:
        if process.poll() is not None or time.monotonic() > deadline:
            farm.give_up("not every script came to run()")
        time.sleep(0.05)


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--window", type=float, default=30.0, help="seconds that are measured")
    options = parser.parse_args()
    print(describe_machine(options.python))

    notes = BENCH_FOLDER / "idle" / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    for old in notes.iterdir():
        old.unlink()
    count = int((options.window / RUN_SECONDS + 20) * options.workers)
    farm = FarmRun("idle", options, folder_of_empty_files(count), "note_first_run.py", [notes, RUN_SECONDS])
    process = farm.start()
    wait_until_all_run(process, farm, notes, options.workers)
    time.sleep(1)  # what belongs to the start is over

    ranks = ranks_below(process.pid)
    if sorted(ranks) != list(range(options.workers + 1)):
        farm.stop(process)
        farm.give_up(f"found the ranks {sorted(ranks)}, expected 0 to {options.workers}")
    others = descendants(process.pid) - set(ranks.values())
    before = {pid: cpu_seconds(pid) for pid in [*ranks.values(), *others]}
    begin = time.monotonic()
    time.sleep(options.window)
    window = time.monotonic() - begin
    percent = {pid: 100 * (cpu_seconds(pid) - used) / window for pid, used in before.items()}
    if process.poll() is not None or ranks_below(process.pid) != ranks:
        farm.give_up("the run ended, or lost a rank, while it was measured")
    farm.stop(process)

    print(f"percent of a core over {window:.0f} s, {options.workers} workers whose scripts sleep {RUN_SECONDS:.0f} s a call")
    for rank, pid in sorted(ranks.items()):
        print(f"  rank {rank}, {'master' if rank == 0 else 'worker'}: {percent[pid]:.2f} %")
    print(f"  all else (scripts, keepers, mpirun, launcher): {sum(percent[pid] for pid in others):.2f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
