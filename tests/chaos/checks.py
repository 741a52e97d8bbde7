"""What must hold after each start of a chaos round, and at its end."""

import collections
import csv
import os
import signal

import events
from ledger_view import LedgerView, segment_paths
from start import Wrong
from workload import LOSSES, RUN_MAX_TRY

MOST_CREDIT = 256  # scheduling/pacing: what a worker may hold of the shortest mini-batches


# What may hit a start and does not keep rank 0 from noting a loss in the ledger.
CAN_BE_NOTED = set(events.OWN_KINDS) | {"kill grandchild", "pause worker", "damage rows"}


class Before:
    """What there was when a start began."""

    def __init__(self, place, is_fresh):
        self.records, self._view = {}, None
        self.segments = 0
        # Also where it shall be deleted: whoever dies before that leaves it.
        self.known = {_identity(path) for path in segment_paths(place.run_folder).values()}
        if not is_fresh:
            self._view = LedgerView(place.run_folder, place.damage)
            self.records = self._view.records
            self.segments = len(segment_paths(place.run_folder))

    def done(self):
        """Without what was damaged since."""
        return self._view.done() if self._view else set()


def _identity(path):
    status = os.stat(path)
    return status.st_ino, status.st_ctime_ns


def check_status(place, start, before):
    has_mpi5 = bool(place.options.mpi)
    allowed = events.allowed_statuses(start.is_launched, start.hits(), start.has_begun, has_mpi5)
    # mpirun 5 waits for ever also where a rank ends, by a signal or since the disk is full, before it listens.
    hangs = events.LOSE_RANKS + (events.SIGNAL_RANKS + ("fill disk",) if has_mpi5 else ())
    if start.is_mpirun_hung and any(kind in hangs for kind in start.hits()):
        allowed.add(-signal.SIGKILL)
    if start.status not in allowed:
        raise Wrong("start %d ended with %s, allowed are %s" % (start.number, start.status, sorted(allowed)))
    text = start.text()
    # mpirun 5 loses last lines of ranks that it ends.
    is_heard = start.is_launched or (start.status in (3, 75) and not has_mpi5)
    if start.status > 0 and is_heard and "prs_mpi: " not in text:
        raise Wrong("start %d ended with %s and did not say why" % (start.number, start.status))
    if "before anything new was done" in text and _newest_outcomes(place, start, before):
        raise Wrong("start %d said that nothing new was done, which is not so" % start.number)


def _newest_outcomes(place, start, before):
    """How many outcomes the last launch of a start has in the ledger; none where it did not come to a segment of its own."""
    paths = segment_paths(place.run_folder)
    if not paths or len(paths) - before.segments != start.launches or _identity(paths[max(paths)]) in before.known:
        return 0
    return len(LedgerView(place.run_folder, place.damage).outcomes[max(paths)])


def check_runs(place, work, start, before):
    """What was done is not run again; what was run and is not in the ledger can be explained by what was killed."""
    runs = collections.Counter(index for number, index, _ in place.lines() if number == start.number)
    again = sorted(set(runs) & before.done())
    if again:
        raise Wrong("start %d ran mini-batches again that were done before it: %s" % (start.number, again))
    after = LedgerView(place.run_folder, place.damage)
    lost = sum(max(0, count - (after.records.get(index, 0) - before.records.get(index, 0))) for index, count in runs.items())
    hits = start.hits()
    lost_in_place = 0
    if place.options.mpi:  # the others went on, and what it held ran again in the same launch
        lost_in_place = sum(hits.count(kind) for kind in events.LOSE_WORKERS) + 2 * hits.count("kill two workers")
    bound = _most_lost_runs(work, start, hits, lost_in_place)
    if lost > bound:
        raise Wrong("start %d lost %d run() calls, which %s does not explain (at most %d)" % (start.number, lost, hits, bound))
    extra = start.launches - 1 + lost_in_place + len([kind for kind in hits if kind in events.COST_ONE_TRY])
    for index, count in runs.items():
        tries = work.mini_batches[index].tries()
        most = (1 + len(place.damage.part_ranges)) * tries + extra
        if any(kind.startswith(("stall ", "hang ")) for kind in hits):  # all tries of a launch may be missing in its ledger
            most += (start.launches - 1) * tries
        if count > most:
            raise Wrong("start %d called run() %d times for mini-batch %d, at most %d can be explained" % (
                start.number, count, index, most))
    return lost


