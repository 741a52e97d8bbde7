"""Rules 1.4, 7.4, 7.6: what the launcher starts again and how, whom it ends and whom it leaves alone, and a prs_mpi inside a script."""

import os
import shutil
import signal

from run_testing import PROGRAM, RunTest, main, processes_with

# A process that is no child of the job's: it must live on.
BYSTANDER = ["sleep", "1000"]


class Launched(RunTest):
    """Helpers; has no test of its own."""

    def rank_pids(self, job):
        return sorted(pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM + " ") and pid != job.pid)

    def mpirun_pid(self):
        (pid,) = [pid for pid, words in processes_with(self.mark).items() if os.path.basename(words.split()[0]) in ("mpirun", "prterun")]
        return pid

    def kill_a_worker_after(self, ended, job):
        """One worker rank, once so many mini-batches have ended in this start."""
        self.wait_until(lambda: self.count("ended") > ended or job.poll() is not None, "%d mini-batches ended" % ended)
        os.kill(self.rank_pids(job)[-1], signal.SIGKILL)

    def forget_notes(self):
        for kind in ("begun", "ended"):
            for name in os.listdir(self.path(kind)):
                os.unlink(self.path(kind, name))

    def expect_all_rows(self):
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])


class EarlierRuns(Launched):
    """Helpers; has no test of its own."""

    items = 40
    in_flight = 6  # what two workers may hold, run and not reported, when a start ends

    def setUp(self):
        super().setUp()
        self.make_files(self.items)

    def complete_once(self):
        """A finished run, whose ledger has more outcomes than a start has added when it is cut short below."""
        self.write_noting_script("pass")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        self.forget_notes()
        self.write_noting_script("time.sleep(0.1)")

    def begin_once(self):
        """A run of which only a little is done."""
        shutil.rmtree(self.out(), ignore_errors=True)
        self.write_noting_script("time.sleep(0.1)")
        self.forget_notes()
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > 1, "a mini-batch ended")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)
        self.forget_notes()


