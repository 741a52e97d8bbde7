"""What the tests of the real program share: a scratch folder, a configuration, mpirun, and a look at what is left behind.

The program is PRS_MPI (default build/bin/prs_mpi), the scripts' interpreter PRS_PYTHON (default /usr/bin/python3). Every process that a
test starts, however far down, carries a mark in its environment, so that a leftover is found by /proc alone.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Absolute: the tests know the ranks by it, and mpirun looks for another one on the PATH.
PROGRAM = os.path.abspath(os.environ.get("PRS_MPI", os.path.join(ROOT, "build", "bin", "prs_mpi")))
PYTHON = os.environ.get("PRS_PYTHON", "/usr/bin/python3")
# An Open MPI 5 beside the system's one, for the tests of lost ranks (scripts/openmpi5).
OPENMPI5 = os.environ.get("PRS_OPENMPI5", os.path.join(ROOT, "build", "openmpi5"))
MARK = "PRS_TEST_MARK"
LIMIT_SECONDS = 120

# A disk that stalls, hangs or refuses, to be preloaded (faulty_disk.cpp).
FAULTY_DISK = os.path.join(os.path.dirname(os.path.dirname(PROGRAM)), "lib", "prs_faulty_disk.so")

# Part of a script: where it waits while a test holds that phase.
WAITING = """
import os, time
def wait_while_held(phase):
    while os.path.exists(os.path.join({folder!r}, "hold-" + phase)):
        time.sleep(0.01)
"""

# Notes each run() that begins and each that ends; one row for each item.
NOTING = WAITING + """
def note(kind, mini_batch):
    with open(os.path.join({folder!r}, kind, os.path.basename(mini_batch[0])), "a") as stream:
        stream.write("x")
def run(mini_batch):
    note("begun", mini_batch)
    {body}
    note("ended", mini_batch)
    return [os.path.basename(path) for path in mini_batch]
