"""Where a chaos round takes place: its folder, its disks, what was torn in it, and what its scripts noted."""

import os
import shutil
import subprocess
import tempfile
import uuid

from ledger_view import Damage
from run_testing import processes_with
from small_disk import SmallDisk
from stalling_disk import StallingDisk
from workload import LINE_BYTES

SCRIPT_KILLS = {"killer": "script kills rank", "once": "script kills rank once"}
INIT_TRIES = 3  # then a worker gives up (rule 6.6)


class Place:
    def __init__(self, seed, options):
        self.options = options
        self.mark = uuid.uuid4().hex
        self.folder = tempfile.mkdtemp(prefix="prs-chaos-%d-" % seed)
        self.run_folder = self.path("disk", "out")
        self.disk = self.stalling = None
        self.damage = Damage()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def lay_out(self, disk_megabytes, faulty_disk):
        """`disk_megabytes`: of a disk for the run folder alone, or None. `faulty_disk`: the library of one that stalls, or None."""
        for name in ("notes", "deeds", "tmp"):
            os.mkdir(self.path(name))
        if disk_megabytes:
            self.disk = SmallDisk(self.path("disk"), disk_megabytes)
        else:
            os.mkdir(self.path("disk"))
        if faulty_disk:
            self.stalling = StallingDisk(self.folder, faulty_disk)

    def begin_anew(self):
        """The next start deletes what is in the run folder."""
        self.damage = Damage()
        for name in os.listdir(self.path("deeds")):
            if name.startswith("once-"):
                os.unlink(self.path("deeds", name))

    # --- what the script noted

    def _note_files(self):
        return list(os.scandir(self.path("notes")))

    def count_lines(self):
        return sum(entry.stat().st_size for entry in self._note_files()) // LINE_BYTES

    def lines(self):
        """(start, mini-batch, process) of every run() call; those of one process in their order."""
        lines = []
        for entry in self._note_files():
            with open(entry.path) as stream:
                for line in stream:
                    index, _, start, process = line.split()[:4]
                    lines.append((int(start), int(index), int(process)))
        return lines

    def deeds(self, start=None):
        """(start, kind, mini-batch or process, process id) of what scripts did to the run; of one start or of all."""
        if not os.path.exists(self.path("deeds", "deeds")):
            return []
        with open(self.path("deeds", "deeds")) as stream:
            deeds = [line.split() for line in stream]
        found = [(int(number), kind, int(what), int(process)) for number, kind, what, process in deeds]
        return [deed for deed in found if start is None or deed[0] == start]

    def own_hits(self, start):
        """What the scripts of that start did, by the names of events."""
        kinds = [kind for _, kind, _, _ in self.deeds(start)]
        hits = [SCRIPT_KILLS[kind] for kind in kinds if kind in SCRIPT_KILLS]
        return hits + ["init() fails for good"] * (kinds.count("init") >= INIT_TRIES)

    # --- the end

    def close(self, is_kept):
        if self.disk:
            if is_kept:
                subprocess.run(["cp", "-a", self.disk.path, self.path("disk-copy")], check=False)  # the mount ends with this process
            self.disk.unmount()
        for pid in processes_with(self.mark):
            try:
                os.kill(pid, 9)
            except OSError:
                pass
        if not is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)
