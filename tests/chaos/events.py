"""The kinds of trouble that a start of a run meets, each hitting only processes with the round's own mark."""

import os
import signal
import time

from run_testing import MARK, processes_with

PAUSE_SECONDS = (0.05, 0.4)

# kind → how often, relative to the others
WEIGHTS = {
    "kill host": 5,
    "kill grandchild": 2,
    "kill keeper": 3,
    "kill worker": 3,
    "kill two workers": 2,
    "kill master": 3,
    "kill mpirun": 2,
    "kill mpirun and ranks": 3,
    "kill launcher": 2,
    "kill everything": 3,
    "pause worker": 2,
    "SIGTERM launcher": 1,
    "SIGINT launcher": 1,
    "SIGUSR1 launcher": 1,
    "SIGTERM mpirun": 1,
    "SIGINT mpirun": 1,
    "SIGUSR1 mpirun": 1,
    "SIGTERM rank": 1,
    "SIGINT rank": 1,
    "SIGUSR1 rank": 1,
    "fill disk": 4,
}
COST_ONE_TRY = ("kill host", "kill keeper")
HARMLESS = ("kill grandchild", "pause worker")
SIGNAL_RANKS = ("SIGTERM rank", "SIGINT rank", "SIGUSR1 rank")
LOSE_RANKS = (
    "kill worker", "kill two workers", "kill master", "kill mpirun", "kill mpirun and ranks", "kill launcher", "kill everything"
)


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
    """The processes of one start, looked up anew for each event."""

    def __init__(self, mark, program, leader):
        self.mark, self.program, self.leader = mark, program, leader
        self.is_launched = leader.args[0] == program

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
            return [p for p in found if p.pid == self.leader.pid and self.is_launched]
        return found


class Event:
    """One event of a start: its kind and when. `hit_at` is None until it really hit somebody."""

    def __init__(self, kind, seconds, runs, choose):
        self.kind, self.seconds, self.runs, self.choose = kind, seconds, runs, choose
        self.hit_at = None
        self.is_over = False

    def describe(self):
        return "%s (%s)" % (self.kind, "%.2f s" % self.seconds if self.runs is None else "%d runs + %.2f s" % (self.runs, self.seconds))

    def perform(self, victims, disk, moment):
        self.is_over = True
        if self.kind == "fill disk":
            if disk is None or disk.is_full():
                return
            disk.fill()
            self.hit_at = moment
            return
        verb, what = self.kind.split(" ", 1)
        processes = victims.of(what, self.choose)
        number = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}.get(verb) or getattr(signal, verb)
        hit = victims.send(processes, number)
        if verb == "pause":
            time.sleep(self.choose.uniform(*PAUSE_SECONDS))
            victims.send(processes, signal.SIGCONT)
        if what == "everything":
            # What was being born meanwhile has nobody left who would end it.
            while victims.send(victims.all(), number):
                pass
        if hit > 0:
            self.hit_at = moment


def earliest(event, planned):
    """A keeper and its rank that are killed at the same moment leave nobody who would end what the script made
    (src/script/orphans.hpp), so the second of the two is put off until the first has done its work."""
    def is_rival(other):
        return other.hit_at is not None and (
            (event.kind == "kill keeper" and other.kind in LOSE_RANKS + ("SIGTERM mpirun", "SIGINT mpirun"))
            or (event.kind in LOSE_RANKS and other.kind == "kill keeper"))
    return max((other.hit_at + 4 for other in planned if is_rival(other)), default=0)


def draw_events(choose, count, span, pending, has_disk, is_launched):
    """`count` events at random moments of a start that takes about `span` seconds for `pending` mini-batches."""
    kinds = [k for k in WEIGHTS if (has_disk or k != "fill disk") and (is_launched or "launcher" not in k)]
    events = []
    for _ in range(count):
        kind = choose.choices(kinds, [WEIGHTS[k] for k in kinds])[0]
        if choose.random() < 0.3 or pending == 0:
            seconds, runs = choose.uniform(0, span), None
        else:
            seconds = choose.choice((0, choose.uniform(0, 0.1), choose.uniform(0, 0.5)))
            runs = 1 + int(choose.random() ** 2 * pending)  # rather early, so that more starts find work left
        events.append(Event(kind, seconds, runs, choose))
    return events


def allowed_statuses(is_launched, kinds, has_begun, has_mpi5=False):
    """What a start may end with after these kinds really hit it (SPEC 8); mpirun's own where it was started by hand.

    That of Open MPI 5 gives a status of the ranks that are left, when it does not go on without the lost ones.
    """
    allowed = {0}
    for kind in kinds:
        verb, what = kind.split(" ", 1)
        if kind == "fill disk":
            allowed.add(3)
        elif kind in COST_ONE_TRY + HARMLESS:
            if kind == "kill keeper" and not has_begun:
                allowed.add(3)  # it kept the interpreter that was asked for its version
        elif verb == "kill" and is_launched:
            allowed |= {3, -signal.SIGKILL} if what in ("launcher", "everything") else {3}
        elif verb == "kill":
            allowed |= {128 + signal.SIGKILL, 3} if has_mpi5 else {128 + signal.SIGKILL}
            if "mpirun" in what or what == "everything":
                allowed.add(-signal.SIGKILL)
        else:
            if not is_launched and what == "mpirun" and any(other in LOSE_RANKS for other in kinds):
                allowed.add(-signal.SIGSEGV)  # mpirun's own (4.1.4), when it is told to stop while it ends its ranks
            allowed |= _after_signal(getattr(signal, verb), what, is_launched, has_begun)
    return allowed


def _after_signal(number, what, is_launched, has_begun):
    allowed = {75}
    if is_launched:
        # mpirun ends its ranks soon after SIGTERM and SIGINT, and a rank that does not listen yet dies of any.
        if what != "launcher":
            allowed.add(3)
        elif not has_begun:
            allowed.add(-number)
        return allowed
    if what == "mpirun" and number != signal.SIGUSR1:
        allowed |= {1, 128 + signal.SIGKILL, 128 + number}
    if not has_begun:
        allowed |= {-number, 128 + number}
    return allowed