"""


def processes_with(mark):
    """{pid: command line} of every living process that carries the mark."""
    found = {}
    needle = (MARK + "=" + mark).encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as stream:
                if needle not in stream.read().split(b"\0"):
                    continue
            with open("/proc/%s/stat" % pid) as stream:
                if stream.read().rsplit(")", 1)[1].split()[0] == "Z":
                    continue
            with open("/proc/%s/cmdline" % pid, "rb") as stream:
                found[int(pid)] = stream.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return found


class Ran:
    """How one run of the program ended."""

    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr

    def __repr__(self):
        return "status %s\n--- stdout\n%s\n--- stderr\n%s" % (self.status, self.stdout[-3000:], self.stderr[-6000:])


class RunTest(unittest.TestCase):
    mpi = None  # the folder of another Open MPI than the system's; it is one that survives lost ranks

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="prs-run-test-")
        self.mark = uuid.uuid4().hex
        self.started = []
        os.mkdir(self.path("data"))
        os.mkdir(self.path("scripts"))

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.expect_no_process_left()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def out(self, *names):
        return self.path("out", *names)

    def make_files(self, count, folder="data"):
        os.makedirs(self.path(folder), exist_ok=True)
        for i in range(count):
            with open(self.path(folder, "item%05d" % i), "w") as stream:
                stream.write(str(i))

    def write_script(self, text, name="entry.py"):
        path = self.path("scripts", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as stream:
            stream.write(text)

    def write_noting_script(self, body):
        """run() notes in which mini-batches it was begun and ended; `body` runs in between."""
        for kind in ("begun", "ended"):
            os.makedirs(self.path(kind), exist_ok=True)
        self.write_script(NOTING.format(folder=self.folder, body=body))

    def hold(self, phase="run"):
        """A script that waits for it (WAITING) stays where it is until let_go(): so the job cannot be over too soon."""
        open(self.path("hold-" + phase), "w").close()

    def let_go(self, phase="run"):
        os.unlink(self.path("hold-" + phase))

    def count(self, kind):
        """In how many mini-batches run() was "begun" or "ended"."""
        return len(os.listdir(self.path(kind)))

    def repeated(self, kind):
        """The mini-batches in which it was more than once."""
        return sorted(name for name in os.listdir(self.path(kind)) if os.path.getsize(self.path(kind, name)) > 1)

    def write_config(self, name="config.yaml", workers=2, top=None, **keys):
        """A native configuration; JSON is YAML."""
        parallel = {
            "entry_script": "entry.py",
            "source_directory": "scripts",
            "mini_batch_size": 1,
            "error_threshold": -1,
            "output_action": "append_row",
            "process_count_per_node": workers,
            "node_count": 1,
            "environment": {"python": PYTHON},
        }
        parallel.update(keys)
        config = {
            "name": "test",
            "inputs": [{"name": "items", "path": "data"}],
            "output": "out",
            "parallel_run_config": {key: value for key, value in parallel.items() if value is not None},
        }
        config.update(top or {})
        with open(self.path(name), "w") as stream:
            json.dump(config, stream, indent=1)
        return self.path(name)

    def environment(self, extra=None):
        environment = dict(os.environ)
        environment.update(
            {
                MARK: self.mark,
                "OMPI_ALLOW_RUN_AS_ROOT": "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                "OMPI_MCA_rmaps_base_oversubscribe": "1",
                "OMPI_MCA_mpi_yield_when_idle": "1",
            }
        )
        if self.mpi:
            environment["PATH"] = os.path.join(self.mpi, "bin") + os.pathsep + environment["PATH"]
            environment["LD_LIBRARY_PATH"] = os.path.join(self.mpi, "lib")
        environment.update(extra or {})
        return environment

    def faulty_disk(self, *rules):
        """What to add to the environment of a job, so that its disk follows these rules (faulty_disk.cpp)."""
        self.change_disk(*rules)
        return {"LD_PRELOAD": FAULTY_DISK, "PRS_FAULTY_DISK": self.path("disk")}

    def change_disk(self, *rules):
        """Other rules for a disk that is in use."""
        beside = self.path("disk.new")
        with open(beside, "w") as stream:
            stream.write("".join(rule + "\n" for rule in rules))
        os.rename(beside, self.path("disk"))

    def disk_hits(self):
        """What the rules have struck so far: "CALL PATH" lines."""
        hits = self.path("disk.hits")
        return self.read(hits).splitlines() if os.path.exists(hits) else []

    def start(self, words, extra=None, **options):
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            **options
        )
        self.started.append(process)
        return process

    def finish(self, process, limit=LIMIT_SECONDS):
        try:
            stdout, stderr = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            stacks = "\n".join("%d %s" % entry for entry in sorted(processes_with(self.mark).items()))
            process.send_signal(signal.SIGKILL)
            self.fail("still running after %d s; alive:\n%s" % (limit, stacks))
        return Ran(process.returncode, stdout, stderr)

    def mpirun_words(self, ranks, *arguments):
        words = ["mpirun", "--with-ft", "ulfm", "--oversubscribe"] if self.mpi else ["mpirun"]
        return words + ["--bind-to", "none", "-n", str(ranks), PROGRAM] + list(arguments)

    def rank_process(self, rank):
        """The process id of that rank of the job that runs now; None where there is none."""
        needle = b"OMPI_COMM_WORLD_RANK=%d" % rank
        for pid, words in processes_with(self.mark).items():
            try:
                with open("/proc/%d/environ" % pid, "rb") as stream:
                    if words.startswith(PROGRAM) and needle in stream.read().split(b"\0"):
                        return pid
            except OSError:
                continue
        return None

    def kill(self, *ranks):
        """They must be alive: a loss that did not happen proves nothing."""
        pids = [self.rank_process(rank) for rank in ranks]
        self.assertNotIn(None, pids, "not all of the ranks %s are alive" % (ranks,))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def kill_job(self, job, *ranks):
        """These ranks, then mpirun: nothing of them is left, and there is no output yet."""
        self.kill(*ranks)
        job.kill()
        self.finish(job)
        self.expect_no_process_left(limit=20)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))

    def mpirun(self, ranks, *arguments, extra=None):
        """mpirun -n RANKS prs_mpi ARGUMENTS; `config.yaml` where none are given."""
        words = self.mpirun_words(ranks, *(arguments or ("config.yaml",)))
        return self.finish(self.start(words, extra))

    def prs_mpi(self, *arguments, extra=None):
        """The program without mpirun."""
        return self.finish(self.start([PROGRAM] + list(arguments), extra))

    def expect_status(self, ran, status):
        self.assertEqual(ran.status, status, repr(ran) + self.logs())

    def logs(self):
        text = ""
        for name in ("job_error.txt", "job_result.txt"):
            path = self.out("logs", name)
            try:
                text += "\n--- %s\n%s" % (name, self.read(path)[:3000])
            except OSError:
                pass
        return text

    def read(self, path):
        with open(path, errors="surrogateescape", newline="") as stream:
            return stream.read()

    def rows(self, name="parallel_run_step.txt"):
        return self.read(self.out(name)).splitlines()

    def tries(self):
        """processed_mini-batches.csv as a list of dicts, in order of mini-batch and try."""
        import csv

        with open(self.out("logs", "sys", "job_report", "processed_mini-batches.csv"), newline="") as stream:
            rows = list(csv.DictReader(stream))
        return sorted(rows, key=lambda row: (int(row["Mini-batch Id"]), int(row["Picked Count"])))

    def wait_until(self, condition, what, limit=LIMIT_SECONDS):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                self.fail("did not happen within %d s: %s" % (limit, what))
            time.sleep(0.02)

    def expect_no_process_left(self, limit=10):
        """Nothing that the test started may outlive it (rule 7.6); the last ones may be on their way out."""
        end = time.monotonic() + limit
        left = processes_with(self.mark)
        while left and time.monotonic() < end:
            time.sleep(0.05)
            left = processes_with(self.mark)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, {}, "processes outlived the job")


def main():
    unittest.main(verbosity=2, argv=sys.argv)
