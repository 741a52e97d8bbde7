"""The kinds of trouble that a start of a run meets, and what it may end with then."""

import signal
import time

from ledger_view import damage_rows

PAUSE_SECONDS = (0.05, 0.4)
STALL_SECONDS = (0.02, 0.3)  # one call
SLOW_SECONDS = (0.05, 2.5)  # from the first call that is hit until the disk is well again

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
    "damage rows": 4,
    "stall write": 3,
    "stall sync": 3,
    "stall flush": 2,
    "stall link": 1,
    "hang write": 3,
    "hang sync": 3,
    "hang flush": 2,
}
# Where a call may stall: parts of paths.
STALLED_PLACES = {
    "write": (".prs/parts/", ".prs/ledger/", "/logs/", ".building"),
    "sync": (".prs/parts/", ".prs/ledger/", ".building"),
    "flush": ("/logs/",),
    "link": ("/out/",),
}
# What scripts and starts do by themselves: it is drawn with the round, and counted where it happened.
OWN_KINDS = (
    "script kills rank", "script kills rank once", "init() fails for good", "launcher has a child", "launcher has an orphan", "begun anew"
)
COST_ONE_TRY = ("kill host", "kill keeper")
SIGNAL_RANKS = ("SIGTERM rank", "SIGINT rank", "SIGUSR1 rank")
LOSE_WORKERS = ("kill worker", "script kills rank", "script kills rank once")
LOSE_RANKS = LOSE_WORKERS + (
    "kill two workers", "kill master", "kill mpirun", "kill mpirun and ranks", "kill launcher", "kill everything"
)


UNREACHABLE = 14  # Open MPI 5's own, of the ranks that cannot reach one that is killed in MPI_Init


def is_harmless(kind):
    """The run goes on as if nothing had happened: one of several workers without init() does, too."""
    own = ("init() fails for good", "launcher has a child", "launcher has an orphan", "begun anew")
    return kind in ("kill grandchild", "pause worker", "damage rows") + own or kind.startswith(("stall ", "hang "))


class Event:
    """One event of a start: its kind and when. `hit_at` is None until it really hit somebody; `lost_hosts`: see Victims.hosts_of."""

    def __init__(self, kind, seconds, runs, choose):
        self.kind, self.seconds, self.runs, self.choose = kind, seconds, runs, choose
        self.hit_at = None
        self.is_over = False
        self.lost_hosts = []

    def describe(self):
        return "%s (%s)" % (self.kind, "%.2f s" % self.seconds if self.runs is None else "%d runs + %.2f s" % (self.runs, self.seconds))

    def perform(self, victims, place, moment):
        """Once; `place` is the round's."""
        self.is_over = True
        if self._hits(victims, place):
            self.hit_at = moment

    def follow(self, place, moment):
        """From then on, again and again."""

    def end(self, place):
        """When the start is over."""

    def _hits(self, victims, place):
        verb, what = self.kind.split(" ", 1)
        processes = victims.of(what, self.choose)
        number = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}.get(verb) or getattr(signal, verb)
        if verb == "kill":
            self.lost_hosts = victims.hosts_of([process for process in processes if process.rank])
        hit = victims.send(processes, number)
        if verb == "pause":
            time.sleep(self.choose.uniform(*PAUSE_SECONDS))
            victims.send(processes, signal.SIGCONT)
        if what == "everything":
            # What was being born meanwhile has nobody left who would end it.
            while victims.send(victims.all(), number):
                pass
        return hit > 0


class FullDisk(Event):
    def _hits(self, victims, place):
        if place.disk is None or place.disk.is_full():
            return False
        place.disk.fill()
        return True


class DamagedRows(Event):
    """A bit of rows that are done is turned, while the run goes on; once they are put together they have to be made again."""

    def _hits(self, victims, place):
        return damage_rows(place.run_folder, self.choose, place.damage)


