"""One start of the program: how it is begun, what hits it on the way, and what is left when it is over."""

import os
import signal
import subprocess
import threading
import time

import events
from guests import Guest
from ledger_view import segment_path
from run_testing import MARK, processes_with
from victims import Victims

LIMIT_SECONDS = 120
HUNG_MPIRUN_SECONDS = 45  # the launcher looks for itself, and is sooner
LEFTOVER_SECONDS = 20  # mpirun needs up to two seconds to end its ranks, more on a busy machine

STOP = threading.Event()  # set: all rounds end at once


class Wrong(Exception):
    """The program did what it must not."""


class FirstSegment:
    """The ledger's first segment as this start made or found it: from then on nothing may delete it (rule 7.1)."""

    def __init__(self, run_folder, is_to_be_deleted):
        self.path = segment_path(run_folder, 1)
        self.held, self.is_deleted = None, False
        self.earlier = self._open() if is_to_be_deleted else None

    def _open(self):
        try:
            return os.open(self.path, os.O_RDONLY)
        except OSError:
            return None

    def look(self):
        if self.held is not None:
            return
        found = self._open()
        if found is not None and self.earlier is not None and os.path.sameopenfile(found, self.earlier):
            return os.close(found)
        self.held = found

    def close(self):
        self.is_deleted = self.held is not None and os.fstat(self.held).st_nlink == 0
        for descriptor in (self.held, self.earlier):
            if descriptor is not None:
                os.close(descriptor)


