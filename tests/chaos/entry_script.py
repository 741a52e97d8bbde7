"""The entry script of a chaos round: what each mini-batch does stands in the plan.

Each run() call notes itself before it does anything: mini-batch, earlier tries, start of the run, process, time in ms. So is each deed
noted that hits the run: start, kind, mini-batch or process, this process.
"""

import hashlib
import json
import os
import signal
import sys
import time

PLAN, NOTES, DEEDS = sys.argv[1:4]
START = int(os.environ["PRS_CHAOS_START"])


def append(path, line):
    stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(stream, line.encode())
    os.close(stream)


def note_deed(kind, number):
    append(os.path.join(DEEDS, "deeds"), "%d %s %d %d\n" % (START, kind, number, os.getpid()))


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
    with open(PLAN) as stream:
        plan = json.load(stream)
    process = int(os.environ["PRS_PROCESS_INDEX"])
    if process == plan["failing_process"] and START in plan["failing_starts"]:
        note_deed("init", process)
        raise RuntimeError("this process has no luck with init()")
    name = os.path.join(NOTES, "%d-%d" % (START, os.getpid()))
    notes = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    if plan["has_daemons"]:
        daemon()


def rank_above():
    """The rank that drives this process; the launcher is of the same program, but no rank."""
    pid = os.getppid()
    while pid > 1:
        with open("/proc/%d/environ" % pid, "rb") as stream:
            is_rank = any(entry.startswith(b"OMPI_COMM_WORLD_RANK=") for entry in stream.read().split(b"\0"))
        if is_rank and os.path.basename(os.readlink("/proc/%d/exe" % pid)) == "prs_mpi":
            return pid
        with open("/proc/%d/stat" % pid) as stream:
            pid = int(stream.read().rsplit(")", 1)[1].split()[1])
    raise ProcessLookupError("the rank is gone")


def kill_own_rank(kind, index):
    rank = rank_above()
    note_deed(kind, index)
    os.kill(rank, signal.SIGKILL)
    time.sleep(1000)  # the rank's end is ours


def is_first_time(index):
    try:
        os.close(os.open(os.path.join(DEEDS, "once-%d" % index), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def row(path):
    name = "/".join(path.split("/")[-2:])
    size = plan["sizes"][name]
    return (name + " " + hashlib.sha256(name.encode()).hexdigest() * (size // 64 + 1))[:size]


def run(mini_batch, context):
    index, tries = int(context.minibatch_index), int(context.retry_count)
    line = "%06d %04d %04d %014d %015d" % (index, tries, START, os.getpid(), time.monotonic() * 1000)
    os.write(notes, (line + "\n").encode())
    kind, milliseconds, least_tries = plan["mini_batches"][index]
    if kind == "killer" or (kind == "once" and is_first_time(index)):
        kill_own_rank(kind, index)
    if milliseconds:
        time.sleep(milliseconds / 1000)
    if tries < least_tries:
        raise ValueError("not yet: mini-batch %d" % index)
    items = mini_batch if isinstance(mini_batch, list) else mini_batch.iloc[:, 0].tolist()  # a table has them as its records
    rows = [row(item) for item in items]
    return rows[:-1] if kind == "short" else rows
