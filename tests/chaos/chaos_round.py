"""One chaos round: the same command again and again under trouble, until it completes; then everything is compared."""

import csv
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid

import events
from ledger_view import Damage, LedgerView, tear_ledger, tear_part
from run_testing import MARK, processes_with
from small_disk import SmallDisk
from workload import LINE_BYTES, RUN_MAX_TRY, Workload

LIMIT_SECONDS = 120
HUNG_MPIRUN_SECONDS = 45  # the launcher looks for itself, and is sooner
LEFTOVER_SECONDS = 20  # mpirun needs up to two seconds to end its ranks, more on a busy machine
MOST_DISTURBED_STARTS = 8
MOST_CREDIT = 256  # scheduling/pacing: what a worker may hold of the shortest mini-batches
TEARS = ("cut", "overwrite", "append")


STOP = threading.Event()  # set: all rounds end at once


class Wrong(Exception):
    """The program did what it must not."""


class Start:
    """How one start went, for the checks and for people."""

    def __init__(self, number, is_launched):
        self.number, self.is_launched = number, is_launched
        self.events, self.status, self.launches = [], None, 1
        self.is_mpirun_hung = False

    def hits(self):
        return [event.kind for event in self.events if event.hit_at is not None]

    def describe(self):
        planned = ", ".join(e.describe() + ("" if e.hit_at is not None else " – missed") for e in self.events)
        return "start %d by %s: status %s; %s" % (
            self.number, "launcher" if self.is_launched else "mpirun", self.status, planned or "undisturbed")