class StartingAgain(EarlierRuns):
    def lose_a_rank(self, *words):
        job = self.start([PROGRAM] + list(words))
        self.kill_a_worker_after(self.items // 4, job)
        return self.finish(job)

    def expect_gone_on(self, ran):
        self.expect_status(ran, 0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.expect_all_rows()
        self.assertLessEqual(len(self.repeated("ended")), self.in_flight, "done mini-batches were run again")
        self.expect_no_process_left()

    def test_progress_is_what_the_start_itself_wrote(self):
        """The run that --overwrite deletes had more outcomes than this start when it lost a rank."""
        self.complete_once()
        self.expect_gone_on(self.lose_a_rank("config.yaml", "--overwrite"))

    def test_overwrite_is_not_repeated_however_it_is_spelt(self):
        for words in (["--overwrite=true", "config.yaml"], ["config.yaml", "--overwrite=1"], ["run", "--overwrite", "config.yaml", "--overwrite"]):
            with self.subTest(words=words):
                self.begin_once()
                self.expect_gone_on(self.lose_a_rank(*words))
                self.assertEqual(self.count("ended"), self.items, "the earlier run was not deleted")

    def test_an_overwrite_that_is_none_deletes_nothing(self):
        self.complete_once()
        ran = self.prs_mpi("config.yaml", "--overwrite=false", "--set", "description=--overwrite", "--", "--overwrite")
        self.expect_status(ran, 2)  # the arguments are others, and nothing is deleted
        self.expect_status(self.prs_mpi("config.yaml", "--overwrite=false", "--set", "description=--overwrite"), 0)
        self.assertEqual(self.count("ended"), 0)

    def test_retry_failed_is_not_repeated_however_it_is_spelt(self):
        """The new set of tries is one: what fails again in it is not tried a third time."""
        self.write_noting_script("if not mini_batch[0].endswith('0'): raise ValueError('no')")
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.forget_notes()
        self.write_noting_script("time.sleep(0.1)\n    if not mini_batch[0].endswith('0'): raise ValueError('no')")
        job = self.start([PROGRAM, "--retry-failed=true", "config.yaml"])
        self.wait_until(lambda: self.count("begun") > 10 or job.poll() is not None, "ten mini-batches begun")
        os.kill(self.rank_pids(job)[-1], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.assertEqual(self.count("begun"), self.items * 9 // 10)
        self.assertLessEqual(len(self.repeated("begun")), self.in_flight, "what failed again was tried a third time")

    def test_a_file_that_kills_its_rank_at_once_is_given_up_by_restarts_alone(self):
        """Nothing else is ever done before the third loss: each one is something new, for it is remembered."""
        self.write_script(
            "import os, signal\n"
            "def rank_above():\n"
            "    pid = os.getppid()\n"
            "    while not os.readlink('/proc/%d/exe' % pid).endswith('/prs_mpi'):\n"
            "        pid = int(open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()[1])\n"
            "    return pid\n"
            "def run(mini_batch):\n"
            "    if mini_batch[0].endswith('item00000'):\n"
            "        os.kill(rank_above(), signal.SIGKILL)\n"
            "    return [os.path.basename(path) for path in mini_batch]\n"
        )
        self.write_config(workers=1)
        ran = self.prs_mpi("config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("starting again (3 of 3)", ran.stderr)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(1, self.items)])
        self.assertEqual([row["Status"] for row in self.tries() if row["Mini-batch Id"] == "0"], ["WORKER_LOST"])


class PutBackBySlurm(EarlierRuns):
    """The templates in slurm/: a job that goes back into the queue gives the same command again; what its first start began goes on."""

    def start_job(self, *words, job="c/77"):
        return self.start(self.mpirun_words(3, *words), {"PRS_LAUNCHER_ID": job})

    def interrupt(self, job):
        self.wait_until(lambda: self.count("ended") > self.items // 4, "a quarter of the mini-batches ended")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)

    def test_overwrite_is_not_repeated(self):
        self.complete_once()
        self.interrupt(self.start_job("config.yaml", "--overwrite"))
        self.expect_status(self.finish(self.start_job("config.yaml", "--overwrite")), 0)
        self.assertEqual(self.repeated("ended"), [], "done mini-batches were run again")
        self.assertEqual(self.count("ended"), self.items)
        self.expect_all_rows()

    def test_overwrite_is_done_where_the_first_start_did_not_come_to_it(self):
        self.complete_once()
        self.expect_status(self.finish(self.start_job("config.yaml", "--overwrite")), 0)
        self.assertEqual(self.count("ended"), self.items, "the finished run was taken for the new one")

    def test_launchers_in_a_job_go_on_too(self):
        self.complete_once()
        extra = {"PRS_LAUNCHER_ID": "c/77"}
        self.interrupt(self.start([PROGRAM, "config.yaml", "--overwrite"], extra))
        self.expect_status(self.prs_mpi("config.yaml", "--overwrite", extra=extra), 0)
        self.assertEqual(self.repeated("ended"), [], "done mini-batches were run again")
        self.expect_all_rows()

    def test_another_job_overwrites(self):
        self.complete_once()
        self.expect_status(self.finish(self.start_job("config.yaml", "--overwrite")), 0)
        self.forget_notes()
        self.expect_status(self.finish(self.start_job("config.yaml", "--overwrite", job="c/78")), 0)
        self.assertEqual(self.count("ended"), self.items)

    def test_a_run_that_was_finished_when_the_job_was_put_back_is_no_mistake(self):
        self.write_noting_script("pass")
        self.write_config(top={"allow_reuse": False})
        self.expect_status(self.finish(self.start_job("config.yaml")), 0)
        self.expect_status(self.finish(self.start_job("config.yaml")), 0)
        ran = self.finish(self.start_job("config.yaml", job="c/78"))
        self.expect_status(ran, 2)
        self.assertIn("allow_reuse is false", ran.stderr)

    def test_a_new_set_of_tries_is_one(self):
        self.write_noting_script("if not mini_batch[0].endswith('0'): raise ValueError('no')")
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.forget_notes()
        self.write_noting_script("time.sleep(0.1)\n    if not mini_batch[0].endswith('0'): raise ValueError('no')")
        job = self.start_job("config.yaml", "--retry-failed")
        self.wait_until(lambda: self.count("begun") > 10, "ten mini-batches begun")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 75)
        self.expect_status(self.finish(self.start_job("config.yaml", "--retry-failed")), 0)
        self.assertEqual(self.repeated("begun"), [], "what failed again was tried a third time")
        self.assertEqual(self.count("begun"), self.items * 9 // 10)
        self.expect_status(self.finish(self.start_job("config.yaml", "--retry-failed", job="c/79")), 0)
        self.assertEqual(len(self.repeated("begun")), self.items * 9 // 10, "another job's wish is another one")


class Children(Launched):
    """Children of the launcher that are no part of the job: it was started by exec, as PID 1 of a container, or is a subreaper."""

    items = 30

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("time.sleep(0.1)")
        self.write_config()

    def start_beside(self, shell):
        """The launcher takes the place of a shell that ran these lines before; $1 is where they note process ids."""
        shell = 'cd "$0"; ' + shell + '\nexec "$1" config.yaml'
        return self.start(["bash", "-c", shell, self.folder, PROGRAM])

    def expect_untouched(self, name):
        pid = int(self.read(self.path(name)))
        self.assertIn(pid, processes_with(self.mark), "it was killed")
        os.kill(pid, signal.SIGKILL)

    def lose_mpirun(self, job):
        self.wait_until(lambda: self.count("ended") > self.items // 4 or job.poll() is not None, "some mini-batches ended")
        os.kill(self.mpirun_pid(), signal.SIGKILL)

    def test_an_older_child_lives_on(self):
        job = self.start_beside("sleep 1000 >/dev/null 2>&1 & echo $! >older")
        self.expect_status(self.finish(job), 0)
        self.expect_untouched("older")

    def test_an_older_child_lives_on_when_mpirun_is_killed(self):
        job = self.start_beside("sleep 1000 >/dev/null 2>&1 & echo $! >older")
        self.lose_mpirun(job)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.expect_all_rows()
        self.expect_untouched("older")

    def test_a_stranger_that_loses_its_parent_during_the_run_lives_on(self):
        """As a subreaper, or as the first process of a container, the launcher becomes its parent."""
        stranger = "(until ls begun/* >/dev/null 2>&1; do sleep 0.05; done; sleep 1000 >/dev/null 2>&1 & echo $! >stranger) >/dev/null 2>&1 &"
        job = self.start_beside(stranger)
        self.wait_until(lambda: os.path.exists(self.path("stranger")), "the stranger is there")
        self.lose_mpirun(job)
        self.expect_status(self.finish(job), 0)
        self.expect_all_rows()
        self.expect_untouched("stranger")

    def leave_a_process_behind(self):
        """A script's process that outlives its host, its keeper and its rank, which are killed together with mpirun: the launcher is its parent now."""
        self.write_noting_script(
            "import subprocess\n"
            "    subprocess.Popen(['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $! >>%s'], start_new_session=True).wait()\n"
            "    time.sleep(1000)" % self.path("left")
        )
        job = self.start([PROGRAM, "config.yaml", "--set", "process_count_per_node=1", "--set", "run_invocation_timeout=2000"])
        self.wait_until(lambda: self.left(), "something was left")
        mpirun = self.mpirun_pid()
        keepers = [pid for pid, words in processes_with(self.mark).items() if os.path.basename(words.split()[0]) == "prs_keeper"]
        # All at once: a keeper that sees its rank end would end what is left.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in keepers + self.rank_pids(job) + [mpirun]:
                os.kill(pid, number)
        self.wait_until(lambda: not os.path.exists("/proc/%d" % mpirun), "the launcher knows that mpirun has ended")
        self.assertIn(self.left()[0], processes_with(self.mark), "it did not outlive its keeper")
        return job

    def left(self):
        path = self.path("left")
        return [int(line) for line in self.read(path).split()] if os.path.exists(path) else []

    def test_what_a_script_left_is_ended_when_nobody_else_could(self):
        job = self.leave_a_process_behind()
        self.finish(job)
        self.expect_no_process_left(limit=0)

    def test_a_signal_is_heard_while_it_waits_for_what_mpirun_left(self):
        job = self.leave_a_process_behind()
        job.send_signal(signal.SIGTERM)
        ran = self.finish(job)
        self.expect_status(ran, 75)
        self.assertIn("what mpirun left is killed", ran.stderr)
        self.expect_no_process_left(limit=0)


INNER = """
import os, subprocess
def {function}:
    if not os.path.exists({folder!r} + "/inner_status"):
        ran = subprocess.run({words!r}, cwd={folder!r}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with open({folder!r} + "/inner_output", "wb") as stream:
            stream.write(ran.stdout)
        with open({folder!r} + "/inner_status.new", "w") as stream:
            stream.write(str(ran.returncode))
        os.rename({folder!r} + "/inner_status.new", {folder!r} + "/inner_status")
{rest}
"""


class Nested(Launched):
    """A script that runs prs_mpi itself: both runs have an end of their own."""

    items = 12

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.make_files(3, "inner-data")
        self.write_script("def run(mini_batch):\n    return ['inner'] * len(mini_batch)\n", "inner.py")
        top = {"inputs": [{"name": "items", "path": "inner-data"}], "output": "inner-out"}
        self.write_config("inner.yaml", workers=1, top=top, entry_script="inner.py")
        self.write_config(workers=1, run_invocation_timeout=100)

    def run_inside(self, words, function, rest):
        rest = "\n".join("    " + line for line in rest) if function != "init()" else "\n".join(rest)
        self.write_script(INNER.format(folder=self.folder, words=words, function=function, rest=rest))

    def expect_inner(self, status, rows=3):
        self.assertEqual(int(self.read(self.path("inner_status"))), status, self.read(self.path("inner_output")))
        if rows:
            self.assertEqual(self.read(self.path("inner-out", "parallel_run_step.txt")), "inner\n" * rows)

    def test_a_launcher_inside_init(self):
        self.run_inside([PROGRAM, "inner.yaml"], "init()", ["def run(mini_batch):", "    return [os.path.basename(path) for path in mini_batch]"])
        self.expect_status(self.prs_mpi("config.yaml"), 0)
        self.expect_inner(0)
        self.expect_all_rows()

    def test_a_launcher_inside_run_that_fails(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('inner')\n", "inner.py")
        self.run_inside([PROGRAM, "inner.yaml"], "run(mini_batch)", ["return [os.path.basename(path) for path in mini_batch]"])
        self.expect_status(self.prs_mpi("config.yaml"), 0)
        self.expect_inner(1, rows=0)
        self.expect_all_rows()

    def test_the_end_of_an_inner_run_is_not_taken_for_the_outer_ones(self):
        """The inner one tells that it completed; then the outer one loses its master, which has told nothing."""
        rest = ["import time", "time.sleep(0.1)", "return [os.path.basename(path) for path in mini_batch]"]
        # A script's environment has no variable of Open MPI's.
        may_be_root = ["env", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1"]
        self.run_inside(may_be_root + self.mpirun_words(2, "inner.yaml"), "run(mini_batch)", rest)
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: os.path.exists(self.path("inner_status")) or job.poll() is not None, "the inner run has ended")
        self.wait_until(lambda: self.has_outcomes() or job.poll() is not None, "the outer run has a mini-batch done")
        os.kill(self.rank_pids(job)[0], signal.SIGKILL)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.expect_inner(0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.expect_all_rows()

    def has_outcomes(self):
        ledger = self.out(".prs", "ledger", "1.ledger")
        return os.path.exists(ledger) and os.path.getsize(ledger) > 52 + 64  # the header, and an outcome

    def test_no_variable_of_the_launchers_reaches_a_script(self):
        self.write_script("import os\ndef run(mini_batch):\n    return [' '.join(name for name in os.environ if name.startswith('PRS_LAUNCHER'))]\n")
        self.expect_status(self.prs_mpi("config.yaml"), 0)
        self.assertEqual(set(self.rows()), {""})


if __name__ == "__main__":
    main()
