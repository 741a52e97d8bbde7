"""The processes of one start, found by the round's own mark; nobody else is ever hit."""

import os
import signal

from run_testing import MARK, processes_with


class Process:
    """A process as /proc has it; `rank` where it is one."""

    def __init__(self, pid, words, program):
        self.pid = pid
        self.words = words.split()
        self.name = os.path.basename(self.words[0]) if self.words else ""
        self.rank = self._rank() if self.words and self.words[0] == program else None

    def _rank(self):
        value = variable(self.pid, "OMPI_COMM_WORLD_RANK") or variable(self.pid, "PMIX_RANK")
        return int(value) if value and value.isdigit() else None

    def is_host(self):
        return any(os.path.basename(word) == "prs_host.py" for word in self.words[:4])


def variable(pid, name):
    """A variable of that process's environment, None without."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as stream:
            for entry in stream.read().split(b"\0"):
                if entry.startswith(name.encode() + b"="):
                    return entry.split(b"=", 1)[1].decode(errors="replace")
    except OSError:
        pass
    return None


class Victims:
    """Looked up anew for each event. `launcher`: the launcher's process id, None where mpirun was started by hand."""

    def __init__(self, mark, program, launcher):
        self.mark, self.program, self.launcher = mark, program, launcher

    def all(self):
        return [Process(pid, words, self.program) for pid, words in sorted(processes_with(self.mark).items())]

    def send(self, processes, number):
        """By a handle of the very process, whose mark is looked at once more; how many were hit."""
        hit = 0
        for process in processes:
            try:
                handle = os.pidfd_open(process.pid)
            except OSError:
                continue
            try:
                if variable(process.pid, MARK) == self.mark:
                    signal.pidfd_send_signal(handle, number)
                    hit += 1
            except OSError:
                pass
            finally:
                os.close(handle)
        return hit

    def of(self, what, choose):
        """The processes that an event's name means; none where there are none now."""
        found = self.all()
        ranks = [p for p in found if p.rank is not None]
        workers = [p for p in ranks if p.rank > 0]
        mpirun = [p for p in found if p.name in ("mpirun", "prterun", "prte")]
        one = lambda some: [choose.choice(some)] if some else []  # noqa: E731
        if what == "host":
            return one([p for p in found if p.is_host()])
        if what == "grandchild":
            return one([p for p in found if p.name == "sleep"])
        if what == "keeper":
            return one([p for p in found if p.name == "prs_keeper"])
        if what == "loader":
            return one([p for p in found if p.name == "prs_loader"])
        if what == "worker":
            return one(workers)
        if what == "two workers":
            return choose.sample(workers, 2) if len(workers) > 1 else []
        if what == "master":
            return [p for p in ranks if p.rank == 0]
        if what == "rank":
            return one(ranks)
        if what == "mpirun":
            return mpirun
        if what == "mpirun and ranks":
            return mpirun + ranks if mpirun and ranks else []
        if what == "launcher":
            return [p for p in found if p.pid == self.launcher]
        return found

    def hosts_of(self, ranks):
        """Process ids of the script hosts that these workers drive."""
        indices = {str(process.rank - 1) for process in ranks if process.rank}
        return [p.pid for p in self.all() if p.is_host() and variable(p.pid, "PRS_PROCESS_INDEX") in indices]
