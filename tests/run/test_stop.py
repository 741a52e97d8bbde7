"""SPEC 6.5, 7.3, 7.6, 1.4: signals, kill −9, and that no process outlives the job; what is done is kept."""

import os
import signal

from run_testing import PROGRAM, RunTest, main, processes_with

SLOW = """
import os, subprocess, time
helper = None
def init():
    global helper
    helper = subprocess.Popen(["sleep", "1000"], start_new_session=True)
def run(mini_batch):
    with open(os.path.join({folder!r}, "ran", os.path.basename(mini_batch[0])), "a") as stream:
        stream.write("x")
    time.sleep({seconds})
    return [os.path.basename(mini_batch[0])]
"""


class Stop(RunTest):
    count = 60

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))
        self.make_files(self.count)

    def slow(self, seconds=0.1, **keys):
        self.write_script(SLOW.format(folder=self.folder, seconds=seconds))
        self.write_config(**keys)

    def begun(self):
        return len(os.listdir(self.path("ran")))

    def finish_the_rest(self, most_repeated):
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])
        repeated = [name for name in os.listdir(self.path("ran")) if os.path.getsize(self.path("ran", name)) > 1]
        self.assertLessEqual(len(repeated), most_repeated, "done mini-batches were run again")
        return ran

    def test_sigusr1_drains_and_the_same_command_goes_on(self):
        self.slow()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        job.send_signal(signal.SIGUSR1)
        ran = self.finish(job)
        self.expect_status(ran, 75)
        self.assertIn("SIGUSR1", ran.stderr)
        self.expect_no_process_left()
        self.finish_the_rest(most_repeated=0)

    def test_a_second_signal_stops_at_once(self):
        self.slow(seconds=1000, run_invocation_timeout=2000)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() == 2, "two mini-batches begun")
        job.send_signal(signal.SIGUSR1)
        log = self.out("logs", "sys", "master_role.txt")
        self.wait_until(lambda: "SIGUSR1" in self.read(log), "the first signal in the log")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)
        self.expect_no_process_left()

    def test_grace_period_bounds_running_tries(self):
        self.slow(seconds=1000, run_invocation_timeout=2000, grace_period=1)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() == 2, "two mini-batches begun")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)

    def test_sigterm_to_mpirun_leaves_nothing_behind_and_loses_nothing(self):
        self.slow()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        job.send_signal(signal.SIGTERM)
        self.finish(job)
        self.expect_no_process_left()
        self.finish_the_rest(most_repeated=4)

    def kill_9(self, which):
        self.slow()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 20, "twenty mini-batches begun")
        for pid in which(job):
            os.kill(pid, signal.SIGKILL)
        self.finish(job)
        self.expect_no_process_left(limit=20)
        return self.finish_the_rest(most_repeated=4)

    def ranks(self):
        return sorted(pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM))

    def test_kill_9_of_mpirun(self):
        self.kill_9(lambda job: [job.pid])

    def test_kill_9_of_the_master(self):
        self.kill_9(lambda job: self.ranks()[:1])

    def test_kill_9_of_a_worker(self):
        self.kill_9(lambda job: self.ranks()[1:2])

    def test_kill_9_of_mpirun_and_all_ranks_at_once(self):
        ran = self.kill_9(lambda job: [job.pid] + self.ranks())
        self.assertIn("reused", self.read(self.out("logs", "job_result.txt")) + ran.stderr)

    def kill_9_of_one(self, is_wanted):
        """One process goes, then all that was below it; the run goes on without."""
        self.slow()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        wanted = [pid for pid, words in processes_with(self.mark).items() if is_wanted(words.split())]
        self.assertEqual(len(wanted), 2, "one for each worker")
        os.kill(wanted[0], signal.SIGKILL)
        self.expect_status(self.finish(job), 0)
        self.expect_no_process_left()
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])
        self.assertLessEqual(len([row for row in self.tries() if int(row["Picked Count"]) > 1]), 1, "tries were lost")

    def test_kill_9_of_a_keeper_costs_one_try(self):
        self.kill_9_of_one(lambda words: words[:1] and os.path.basename(words[0]) == "prs_keeper")

    def test_kill_9_of_a_host_costs_one_try(self):
        self.kill_9_of_one(
            lambda words: os.path.basename((words + [""])[0]).startswith("python")
            and os.path.basename((words + ["", ""])[1]) == "prs_host.py"
        )

    def test_a_worker_rank_that_hangs_is_named_and_ends_the_job(self):
        """No signal tells of it: only that nothing ends any more, and that it does not answer."""
        self.slow(progress_update_timeout=2)
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        os.kill(self.ranks()[1], signal.SIGSTOP)
        ran = self.finish(job)
        self.expect_status(ran, 1)
        self.assertIn("process000 on", ran.stderr)
        self.expect_no_process_left(limit=20)
        self.finish_the_rest(most_repeated=6)

    def test_a_second_job_on_the_same_run_folder_is_refused_and_harms_nothing(self):
        self.slow()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 5, "five mini-batches begun")
        for arguments in (["config.yaml"], ["config.yaml", "--overwrite"]):
            second = self.mpirun(3, *arguments)
            self.expect_status(second, 2)
            self.assertIn("another job works in this run folder", second.stderr)
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])

    def test_the_launcher_gives_the_runs_own_status_and_passes_signals_on(self):
        self.slow()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        job.send_signal(signal.SIGINT)
        self.expect_status(self.finish(job), 75)
        self.expect_no_process_left()
        self.finish_the_rest(most_repeated=0)

    def test_the_launcher_starts_again_after_a_lost_rank(self):
        self.slow()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 20, "twenty mini-batches begun")
        ranks = sorted(pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM) and pid != job.pid)
        os.kill(ranks[1], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again", ran.stderr)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])

    def test_the_launcher_starts_again_after_a_killed_mpirun(self):
        """Its ranks live a second longer; the new start must not meet them in the run folder."""
        self.slow()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 20, "twenty mini-batches begun")
        mpirun = [pid for pid, words in processes_with(self.mark).items() if os.path.basename(words.split()[0]) == "mpirun"]
        os.kill(mpirun[0], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again", ran.stderr)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])

    def test_a_start_after_a_lost_rank_keeps_the_scripts_own_arguments(self):
        self.slow()
        job = self.start([PROGRAM, "config.yaml", "--overwrite", "--", "--overwrite", "x"])
        self.wait_until(lambda: self.begun() > 20, "twenty mini-batches begun")
        ranks = sorted(pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM) and pid != job.pid)
        os.kill(ranks[1], signal.SIGKILL)
        self.expect_status(self.finish(job), 0)
        self.assertEqual(len(self.rows()), self.count)

    def test_kill_9_of_the_launcher_leaves_nothing(self):
        self.slow()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 5, "five mini-batches begun")
        job.kill()
        job.wait()
        self.expect_no_process_left(limit=20)


if __name__ == "__main__":
    main()
