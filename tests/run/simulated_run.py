"""A run folder as a run of any size would leave it, for looking at its report: python3 simulated_run.py FOLDER [--mini-batches N] …

Only what `prs_mpi report` reads is there: the workers' files of tries, the progress overviews, logs/job_result.txt, logs/sys/config.yaml,
logs/sys/perf and logs/user/error. All is drawn from a seed, so that the same command makes the same folder.
"""

import argparse
import datetime
import heapq
import os
import random

BEGUN = 1772366400.0  # 2026-03-01T12:00:00Z
COLUMNS = ("time", "elapsed_s", "done", "total", "percent", "failed", "gave_up", "failed_items", "running", "tries", "ready", "workers",
           "per_second", "left_s")
ERRORS = (("RUN_EXCEPTION", "ValueError", "ValueError: could not convert string to float: 'n/a'"),
          ("RUN_EXCEPTION", "OSError", "OSError: cannot identify image file '/data/tiles/%d.tif'"),
          ("RUN_TIMEOUT", "RunTimeout", "run() took longer than 60 s (run_invocation_timeout)"),
          ("PROCESS_DIED", "ProcessDied", "the script process was killed by signal 9 (out of memory?)"))


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class SimulatedRun:
    def __init__(self, folder, mini_batches=1000, workers=8, nodes=1, mean_seconds=1.0, failing=0.0, items=10, seed=1):
        self.folder, self.mini_batches, self.workers, self.nodes = folder, mini_batches, workers, nodes
        self.mean_seconds, self.failing, self.items = mean_seconds, failing, items
        self.random = random.Random(seed)
        self.ends = []  # (time of the run, succeeded, given up) of each try
        self.tries = 0
        self.seconds = 0.0
        self.failed_tries = {}  # worker → [text]

    def path(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def node_of(self, worker):
        return "node%02d" % (worker * self.nodes // self.workers + 1)

    def write(self):
        self.run_all()
        self.write_overview()
        self.write_result()
        self.write_usage()
        for worker, texts in self.failed_tries.items():
            with open(self.path("logs", "user", "error", self.node_of(worker), "process%03d.txt" % worker), "w") as stream:
                stream.writelines(texts)

    def run_all(self):
        """Whoever is free first takes the next mini-batch; a failed try comes again at once."""
        files = [open(self.path(".prs", "tries", "%d.csv" % (worker + 1)), "w") for worker in range(self.workers)]
        free = []
        for worker in range(self.workers):
            files[worker].write("#,%s,process%03d\n" % (self.node_of(worker), worker))
            heapq.heappush(free, (2 + 3 * self.random.random(), worker))
        for mini_batch in range(self.mini_batches):
            for number in (1, 2, 3):
                begun, worker = heapq.heappop(free)
                end, is_done = self.run_one(files[worker], worker, mini_batch, number, begun)
                self.seconds = max(self.seconds, end)
                heapq.heappush(free, (end + 0.002 * self.mean_seconds * self.random.random(), worker))
                self.ends.append((end, is_done, not is_done and number == 3))
                if is_done:
                    break
        for stream in files:
            stream.close()
        self.seconds += 1.5

    def run_one(self, stream, worker, mini_batch, number, begun):
        run = self.mean_seconds * self.random.lognormvariate(-0.18, 0.6)
        status, category, message = "RUN_DONE", "", ""
        if self.random.random() < self.failing * (1 if number == 1 else 8):
            status, category, message = self.random.choices(ERRORS, (8, 4, 2, 1))[0]
            message = message % mini_batch if "%d" in message else message
            run = 60.0 if status == "RUN_TIMEOUT" else 0.5 * run
            self.note_error(worker, begun + run, mini_batch, number, status, message)
        process = run * 1.02 + 0.001
        end = begun + process
        succeeded = self.items if status == "RUN_DONE" else 0
        first, last = "/data/tiles/%d.tif" % (mini_batch * self.items), "/data/tiles/%d.tif" % (mini_batch * self.items + self.items - 1)
        quoted = '"%s"' % message.replace('"', '""') if message else ""
        stream.write('%d,%d,process%03d,%s,%d,%d,%d,%.6f,%.6f,%.6f,%s,%s,%s,"{""first"":""%s"",""last"":""%s"",""items"":%d}",%d\n' % (
            mini_batch, number, worker, utc(BEGUN + 1), self.items, succeeded, self.items - succeeded, process + 0.01, process, run, status,
            category, quoted, first, last, self.items, int((BEGUN + end) * 1e6)))
        self.tries += 1
        return end, status == "RUN_DONE"

    def note_error(self, worker, at, mini_batch, number, status, message):
        traceback = "Traceback (most recent call last):\n  File \"/scripts/tiles.py\", line 41, in run\n    value = read(path)\n%s\n" % message
        self.failed_tries.setdefault(worker, []).append("%s mini-batch %d, try %d, %s: %s\n%s" % (
            utc(BEGUN + at), mini_batch, number, status, message, traceback))

    def write_overview(self):
        self.ends.sort()
        with open(self.path("logs", "job_progress_overview.20260301T120000Z.txt"), "w") as stream:
            stream.write("# Progress of the run started %s; counts are mini-batches\n%s\n" % (utc(BEGUN), " ".join(COLUMNS)))
            at, place, self.done, self.gave_up = 0.0, 0, 0, 0
            rate = 0.0
            while True:
                at = min(at, self.seconds)
                before = place
                while place < len(self.ends) and self.ends[place][0] <= at:
                    self.done += self.ends[place][1]
                    self.gave_up += self.ends[place][2]
                    place += 1
                step = max(1.0, at / 100)
                rate = 0.6 * rate + 0.4 * (place - before) / step
                stream.write(" ".join(str(value) for value in (
                    utc(BEGUN + at), "%.1f" % at, self.done, self.mini_batches, "%.1f" % (100 * self.done / self.mini_batches), self.gave_up,
                    self.gave_up, self.gave_up * self.items, min(self.workers, len(self.ends) - place), place, self.workers, self.workers,
                    "%.2f" % rate, "-")) + "\n")
                if at >= self.seconds:
                    return
                at += max(1.0, at / 100)

    def write_result(self):
        with open(self.path("logs", "job_result.txt"), "w") as stream:
            stream.write("Run                tiles\nDescription        Land cover of each tile\nEnded              completed (exit status 0)\n\n"
                         "Mini-batches       %d\nRows               %d\n\nNext step\n  None.\n" % (self.mini_batches, self.done * self.items))
        with open(self.path("logs", "sys", "config.yaml"), "w") as stream:
            stream.write("# What prs_mpi understood of /projects/land cover/tiles.yaml\nname: tiles\nparallel_run_config:\n"
                         "  entry_script: tiles.py\n  mini_batch_size: %d\n" % self.items)

    def write_usage(self):
        for node in range(self.nodes):
            name = "node%02d" % (node + 1)
            at = 0.0
            with open(self.path("logs", "sys", "perf", name, "node_resource_usage.csv"), "w") as stream:
                stream.write("Time,Cpu Percent,Load Average 1 min,Memory Total Bytes,Memory Available Bytes,Disk Read Bytes\n")
                while at < self.seconds:
                    stream.write("%s,%s,1.0,%d,%d,0\n" % (utc(BEGUN + at), "" if at == 0 else "%.1f" % (86 + 12 * self.random.random()),
                                                        256 << 30, int((256 - 60 - 40 * at / self.seconds - 6 * self.random.random()) * (1 << 30))))
                    at += max(2.0, self.seconds / 100)
            with open(self.path("logs", "sys", "perf", name, "processes_resource_usage.csv"), "w") as stream:
                stream.write("Time,Process,Pid,Parent Pid,Name,Cpu Seconds,Cpu Percent,Rss Bytes\n")
                stream.write("%s,process%03d,77,1,python3,1.0,99,%d\n" % (utc(BEGUN), node * self.workers // self.nodes, 3 << 30))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--mini-batches", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--mean-seconds", type=float, default=1.0)
    parser.add_argument("--failing", type=float, default=0.0, help="part of the first tries that fail")
    arguments = parser.parse_args()
    SimulatedRun(**vars(arguments)).write()


if __name__ == "__main__":
    main()