class Start:
    """`guest`: a kind of guest that its launcher has, or None. `fresh`: the option that deletes the earlier run, or None."""

    def __init__(self, place, number, is_launched, guest=None, fresh=None):
        self.place, self.number, self.is_launched, self.fresh = place, number, is_launched, fresh
        self.guest = Guest(guest, place.path("guest%d" % number)) if guest and is_launched else None
        self.events, self.status, self.launches = [], None, 1
        self.is_mpirun_hung = False
        self.lines_before = place.count_lines()
        self.has_begun = False  # a run() call
        self.own_kinds, self.has_lost_guest = [], False

    def hits(self):
        return [event.kind for event in self.events if event.hit_at is not None] + self.own_kinds

    def describe(self):
        planned = [e.describe() + ("" if e.hit_at is not None else " – missed") for e in self.events] + self.own_kinds
        return "start %d by %s: status %s; %s" % (
            self.number, "launcher" if self.is_launched else "mpirun", self.status, ", ".join(planned) or "undisturbed")

    def run(self, config, workers, output):
        """Until it is over; raises Wrong where it does not end, or leaves or ends what it must not. `output`: the path of its rows."""
        segment = FirstSegment(self.place.run_folder, self.fresh is not None)
        process = self._popen(self._words(config, workers))
        victims = Victims(self.place.mark, self.place.options.program, process.pid if self.is_launched else None)
        try:
            self._await(process, victims, segment)
        finally:
            for event in self.events:
                event.end(self.place)
            segment.close()
            self._close_guest()
        self.status = process.returncode
        self._expect_nobody_left()
        self.has_begun = self.place.count_lines() > self.lines_before
        self.launches += self.text().count("; starting again (")
        self._note_own_kinds()
        self._correct_status_of_mpirun5(output)
        if self.has_lost_guest:
            raise Wrong("start %d: the launcher has ended a process that is not its own (%s)" % (self.number, self.guest.kind))
        if segment.is_deleted:
            raise Wrong("start %d deleted what it had done itself" % self.number)

    def _close_guest(self):
        if self.guest and self.guest.is_ready():
            self.own_kinds.append(self.guest.kind)
            self.has_lost_guest = not self.guest.is_alive()
            self.guest.end()

    def _correct_status_of_mpirun5(self, output):
        """mpirun 5 gives 0 where all its ranks were killed: such a start counts as killed, which its events must explain."""
        is_complete = os.path.exists(output) and (self.has_begun or not self.fresh)
        if self.status == 0 and self.place.options.mpi and not self.is_launched and not is_complete:
            self.status = 128 + signal.SIGKILL

    def _note_own_kinds(self):
        self.own_kinds += self.place.own_hits(self.number)
        if self.fresh and self.has_begun:
            self.own_kinds.append("begun anew")

    # --- how it is begun

    def _words(self, config, workers):
        options = self.place.options
        run = [options.program, config] + ([self.fresh] if self.fresh else [])
        if self.is_launched:
            return self.guest.words(run) if self.guest else run
        words = ["mpirun", "--oversubscribe", "--bind-to", "none"]
        if options.mpi:
            words += ["--with-ft", "ulfm"]
        return words + ["-n", str(1 + workers)] + run

    def _popen(self, words):
        place = self.place
        environment = dict(os.environ)
        environment.update({
            MARK: place.mark,
            "PRS_CHAOS_START": str(self.number),
            "TMPDIR": place.path("tmp"),
            "PRS_START_LIMIT": "10",  # MPI_Init of Open MPI 5 waits for a rank that is killed in it
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "OMPI_MCA_mpi_yield_when_idle": "1",
            # What a killed rank leaves shall go with the round.
            "OMPI_MCA_btl_vader_backing_directory": place.path("tmp"),
            "OMPI_MCA_btl_sm_backing_directory": place.path("tmp"),
        })
        if place.stalling:
            environment.update(place.stalling.environment())
        if place.options.mpi:
            for name, folder in (("PATH", "bin"), ("LD_LIBRARY_PATH", "lib")):
                environment[name] = os.path.join(place.options.mpi, folder) + os.pathsep + environment.get(name, "")
        with open(self._log(), "w") as log:
            return subprocess.Popen(words, cwd=place.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _log(self):
        return self.place.path("start%d.log" % self.number)

    def text(self):
        """What it said."""
        try:
            with open(self._log(), errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    # --- until it is over

    def _await(self, process, victims, segment):
        begun = time.monotonic()
        wanted = {}  # event → the moment after its number of runs was seen
        while process.poll() is None:
            moment = time.monotonic() - begun
            self._look_for_a_hang(process, moment)
            segment.look()
            is_ready = self.guest is None or self.guest.is_ready()
            for event in self._due(moment, wanted) if is_ready else ():
                event.perform(victims, self.place, moment)
            for event in self.events:
                if event.is_over:
                    event.follow(self.place, moment)
            try:
                process.wait(0.1 if all(event.is_over for event in self.events) else 0.003)
            except subprocess.TimeoutExpired:
                pass

    def _look_for_a_hang(self, process, moment):
        if STOP.is_set():
            raise Wrong("was stopped")
        if moment > LIMIT_SECONDS:
            alive = "\n".join("%d %s" % entry for entry in sorted(processes_with(self.place.mark).items()))
            raise Wrong("still running after %d s; alive:\n%s" % (LIMIT_SECONDS, alive))
        # Open MPI 4.1 may wait for ever for a rank that was killed while it connected.
        if moment > HUNG_MPIRUN_SECONDS and process.args[0] == "mpirun" and set(processes_with(self.place.mark)) == {process.pid}:
            self.is_mpirun_hung = True
            process.kill()

    def _due(self, moment, wanted):
        seen = None
        for event in self.events:
            if event.is_over:
                continue
            due = event.seconds
            if event.runs is not None:
                if event not in wanted:
                    seen = self.place.count_lines() if seen is None else seen
                    if seen - self.lines_before < event.runs:
                        continue
                    wanted[event] = moment
                due += wanted[event]
            if moment >= max(due, events.earliest(event, self.events)):
                yield event

    def _expect_nobody_left(self):
        """Rule 7.6. The last ones may be on their way out."""
        end = time.monotonic() + LEFTOVER_SECONDS
        left = processes_with(self.place.mark)
        while left and time.monotonic() < end:
            time.sleep(0.02)
            left = processes_with(self.place.mark)
        if left:
            raise Wrong("start %d: processes outlived the job: %s" % (self.number, left))
