"""The profile of run(), where `profiling_module` asks for one (rule 2.3). Standard library only, Python 3.8 and later.

Two files: what the profiler itself writes, for pstats and its like, and beside it the hottest functions as CSV. The second one is what
`prs_mpi report` sums up over all processes: the first one's format belongs to the Python that wrote it.
"""

import csv
import os
import re

HOTTEST = 100
# In the names of functions that are not written in Python; another one in each process.
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class RunProfile:
    def __init__(self, module):
        self.profile = __import__(module).Profile()

    def of(self, run):
        # The profiler in pure Python believes that it is still in the last call, and fails in the next one, unless it is told.
        complete = getattr(self.profile, "simulate_cmd_complete", lambda: None)

        def profiled_run(*arguments, **named):
            try:
                return self.profile.runcall(run, *arguments, **named)
            finally:
                complete()
        return profiled_run

    def write(self, path):
        """Each host of a worker leaves a profile of its own: PATH, PATH.2, … and PATH.hot.csv, PATH.2.hot.csv, …"""
        path = unused_name(path)
        self.profile.dump_stats(path)
        self.profile.create_stats()
        with open(path + ".hot.csv", "w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(("Calls", "Own Seconds", "Seconds", "Place", "Function"))
            rows.writerows(hottest(self.profile.stats))


def hottest(stats):
    """(calls, seconds of its own, seconds with what it calls, place, name) of each, the one with most of its own first."""
    rows = [(calls, "%.6f" % own, "%.6f" % total, one_line("%s:%d" % (file, line)), one_line(ADDRESS.sub("", name)))
            for (file, line, name), (_, calls, own, total, _) in stats.items()]
    rows.sort(key=lambda row: -float(row[1]))
    return rows[:HOTTEST]


def one_line(text):
    return " ".join(text.split())


def unused_name(path):
    name, number = path, 1
    while os.path.exists(name):
        number += 1
        name = "%s.%d" % (path, number)
    return name