class Round:
    """`run()` raises Wrong with what differed; the folder stays then."""

    def __init__(self, seed, options, is_disk_possible):
        self.seed, self.options = seed, options
        self.work = Workload(seed, *options.files)
        self.mark = uuid.uuid4().hex
        self.folder = tempfile.mkdtemp(prefix="prs-chaos-%d-" % seed)
        self.has_disk = is_disk_possible and self._draws("disk").random() < 0.6
        self.disk, self.damage = None, Damage()
        self.starts, self.tears = [], []
        self.lost_runs, self.kept_seen = 0, {}
        self.is_real_reference = seed % 10 == 0

    def _draws(self, what):
        """Random numbers for one purpose: how many another purpose takes changes nothing here."""
        return random.Random("%d/%s" % (self.seed, what))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run(self):
        self.work.write(self.folder)
        for name in ("notes", "tmp"):
            os.mkdir(self.path(name))
        rows = self.work.expected_rows()
        disk = self.path("disk")
        if self.has_disk:
            self.disk = SmallDisk(disk, 24 + 4 * len(rows) // (1 << 20))
        else:
            os.mkdir(disk)
        self.run_folder = self.path("disk", "out")
        self.config = self.work.write_config(self.folder, "config.yaml", self.run_folder, self.path("notes"), self.work.workers)
        if self.is_real_reference:
            self._compare_with_a_real_run(rows)
        for number in range(1, MOST_DISTURBED_STARTS + 1):
            start = self._start(number)
            if start.status == 0:
                break
            self._tear(number)
        else:
            start = self._start(MOST_DISTURBED_STARTS + 1, is_disturbed=False)
        if start.status != 0:
            raise Wrong("the undisturbed start %d ended with %s" % (start.number, start.status))
        self._compare(rows)

    def _compare_with_a_real_run(self, rows):
        os.mkdir(self.path("reference-notes"))
        workers = 1 + self.work.workers % 3
        config = self.work.write_config(self.folder, "reference.yaml", self.path("reference"), self.path("reference-notes"), workers)
        process = self._popen(self._words(self.options.start != "mpirun", config, workers), 0)
        self._await(process, [], None, 0, None)
        self._expect_nobody_left(0)
        if process.returncode != 0:
            raise Wrong("the undisturbed run ended with %s" % process.returncode)
        self._compare_files(self.path("reference"), rows)

    # --- one start

    def _words(self, is_launched, config, workers):
        if is_launched:
            return [self.options.program, config]
        words = ["mpirun", "--oversubscribe", "--bind-to", "none"]
        if self.options.mpi:
            words += ["--with-ft", "ulfm"]
        return words + ["-n", str(1 + workers), self.options.program, config]

    def _popen(self, words, number):
        environment = dict(os.environ)
        environment.update({
            MARK: self.mark,
            "PRS_CHAOS_START": str(number),
            "TMPDIR": self.path("tmp"),
            "PRS_START_LIMIT": "10",  # MPI_Init of Open MPI 5 waits for a rank that is killed in it
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "OMPI_MCA_mpi_yield_when_idle": "1",
            # What a killed rank leaves shall go with the round.
            "OMPI_MCA_btl_vader_backing_directory": self.path("tmp"),
            "OMPI_MCA_btl_sm_backing_directory": self.path("tmp"),
        })
        if self.options.mpi:
            for name, folder in (("PATH", "bin"), ("LD_LIBRARY_PATH", "lib")):
                environment[name] = os.path.join(self.options.mpi, folder) + os.pathsep + environment.get(name, "")
        with open(self._log(number), "w") as log:
            return subprocess.Popen(words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def last_words(self):
        """What the last start, or the reference run, said."""
        try:
            with open(self._log(self.starts[-1].number if self.starts else 0), errors="replace") as stream:
                return stream.read().splitlines()[-30:]
        except OSError:
            return []

    def _log(self, number):
        return self.path("start%d.log" % number)

    def _start(self, number, is_disturbed=True):
        choose = self._draws("start %d" % number)
        draw = choose.random()
        start = Start(number, self.options.start == "launcher" or (self.options.start == "mixed" and draw < 0.5))
        self.starts.append(start)
        before = LedgerView(self.run_folder, self.damage)
        lines_before = self._lines()
        pending = len(self.work.mini_batches) - len(before.done())
        if is_disturbed:
            count = choose.choice((1, 1, 2, 3) if number <= 3 else (0, 1, 1, 2, 3))
            start.events = events.draw_events(
                choose, count, 0.9 + self.work.seconds(), pending, self.has_disk, start.is_launched)
        process = self._popen(self._words(start.is_launched, self.config, self.work.workers), number)
        self._await(process, start.events, events.Victims(self.mark, self.options.program, process), len(lines_before), start)
        start.status = process.returncode
        self._expect_nobody_left(number)
        if self.disk:
            self.disk.free()
        self._check_status(start, len(self._lines()) > len(lines_before))
        self._check_runs(start, before, lines_before)
        return start

    def _await(self, process, planned, victims, lines_before, start):
        """Until the process ends; performs the events on the way."""
        begun = time.monotonic()
        wanted = {}  # event → the moment after its number of runs was seen
        while process.poll() is None:
            moment = time.monotonic() - begun
            if STOP.is_set():
                raise Wrong("was stopped")
            if moment > LIMIT_SECONDS:
                alive = "\n".join("%d %s" % entry for entry in sorted(processes_with(self.mark).items()))
                raise Wrong("still running after %d s; alive:\n%s" % (LIMIT_SECONDS, alive))
            if moment > HUNG_MPIRUN_SECONDS and start and self._is_mpirun_alone(process):
                start.is_mpirun_hung = True
                process.kill()
            waiting = [event for event in planned if not event.is_over]
            seen = None
            for event in waiting:
                due = event.seconds
                if event.runs is not None:
                    if event not in wanted:
                        seen = self._count_lines() if seen is None else seen
                        if seen - lines_before < event.runs:
                            continue
                        wanted[event] = moment
                    due += wanted[event]
                if moment >= max(due, events.earliest(event, planned)):
                    event.perform(victims, self.disk, moment)
            try:
                process.wait(0.003 if waiting else 0.1)
            except subprocess.TimeoutExpired:
                pass

    def _is_mpirun_alone(self, process):
        """Open MPI 4.1 may wait for ever for a rank that was killed while it connected."""
        return process.args[0] == "mpirun" and set(processes_with(self.mark)) == {process.pid}

    def _expect_nobody_left(self, number):
        """SPEC 7.6. The last ones may be on their way out."""
        end = time.monotonic() + LEFTOVER_SECONDS
        left = processes_with(self.mark)
        while left and time.monotonic() < end:
            time.sleep(0.02)
            left = processes_with(self.mark)
        if left:
            raise Wrong("start %d: processes outlived the job: %s" % (number, left))

    def _tear(self, number):
        """Between two starts. A file that has its final name is the ledger's to know, so then only parts are torn."""
        choose = self._draws("tear %d" % number)
        if choose.random() < 0.35 and not os.path.exists(os.path.join(self.run_folder, self.work.row_file)):
            how = choose.choice(TEARS)
            if tear_ledger(self.run_folder, how, choose, self.damage):
                self.tears.append((number, "ledger: " + how))
        if choose.random() < 0.35:
            how = choose.choice(TEARS)
            if tear_part(self.run_folder, how, choose, self.damage):
                self.tears.append((number, "part: " + how))

    # --- what the script noted

    def _note_files(self):
        return [entry for entry in os.scandir(self.path("notes"))]

    def _count_lines(self):
        return sum(entry.stat().st_size for entry in self._note_files()) // LINE_BYTES

    def _lines(self):
        """(start, mini-batch, earlier tries) of every run() call."""
        lines = []
        for entry in self._note_files():
            with open(entry.path) as stream:
                for line in stream:
                    index, tries, start = line.split()[:3]
                    lines.append((int(start), int(index), int(tries)))
        return lines

    # --- checks

    def _check_status(self, start, has_begun):
        allowed = events.allowed_statuses(start.is_launched, start.hits(), has_begun, bool(self.options.mpi))
        # mpirun 5 waits for ever also where a rank dies of a signal before it listens.
        hangs = events.LOSE_RANKS + (events.SIGNAL_RANKS if self.options.mpi else ())
        if start.is_mpirun_hung and any(kind in hangs for kind in start.hits()):
            allowed.add(-signal.SIGKILL)
        with open(self._log(start.number), errors="replace") as stream:
            text = stream.read()
        start.launches += text.count("; starting again (")
        if start.status not in allowed:
            raise Wrong("start %d ended with %s, allowed are %s" % (start.number, start.status, sorted(allowed)))
        # mpirun 5 loses last lines of ranks that it ends.
        is_heard = start.is_launched or (start.status in (3, 75) and not self.options.mpi)
        if start.status > 0 and is_heard and "prs_mpi: " not in text:
            raise Wrong("start %d ended with %s and did not say why" % (start.number, start.status))

    def _check_runs(self, start, before, lines_before):
        """What was done is not run again; what was run and is not in the ledger can be explained by what was killed."""
        runs = {}
        for number, index, _ in self._lines():
            if number == start.number:
                runs[index] = runs.get(index, 0) + 1
        again = sorted(set(runs) & before.done())
        if again:
            raise Wrong("start %d ran mini-batches again that were done before it: %s" % (start.number, again))
        after = LedgerView(self.run_folder, self.damage)
        lost = sum(max(0, count - (after.records.get(index, 0) - before.records.get(index, 0))) for index, count in runs.items())
        self.lost_runs += lost
        hits = start.hits()
        bound = sum(hits.count(kind) for kind in events.COST_ONE_TRY)
        workers_lost = start.launches * self.work.workers if start.status != 0 or start.launches > 1 else 0
        lost_in_place = 0
        if self.options.mpi:  # the others went on, and what it held ran again in the same launch
            lost_in_place = hits.count("kill worker") + 2 * hits.count("kill two workers")
            workers_lost += lost_in_place
        if workers_lost > 0:
            # Held by the workers, and as much again reported to rank 0 but not written yet.
            bound += workers_lost * 2 * MOST_CREDIT
            slow = min(m.milliseconds for m in self.work.mini_batches)
            if slow > 0:
                bound = min(bound, workers_lost * 2 * max(3, 100 // slow) + len(hits))
        if lost > bound:
            raise Wrong("start %d lost %d run() calls, which %s does not explain (at most %d)" % (start.number, lost, hits, bound))
        for index, count in runs.items():
            mini_batch = self.work.mini_batches[index]
            most = 2 * mini_batch.tries() if self.damage.part_ranges else mini_batch.tries()
            most += start.launches - 1 + lost_in_place + len([kind for kind in hits if kind in events.COST_ONE_TRY])
            if count > most:
                raise Wrong("start %d called run() %d times for mini-batch %d, at most %d can be explained" % (
                    start.number, count, index, most))

    def _compare(self, rows):
        self._compare_files(self.run_folder, rows)
        ran = {index for _, index, _ in self._lines()}
        never = set(range(len(self.work.mini_batches))) - ran
        if never:
            raise Wrong("run() was never called for mini-batches %s" % sorted(never))
        left = [name for name in os.listdir(self.run_folder) if name.endswith(".building")]
        if left:
            raise Wrong("left behind: %s" % left)

    def _compare_files(self, run_folder, rows):
        with open(os.path.join(run_folder, self.work.row_file), "rb") as stream:
            got = stream.read()
        if got != rows:
            with open(self.path("expected"), "wb") as stream:
                stream.write(rows)
            at = next((i for i, (a, b) in enumerate(zip(got, rows)) if a != b), min(len(got), len(rows)))
            raise Wrong("the output differs from byte %d on (%d bytes, expected %d): %s instead of %s" % (
                at, len(got), len(rows), got[max(0, at - 20):at + 60], rows[max(0, at - 20):at + 60]))
        self._compare_failures(os.path.join(run_folder, "failed_items.csv"))

    def _compare_failures(self, path):
        expected = self.work.expected_failures(self.folder)
        found = {}
        if os.path.exists(path):
            with open(path, newline="") as stream:
                for row in csv.DictReader(stream):
                    key = (row["Mini-batch Id"], row["Item"])
                    if key in found:
                        raise Wrong("failed_items.csv names %s twice" % (key,))
                    found[key] = row
        if set(found) != set(expected):
            raise Wrong("failed_items.csv names %s, expected %s" % (sorted(found), sorted(expected)))
        for key, row in found.items():
            is_short = row["Error Category"] == "ShortReturn"
            if is_short != (expected[key] == "short") or (not is_short and row["Tries"] != str(RUN_MAX_TRY)):
                raise Wrong("failed_items.csv: %s for a mini-batch that is %r" % (row, expected[key]))

    # --- the end

    def close(self, is_kept):
        if self.disk:
            if is_kept:
                self.disk.copy_to(self.path("disk-copy"))
            self.disk.unmount()
        victims = processes_with(self.mark)
        for pid in victims:
            try:
                os.kill(pid, 9)
            except OSError:
                pass
        if not is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def story(self):
        """For people: what was done to this round."""
        lines = [start.describe() for start in self.starts]
        lines += ["torn after start %d: %s" % tear for tear in self.tears]
        return "\n".join("  " + line for line in lines)