class StallingCalls(Event):
    """The disk is slow from now on, until a while after it has been hit."""

    def __init__(self, kind, seconds, runs, choose):
        super().__init__(kind, seconds, runs, choose)
        how, call = kind.split()
        part = choose.choice(STALLED_PLACES[call])
        self.rule = "%s %s %s" % (call, part, how)
        if how == "stall":
            is_frequent = part.startswith(".prs/")
            self.rule += " %.3f %d" % (choose.uniform(*STALL_SECONDS), choose.randint(1, 5) if is_frequent else 1)
        self.slow_seconds = choose.uniform(*SLOW_SECONDS)

    def describe(self):
        return "%s: %s for %.2f s" % (super().describe(), self.rule, self.slow_seconds)

    def _hits(self, victims, place):
        self.hits_before = place.stalling.hits(self.rule)
        place.stalling.add(self.rule)
        return False  # not yet

    def follow(self, place, moment):
        if self.hit_at is None and place.stalling.hits(self.rule) > self.hits_before:
            self.hit_at = moment
        if self.hit_at is not None and moment > self.hit_at + self.slow_seconds:
            place.stalling.remove(self.rule)

    def end(self, place):
        if self.is_over:
            self.follow(place, float("inf") if self.hit_at is not None else 0)
            place.stalling.remove(self.rule)


def make_event(kind, seconds, runs, choose):
    kinds = {"fill disk": FullDisk, "damage rows": DamagedRows}
    is_slow = kind.split()[0] in ("stall", "hang")
    return (StallingCalls if is_slow else kinds.get(kind, Event))(kind, seconds, runs, choose)


def earliest(event, planned):
    """A keeper and its rank that are killed at the same moment leave nobody who would end what the script made
    (src/script/orphans.hpp), so the second of the two is put off until the first has done its work."""
    def is_rival(other):
        return other.hit_at is not None and (
            (event.kind == "kill keeper" and other.kind in LOSE_RANKS + ("SIGTERM mpirun", "SIGINT mpirun"))
            or (event.kind in LOSE_RANKS and other.kind == "kill keeper"))
    return max((other.hit_at + 4 for other in planned if is_rival(other)), default=0)


def draw_events(choose, count, span, pending, kinds):
    """`count` events of these kinds (kind → weight) at random moments of a start that takes about `span` seconds for `pending` mini-batches."""
    events = []
    for _ in range(count):
        kind = choose.choices(list(kinds), list(kinds.values()))[0]
        if kind.startswith(("stall ", "hang ")):
            events.append(make_event(kind, choose.uniform(0, span / 2), None, choose))  # it stays until it has hit
            continue
        if choose.random() < 0.3 or pending == 0:
            seconds, runs = choose.uniform(0, span), None
        else:
            seconds = choose.choice((0, choose.uniform(0, 0.1), choose.uniform(0, 0.5)))
            runs = 1 + int(choose.random() ** 2 * pending)  # rather early, so that more starts find work left
        events.append(make_event(kind, seconds, runs, choose))
    return events


def allowed_statuses(is_launched, kinds, has_begun, has_mpi5=False):
    """What a start may end with after these kinds really hit it (rule 8); mpirun's own where it was started by hand.

    That of Open MPI 5 gives a status of the ranks that are left, when it does not go on without the lost ones.
    """
    allowed = {0}
    for kind in kinds:
        verb, what = kind.split(" ", 1)
        if kind == "fill disk":
            allowed.add(3)
        elif is_harmless(kind):
            continue
        elif kind in COST_ONE_TRY:
            if kind == "kill keeper" and not has_begun:
                allowed.add(3)  # it kept the interpreter that was asked for its version
        elif verb in ("kill", "script") and is_launched:
            allowed |= {3, -signal.SIGKILL} if what in ("launcher", "everything") else {3}
        elif verb in ("kill", "script"):
            allowed |= {128 + signal.SIGKILL, 3} if has_mpi5 else {128 + signal.SIGKILL}
            if has_mpi5 and not has_begun:
                allowed.add(UNREACHABLE)
            if "mpirun" in what or what == "everything":
                allowed.add(-signal.SIGKILL)
        else:
            if not is_launched and what == "mpirun" and any(other in LOSE_RANKS or other == "fill disk" for other in kinds):
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
