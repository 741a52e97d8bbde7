"""One chaos round: the same command again and again under trouble, until it completes; then everything is compared."""

import os
import random

import checks
import events
from guests import SHELL
from ledger_view import tear_ledger, tear_part
from place import Place
from start import Start, Wrong
from workload import LOSSES, Workload

MOST_DISTURBED_STARTS = 8
TEARS = ("cut", "overwrite", "append")
FRESH_OPTIONS = ("--overwrite", "--overwrite=true")


class Round:
    """`run()` raises Wrong with what differed; the folder stays then. `can_fill`: small disks can be mounted; `faulty_disk`: see Place."""

    def __init__(self, seed, options, can_fill, faulty_disk):
        self.seed, self.options, self.faulty_disk = seed, options, faulty_disk
        self.work = Workload(seed, *options.files)
        self.place = Place(seed, options)
        self.has_disk = can_fill and self._draws("disk").random() < 0.6
        self.can_stall = faulty_disk is not None and self._draws("stalls").random() < 0.4
        self.starts, self.tears = [], []
        self.lost_runs = 0
        self.is_real_reference = seed % 10 == 0 and not self.work.killing

    def _draws(self, what):
        """Random numbers for one purpose: how many another purpose takes changes nothing here."""
        return random.Random("%d/%s" % (self.seed, what))

    def run(self):
        self.work.write(self.place.folder)
        megabytes = 24 + 4 * len(self.work.expected_rows()) // (1 << 20) if self.has_disk else None
        self.place.lay_out(megabytes, self.faulty_disk if self.can_stall else None)
        self.config = self.work.write_config(
            self.place.folder, "config.yaml", self.place.run_folder, self.place.path("notes"), self.work.workers)
        if self.is_real_reference:
            self._compare_with_a_real_run()
        self._complete()
        if self.work.is_begun_anew:
            self._complete(is_anew=True)

    def _compare_with_a_real_run(self):
        os.mkdir(self.place.path("reference-notes"))
        workers = 1 + self.work.workers % 3
        config = self.work.write_config(
            self.place.folder, "reference.yaml", self.place.path("reference"), self.place.path("reference-notes"), workers)
        start = Start(self.place, 0, self.options.start != "mpirun")
        start.run(config, workers, self.place.path("reference", self.work.row_file))
        if start.status != 0:
            raise Wrong("the undisturbed run ended with %s" % start.status)
        checks.check_output(self.place, self.work, self.place.path("reference"))

    def _complete(self, is_anew=False):
        """Starts it until it is complete. `is_anew`: the run that is there is deleted first, by the first start that comes so far."""
        first = len(self.starts)
        if is_anew:
            self.place.begin_anew()
        needs_option = is_anew
        for count in range(1, MOST_DISTURBED_STARTS + 1):
            start = self._start(needs_option, is_disturbed=True)
            needs_option = needs_option and not start.has_begun
            if start.status == 0:
                break
            self._tear(start.number, needs_option)
        # Nothing from outside any more: only scripts that kill their ranks can end a start now.
        for _ in range(1 + LOSSES * len(self.work.killing)):
            if start.status == 0:
                break
            start = self._start(needs_option, is_disturbed=False)
            needs_option = needs_option and not start.has_begun
        if start.status != 0:
            raise Wrong("the undisturbed start %d ended with %s" % (start.number, start.status))
        torn = [number for number, tear in self.tears if tear.startswith("ledger")]
        checks.check_end(self.place, self.work, self.starts[first:], torn)

    def _kinds(self, is_launched, is_anew):
        """What may hit a start: kind → weight. One that begins anew may count what it deletes as its own, when it goes on after a loss."""
        kinds = {k: weight for k, weight in events.WEIGHTS.items() if is_launched or "launcher" not in k}
        if not self.has_disk:
            del kinds["fill disk"]
        if not self.work.is_table:
            del kinds["kill loader"]
        if not self.can_stall:
            kinds = {k: weight for k, weight in kinds.items() if not k.startswith(("stall ", "hang "))}
        if self.work.killing:
            # A keeper and its rank that die together leave nobody who would end what the script made (src/script/orphans.hpp).
            del kinds["kill keeper"]
        if self.work.failing_process >= 0:
            kinds["damage rows"] *= 3  # a worker that has given up has to take part in what follows
        return {kind: weight * (3 if is_anew and kind in events.LOSE_RANKS else 1) for kind, weight in kinds.items()}

    def _start(self, needs_option, is_disturbed):
        number = len(self.starts) + 1
        choose = self._draws("start %d" % number)
        draw = choose.random()
        is_launched = self.options.start == "launcher" or (self.options.start == "mixed" and draw < (0.8 if needs_option else 0.5))
        guest = choose.choice(sorted(SHELL)) if choose.random() < 0.3 and is_disturbed else None
        fresh = choose.choice(FRESH_OPTIONS)
        start = Start(self.place, number, is_launched, guest, fresh if needs_option else None)
        self.starts.append(start)
        before = checks.Before(self.place, needs_option)
        if is_disturbed:
            count = choose.choice((1, 1, 2, 3) if number <= 3 else (0, 1, 1, 2, 3))
            pending = len(self.work.mini_batches) - len(before.done())
            start.events = events.draw_events(choose, count, 0.9 + self.work.seconds(), pending, self._kinds(is_launched, needs_option))
        start.run(self.config, self.work.workers, os.path.join(self.place.run_folder, self.work.row_file))
        if self.place.disk:
            self.place.disk.free()
        checks.check_status(self.place, start, before)
        if start.has_begun or not needs_option:  # else the earlier run may be there still
            self.lost_runs += checks.check_runs(self.place, self.work, start, before)
        return start

    def _tear(self, number, is_to_be_deleted):
        """Between two starts. A file that has its final name is the ledger's to know, so then only parts are torn."""
        if is_to_be_deleted:
            return
        choose, place = self._draws("tear %d" % number), self.place
        if choose.random() < 0.35 and not os.path.exists(os.path.join(place.run_folder, self.work.row_file)):
            how = choose.choice(TEARS)
            if tear_ledger(place.run_folder, how, choose, place.damage):
                self.tears.append((number, "ledger: " + how))
        if choose.random() < 0.35:
            how = choose.choice(TEARS)
            if tear_part(place.run_folder, how, choose, place.damage):
                self.tears.append((number, "part: " + how))

    # --- the end

    def close(self, is_kept):
        self.place.close(is_kept)

    def last_words(self):
        """What the last start said."""
        return self.starts[-1].text().splitlines()[-30:] if self.starts else []

    def story(self):
        """For people: what was done to this round."""
        lines = [start.describe() for start in self.starts]
        lines += ["torn after start %d: %s" % tear for tear in self.tears]
        return "\n".join("  " + line for line in lines)