def _most_lost_runs(work, start, hits, lost_in_place):
    bound = sum(hits.count(kind) for kind in events.COST_ONE_TRY)
    workers_lost = lost_in_place
    if start.status != 0 or start.launches > 1:
        workers_lost += start.launches * work.workers
    if workers_lost == 0:
        return bound
    # Held by the workers, and as much again reported to rank 0 but not written yet.
    bound += workers_lost * 2 * MOST_CREDIT
    slow = min(m.milliseconds for m in work.mini_batches)
    return min(bound, workers_lost * 2 * max(3, 100 // slow) + len(hits)) if slow > 0 else bound


def check_killers(place, starts, tears):
    """A mini-batch that kills its rank each time takes three with it (rule 7.4), and as many more as there are losses that nobody
    could note, or whose note was lost: something else hit the same start, or the ledger was torn after it. Under Open MPI 4.1 the first
    loss ends the job, and a second rank that dies with it may be mpirun's doing, so it is not noted. `tears`: after which starts."""
    noted = {start.number for start in starts if not set(start.hits()) - CAN_BE_NOTED}
    kills = collections.Counter()
    for number, kind, index, _ in place.deeds():
        if kind in ("killer", "once") and number in noted:
            kills[kind, index, sum(tear < number for tear in tears)] += 1
    for (kind, index, epoch), count in kills.items():
        beside = 0
        if not place.options.mpi:
            beside = sum(n for (_, other, when), n in kills.items() if when == epoch and other != index)
        if kind == "killer" and count > LOSSES + beside:
            raise Wrong("mini-batch %d has taken %d ranks with it, more than %d" % (index, count, LOSSES + beside))


def may_be_given_up(place, work, starts):
    """Innocent mini-batches that the rule may take for the cause: two workers were running them last when they were killed, and a third
    may have held them before, which counts, too."""
    last = {process: index for _, index, process in place.lines()}
    numbers = {start.number for start in starts}
    killed = [process for start in starts for event in start.events if event.hit_at is not None for process in event.lost_hosts]
    killed += [process for number, kind, _, process in place.deeds() if number in numbers and kind in ("killer", "once")]
    losses = collections.Counter(last[process] for process in killed if process in last)
    return {index for index, count in losses.items() if count >= LOSSES - 1 and not work.mini_batches[index].is_given_up()}


def check_output(place, work, run_folder, excusable=()):
    """`excusable`: mini-batches that may be given up."""
    failures = _failures(os.path.join(run_folder, "failed_items.csv"))
    given_up = {index for index in excusable if any(key[0] == str(index) for key in failures)}
    rows = work.expected_rows(given_up)
    with open(os.path.join(run_folder, work.row_file), "rb") as stream:
        got = stream.read()
    if got != rows:
        with open(place.path("expected"), "wb") as stream:
            stream.write(rows)
        at = next((i for i, (a, b) in enumerate(zip(got, rows)) if a != b), min(len(got), len(rows)))
        raise Wrong("the output differs from byte %d on (%d bytes, expected %d): %s instead of %s; failed are %s" % (
            at, len(got), len(rows), got[max(0, at - 20):at + 60], rows[max(0, at - 20):at + 60], _causes(failures)))
    _check_failures(failures, work.expected_failures(place.folder, given_up))


def _failures(path):
    """Of failed_items.csv: (mini-batch, item) → row."""
    found = {}
    if os.path.exists(path):
        with open(path, newline="") as stream:
            for row in csv.DictReader(stream):
                key = (row["Mini-batch Id"], row["Item"])
                if key in found:
                    raise Wrong("failed_items.csv names %s twice" % (key,))
                found[key] = row
    return found


def _causes(failures):
    return sorted({(int(key[0]), row["Error Category"]) for key, row in failures.items()})


def _check_failures(found, expected):
    if set(found) != set(expected):
        raise Wrong("failed_items.csv names %s, expected %s" % (_causes(found), sorted(expected.items())))
    categories = {"short": "ShortReturn", "killer": "WorkerLost", "never": "ValueError"}
    for key, row in found.items():
        kind = expected[key]
        if row["Error Category"] != categories[kind] or (kind == "never" and row["Tries"] != str(RUN_MAX_TRY)):
            raise Wrong("failed_items.csv: %s for a mini-batch that is %r" % (row, kind))


def check_end(place, work, starts, tears):
    """When the run is complete; `starts`: since it was begun anew; `tears`: after which starts the ledger was torn."""
    check_killers(place, starts, tears)
    check_output(place, work, place.run_folder, may_be_given_up(place, work, starts))
    numbers = {start.number for start in starts}
    never = set(range(len(work.mini_batches))) - {index for number, index, _ in place.lines() if number in numbers}
    if never:
        raise Wrong("run() was never called for mini-batches %s" % sorted(never))
    left = [name for name in os.listdir(place.run_folder) if name.endswith(".building")]
    if left:
        raise Wrong("left behind: %s" % left)
