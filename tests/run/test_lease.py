"""Rule 7.5: one job in a run folder; a stale lease is told from a live one; a job that was stopped and goes on does no harm."""

import glob
import json
import os
import random
import re
import shutil
import signal
import time

from run_testing import PROGRAM, WAITING, RunTest, main, processes_with

SLOW = WAITING + """
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    with open(os.path.join({folder!r}, "ran", name), "a") as stream:
        stream.write("x")
    wait_while_held("run")
    time.sleep({seconds})
    return [name + "x" * {padding}]
"""

SHORT = {"PRS_LEASE_SECONDS": "2"}


class Lease(RunTest):
    count = 30

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))
        self.make_files(self.count)

    def tearDown(self):
        for pid in self.ranks():
            os.kill(pid, signal.SIGCONT)
        super().tearDown()

    def slow(self, seconds=0.02, padding=0, **keys):
        self.padding = padding
        self.write_script(SLOW.format(folder=self.folder, seconds=seconds, padding=padding))
        self.write_config(**keys)

    def begun(self):
        return len(os.listdir(self.path("ran")))

    def ranks(self):
        """From rank 0 on."""
        return sorted(pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM))

    def stop(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            self.wait_until(lambda: self.state(pid) == "T", "%d is stopped" % pid)

    def signal(self, pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # it has just ended by itself

    def state(self, pid):
        with open("/proc/%d/stat" % pid) as stream:
            return stream.read().rsplit(")", 1)[1].split()[0]

    def go_on(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    def leases(self):
        return sorted(glob.glob(self.out(".prs", "lease", "*.lease")))

    def all_rows(self):
        return ["item%05d" % i + "x" * self.padding for i in range(self.count)]

    def snapshot(self):
        """All that the run folder holds but the logs that every start appends to."""
        found = {}
        for folder, _, names in os.walk(self.out()):
            for name in names:
                path = os.path.join(folder, name)
                if "/logs/user/" in path or "/logs/sys/" in path and "job_report" not in path:
                    continue
                with open(path, "rb") as stream:
                    found[os.path.relpath(path, self.out())] = stream.read()
        return found

    def start_job(self, extra=None, wanted=5):
        job = self.start(self.mpirun_words(3, "config.yaml"), extra)
        self.wait_until(lambda: self.begun() >= wanted, "%d mini-batches begun" % wanted)
        return job

    def test_a_second_job_is_refused_with_the_name_of_the_first_at_once(self):
        self.slow()
        self.hold()
        job = self.start_job(wanted=2)
        second = self.mpirun(3)
        self.expect_status(second, 2)
        self.assertRegex(second.stderr, "another job works in this run folder: process %d on host " % self.ranks()[0])
        self.assertIn(self.leases()[0], second.stderr)
        self.assertNotIn("waiting", second.stderr)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), self.all_rows())

    def test_a_finished_job_releases_its_lease(self):
        self.slow(seconds=0)
        for number in (1, 2):
            self.expect_status(self.mpirun(3), 0)
            self.assertEqual([os.path.basename(path) for path in self.leases()], ["%d.lease" % number])
            self.assertTrue(self.read(self.leases()[0]).endswith("r"))

    def test_after_kill_9_of_everything_the_next_start_takes_over_at_once(self):
        self.slow()
        self.hold()
        job = self.start_job(wanted=2)
        for pid in [job.pid] + self.ranks():
            os.kill(pid, signal.SIGKILL)
        self.finish(job)
        self.expect_no_process_left()
        self.let_go()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertNotIn("waiting", ran.stderr)
        self.assertEqual(self.rows(), self.all_rows())

    def leave_a_lease(self, **changes):
        """As if a job on another host had been killed just now; and that host's word for it."""
        with open(self.leases()[-1]) as stream:
            holder = json.loads(stream.readline())
        holder.update({"host": "far-away", "boot": "another", "machine": "another", "nonce": "0" * 16, "length_seconds": 2})
        holder.update(changes)
        path = self.out(".prs", "lease", "7.lease")
        with open(path, "w") as stream:
            stream.write(json.dumps(holder) + "\n.")
        return path

    def start_and_interrupt(self):
        self.slow()
        self.hold()
        job = self.start_job(wanted=2)
        job.send_signal(signal.SIGUSR1)
        log = self.out("logs", "sys", "master_role.txt")
        self.wait_until(lambda: "SIGUSR1" in self.read(log), "the signal in the log")
        self.let_go()
        self.expect_status(self.finish(job), 75)

    def test_the_lease_of_a_dead_host_is_watched_and_taken_over(self):
        self.start_and_interrupt()
        self.leave_a_lease()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(len(re.findall("held by process .* on host far-away.*waiting up to", ran.stderr)), 1, ran.stderr)
        self.assertEqual([os.path.basename(path) for path in self.leases()], ["8.lease"])
        self.assertEqual(self.rows(), self.all_rows())

    def test_the_lease_of_a_living_host_refuses_once_it_is_renewed(self):
        self.start_and_interrupt()
        path = self.leave_a_lease(length_seconds=1000)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        lines = iter(job.stderr.readline, "")
        self.assertTrue(any("waiting up to" in line for line in lines))
        with open(path, "a") as stream:
            stream.write(".")
        ran = self.finish(job)
        self.expect_status(ran, 2)
        self.assertIn("another job works in this run folder", ran.stderr)
        self.assertIn("far-away", ran.stderr)

    def test_the_wait_for_another_hosts_lease_can_be_interrupted(self):
        self.start_and_interrupt()
        path = self.leave_a_lease(length_seconds=1000)
        before = self.read(path)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        lines = iter(job.stderr.readline, "")
        self.assertTrue(any("waiting up to" in line for line in lines))
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)
        self.assertEqual(self.read(path), before)

    def test_a_later_start_of_the_same_slurm_job_takes_over_at_once(self):
        self.start_and_interrupt()
        self.leave_a_lease(slurm_job="77", slurm_cluster="c", length_seconds=1000)
        words = self.mpirun_words(3, "config.yaml")
        # Past mpirun, which would ask Slurm for the job's hosts.
        words[-2:-2] = ["env", "SLURM_JOB_ID=77", "SLURM_CLUSTER_NAME=c", "SLURM_RESTART_COUNT=1"]
        ran = self.finish(self.start(words))
        self.expect_status(ran, 0)
        self.assertNotIn("waiting", ran.stderr)
        self.assertEqual(self.rows(), self.all_rows())

    def take_over(self, stopped, arguments=()):
        """A second job, while all ranks of the first are stopped; it ends well."""
        words = self.mpirun_words(3, "config.yaml", *arguments)
        ran = self.finish(self.start(words, SHORT))
        self.expect_status(ran, 0)
        self.assertIn("held by process %d on host" % stopped[0], ran.stderr)
        self.assertEqual(self.rows(), self.all_rows())
        return self.snapshot()

    def expect_harmless_end(self, job, stopped, harmed=()):
        before = self.snapshot()
        self.go_on(stopped)
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("this job stalled, and process ", ran.stderr)
        self.assertIn("took over the run folder", ran.stderr)
        self.expect_no_process_left()
        after = self.snapshot()
        # Bytes behind those that the newer start's ledger and lease count are nobody's; all else is as it was.
        for name in sorted(set(before) | set(after)):
            if re.match(r"logs/job_progress_overview|\.prs/(ledger|parts|tries)/", name):
                self.assertTrue(after[name].startswith(before[name]), name)
            else:
                self.assertEqual(after.get(name), before.get(name), name)
        again = self.mpirun(3)
        self.expect_status(again, 0)
        self.assertIn("completed by an earlier start", again.stderr)
        self.assertEqual(self.rows(), self.all_rows())

    def stop_and_take_over(self, *options):
        self.slow()
        self.hold()
        job = self.start_job(SHORT, wanted=2)
        stopped = self.ranks()
        self.stop(stopped)
        self.let_go()
        self.take_over(stopped, *options)
        self.expect_harmless_end(job, stopped)

    def test_a_job_that_was_stopped_past_its_lease_ends_without_harm(self):
        self.stop_and_take_over()

    def test_so_does_one_whose_run_was_overwritten(self):
        """Then the newer start has the numbers of the older one."""
        self.stop_and_take_over(["--overwrite"])

    def test_so_does_one_that_was_stopped_while_it_put_the_rows_together(self):
        self.slow(seconds=0, padding=20_000)
        job = self.start_job(dict(SHORT, **self.faulty_disk("write .building hang")))
        self.wait_until(self.disk_hits, "a worker writes its share")
        stopped = self.ranks()
        self.stop(stopped)
        self.take_over(stopped)
        self.change_disk()
        self.expect_harmless_end(job, stopped)

    def test_stopped_at_any_instant_it_does_no_harm(self):
        seed = int(os.environ.get("PRS_TEST_SEED", time.time_ns() % 1_000_000))
        print("seed", seed, "", end="", flush=True)
        dice = random.Random(seed)
        short = {"PRS_LEASE_SECONDS": "0.5"}
        wanted_trials = int(os.environ.get("PRS_TEST_TRIALS", 5))
        stops = trial = 0
        while stops < wanted_trials:
            trial += 1
            self.assertLess(trial, 10 * wanted_trials, "the job is always over before it can be stopped")
            shutil.rmtree(self.out(), ignore_errors=True)
            self.slow(seconds=0, padding=dice.choice([0, 300_000]))
            job = self.start(self.mpirun_words(3, "config.yaml"), short)
            self.wait_until(lambda: len(self.ranks()) == 3, "all ranks are there")
            wanted = time.monotonic() + dice.uniform(0, 1.2)
            self.wait_until(lambda: time.monotonic() > wanted or job.poll() is not None, "the instant")
            stopped = self.ranks()
            for pid in stopped:
                self.signal(pid, signal.SIGSTOP)
            stops += len(stopped) == 3 and job.poll() is None
            newer = self.finish(self.start(self.mpirun_words(3, "config.yaml"), short))
            self.expect_status(newer, 0)
            self.assertEqual(self.rows(), self.all_rows())
            for pid in stopped:
                self.signal(pid, signal.SIGCONT)
            ran = self.finish(job)
            self.assertIn(ran.status, (0, 3), "trial %d: %r" % (trial, ran))
            self.assertEqual(self.rows(), self.all_rows())
            again = self.mpirun(3, extra=short)
            self.expect_status(again, 0)
            self.assertIn("completed by an earlier start", again.stderr)
            self.assertEqual(glob.glob(self.out(".*.building")), [])

    def test_a_short_stop_costs_nothing(self):
        self.slow()
        self.hold()
        job = self.start_job(SHORT, wanted=2)
        stopped = self.ranks()
        self.stop(stopped)
        sizes = [os.path.getsize(path) for path in self.leases()]
        self.go_on(stopped)
        self.wait_until(lambda: [os.path.getsize(path) for path in self.leases()] > sizes, "the lease is renewed")
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), self.all_rows())

    def expect_folder_gone(self, how):
        self.slow()
        self.hold()
        job = self.start_job(SHORT, wanted=2)
        how()
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("the run folder was deleted or moved under the run", ran.stderr)
        self.assertIn(self.out(".prs", "lease"), ran.stderr)
        self.assertNotIn("; see ", ran.stderr.splitlines()[-1])
        self.expect_no_process_left()
        self.let_go()

    def test_a_run_folder_that_is_deleted_under_the_run_ends_it(self):
        self.expect_folder_gone(lambda: shutil.rmtree(self.out()))
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), self.all_rows())

    def test_a_run_folder_that_is_moved_and_put_back_goes_on(self):
        self.expect_folder_gone(lambda: os.rename(self.out(), self.path("elsewhere")))
        shutil.rmtree(self.out(), ignore_errors=True)
        os.rename(self.path("elsewhere"), self.out())
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), self.all_rows())


if __name__ == "__main__":
    main()
