"""Rules 6.5, 7.3, 7.6, 1.4: signals, kill −9, and that no process outlives the job; what is done is kept."""

import os
import signal

from run_testing import PROGRAM, WAITING, RunTest, main, processes_with

# The last mini-batches can be held.
SLOW = WAITING + """
import subprocess
helper = None
def init():
    global helper
    helper = subprocess.Popen(["sleep", "1000"], start_new_session=True)
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    with open(os.path.join({folder!r}, "ran", name), "a") as stream:
        stream.write("x")
    time.sleep({seconds})
    if name in {last_names!r}:
        wait_while_held("run")
    return [name]
"""


class Stop(RunTest):
    count = 60

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("ran"))
        self.make_files(self.count)

    def slow(self, seconds=0.06, **keys):
        last_names = ["item%05d" % i for i in range(self.count - 8, self.count)]
        self.write_script(SLOW.format(folder=self.folder, seconds=seconds, last_names=last_names))
        self.write_config(**keys)

    def begun(self):
        return len(os.listdir(self.path("ran")))

    def start_held(self, wanted, words=None):
        """A job that cannot be over before let_go()."""
        self.slow()
        self.hold()
        job = self.start(words or self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > wanted, "%d mini-batches begun" % wanted)
        return job

    def wait_until_it_stops(self):
        log = self.out("logs", "sys", "master_role.txt")
        self.wait_until(lambda: "the run ends early" in self.read(log), "rank 0 knows that it should stop")

    def finish_the_rest(self, most_repeated):
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])
        repeated = [name for name in os.listdir(self.path("ran")) if os.path.getsize(self.path("ran", name)) > 1]
        self.assertLessEqual(len(repeated), most_repeated, "done mini-batches were run again")
        return ran

    def test_sigusr1_drains_and_the_same_command_goes_on(self):
        job = self.start_held(10)
        job.send_signal(signal.SIGUSR1)
        self.wait_until_it_stops()
        self.let_go()
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
        job = self.start_held(10)
        job.send_signal(signal.SIGTERM)
        self.assertNotEqual(self.finish(job).status, 0)
        self.expect_no_process_left()
        self.let_go()
        self.finish_the_rest(most_repeated=4)

    def kill_9(self, *ranks, with_mpirun=False):
        job = self.start_held(20)
        self.kill(*ranks)
        if with_mpirun:
            job.kill()
        self.assertNotEqual(self.finish(job).status, 0)
        self.expect_no_process_left(limit=20)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.let_go()
        return self.finish_the_rest(most_repeated=4)

    def test_kill_9_of_mpirun(self):
        self.kill_9(with_mpirun=True)

    def test_kill_9_of_the_master(self):
        self.kill_9(0)

    def test_kill_9_of_a_worker(self):
        self.kill_9(1)

    def test_kill_9_of_mpirun_and_all_ranks_at_once(self):
        ran = self.kill_9(0, 1, 2, with_mpirun=True)
        self.assertIn("reused", self.read(self.out("logs", "job_result.txt")) + ran.stderr)

    def kill_9_of_one(self, is_wanted):
        """One process goes, then all that was below it; another takes its place, and the run goes on."""
        job = self.start_held(10)

        def wanted():
            return [pid for pid, words in processes_with(self.mark).items() if is_wanted(words.split())]

        first = wanted()
        self.assertEqual(len(first), 2, "one for each worker")
        os.kill(first[0], signal.SIGKILL)
        self.wait_until(lambda: len(wanted()) == 2 and first[0] not in wanted(), "another in its place")
        self.let_go()
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
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        os.kill(self.rank_process(1), signal.SIGSTOP)
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 1)
        self.assertIn("process000 on", ran.stderr)
        self.expect_no_process_left(limit=20)
        self.finish_the_rest(most_repeated=6)

    def test_a_second_job_on_the_same_run_folder_is_refused_and_harms_nothing(self):
        job = self.start_held(5)
        for arguments in (["config.yaml"], ["config.yaml", "--overwrite"]):
            second = self.mpirun(3, *arguments)
            self.expect_status(second, 2)
            self.assertIn("another job works in this run folder", second.stderr)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])

    def test_the_launcher_gives_the_runs_own_status_and_passes_signals_on(self):
        job = self.start_held(10, [PROGRAM, "config.yaml"])
        job.send_signal(signal.SIGINT)
        self.wait_until_it_stops()
        self.let_go()
        self.expect_status(self.finish(job), 75)
        self.expect_no_process_left()
        self.finish_the_rest(most_repeated=0)

    def start_launcher_and_kill(self, which, *options):
        """The run completes in another start of its own."""
        job = self.start_held(20, [PROGRAM, "config.yaml"] + list(options))
        which()
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again", ran.stderr)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count)])

    def test_the_launcher_starts_again_after_a_lost_rank(self):
        self.start_launcher_and_kill(lambda: self.kill(1))

    def kill_mpirun(self):
        (mpirun,) = [pid for pid, words in processes_with(self.mark).items() if os.path.basename(words.split()[0]) == "mpirun"]
        os.kill(mpirun, signal.SIGKILL)

    def test_the_launcher_starts_again_after_a_killed_mpirun(self):
        """Its ranks live a second longer; the new start must not meet them in the run folder."""
        self.start_launcher_and_kill(self.kill_mpirun)

    def test_a_start_after_a_lost_rank_keeps_the_scripts_own_arguments(self):
        self.start_launcher_and_kill(lambda: self.kill(1), "--overwrite", "--", "--overwrite", "x")

    def test_kill_9_of_the_launcher_leaves_nothing(self):
        job = self.start_held(5, [PROGRAM, "config.yaml"])
        job.kill()
        job.wait()
        self.expect_no_process_left(limit=20)


if __name__ == "__main__":
    main()
