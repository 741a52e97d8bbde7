"""SPEC 7.4, 1.4, 1.3: ranks are lost, one after the other and at once, in every phase; in place under Open MPI 5, by starting again elsewhere."""

import os
import random
import signal
import time

from run_testing import OPENMPI5, PROGRAM, RunTest, main, processes_with

SCRIPT = """
import os, time
NAMES = {folder!r}
def init():
    time.sleep({init})
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    with open(os.path.join(NAMES, "ran", name), "a") as stream:
        stream.write("x")
    time.sleep({seconds})
    if name.endswith("7"):
        raise ValueError("no sevens")
    return [name + "." * {padding}]
def shutdown():
    time.sleep({shutdown})
"""


class LostRanks(RunTest):
    count = 120

    def setUp(self):
        super().setUp()
        if self.mpi:
            self.assertTrue(os.path.exists(os.path.join(self.mpi, "bin", "mpirun")), "no Open MPI 5 there: run scripts/openmpi5")
        os.mkdir(self.path("ran"))
        self.make_files(self.count)
        self.padding = 0

    def prepare(self, seconds=0.05, init=0, shutdown=0, padding=0, **keys):
        self.padding = padding
        self.write_script(SCRIPT.format(folder=self.folder, seconds=seconds, init=init, shutdown=shutdown, padding=padding))
        keys.setdefault("run_max_try", 2)
        self.write_config(workers=4, **keys)

    def begun(self):
        return len(os.listdir(self.path("ran")))

    def expect_rows(self):
        names = ["item%05d" % i for i in range(self.count)]
        self.assertEqual(self.rows(), [name + "." * self.padding for name in names if not name.endswith("7")])

    def kill(self, *ranks):
        pids = [self.rank_process(rank) for rank in ranks]
        for pid in filter(None, pids):
            os.kill(pid, signal.SIGKILL)

    def kill_each_after(self, ranks, step=15):
        """Starts the job and kills one rank after the other as it goes on."""
        job = self.start(self.mpirun_words(5, "config.yaml"))
        for number, rank in enumerate(ranks):
            wanted = step * (number + 1)
            self.wait_until(lambda: self.begun() >= wanted or job.poll() is not None, "%d mini-batches begun" % wanted)
            self.kill(rank)
        return self.finish(job)

    def write_killing_script(self, *items):
        """run() of these items kills the rank that it runs for, at once. Runs are so short, and so many, that each worker holds many."""
        names = ["item%05d" % item for item in items]
        self.count = 2000
        self.make_files(self.count)
        self.write_script(
            "import os, signal\n"
            "def rank_above():\n"
            "    pid = os.getppid()\n"
            "    while not os.readlink('/proc/%%d/exe' %% pid).endswith('/prs_mpi'):\n"
            "        pid = int(open('/proc/%%d/stat' %% pid).read().rsplit(')', 1)[1].split()[1])\n"
            "    return pid\n"
            "def run(mini_batch):\n"
            "    if os.path.basename(mini_batch[0]) in %r:\n"
            "        os.kill(rank_above(), signal.SIGKILL)\n"
            "    return [os.path.basename(p) for p in mini_batch]\n" % names
        )

    def expect_only_given_up(self, ran, *killers):
        self.expect_status(ran, 0)
        self.assertTrue(os.path.exists(self.out("parallel_run_step.txt")), repr(ran) + self.logs())
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count) if i not in killers])
        for killer in killers:
            self.assertIn("item%05d" % killer, self.read(self.out("failed_items.csv")))
        lost = [row["Mini-batch Id"] for row in self.tries() if row["Status"] != "RUN_DONE"]
        self.assertEqual(lost, [str(killer) for killer in killers])
        self.expect_no_process_left()

    def finish_the_rest(self):
        ran = self.mpirun(5)
        self.expect_status(ran, 0)
        self.expect_rows()
        self.expect_no_process_left()
        return ran


class InPlace(LostRanks):
    mpi = OPENMPI5

    def expect_completed(self, ran, *lost):
        self.expect_status(ran, 0)
        self.expect_rows()
        for rank in lost:
            self.assertIn("rank lost: rank %d (process%03d on" % (rank, rank - 1), ran.stderr)
            self.assertIn("process%03d" % (rank - 1), self.read(self.out("logs", "job_result.txt")))
        self.expect_no_process_left()
        # What a lost rank held goes back uncharged: sevens have their two tries, the others one.
        for row in self.tries():
            self.assertLessEqual(int(row["Picked Count"]), 2)
            self.assertEqual(row["Status"], "RUN_EXCEPTION" if int(row["Mini-batch Id"]) % 10 == 7 else "RUN_DONE")

    def test_one_and_then_another_of_four_workers_are_lost(self):
        self.prepare()
        self.expect_completed(self.kill_each_after([2, 4]), 2, 4)

    def test_all_but_one_are_lost_one_after_the_other(self):
        self.prepare()
        self.expect_completed(self.kill_each_after([1, 2, 3]), 1, 2, 3)

    def test_two_are_lost_at_once(self):
        self.prepare()
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        self.kill(1, 3)
        self.expect_completed(self.finish(job), 1, 3)

    def test_losses_at_any_moment_of_the_tally_rounds(self):
        """Rounds are collective: whoever is in one when a rank is lost has to come out of it, and the sums stay right."""
        self.prepare(seconds=0.02)
        seed = int(os.environ.get("PRS_TEST_SEED", time.time_ns() % 100000))
        print("seed", seed)
        pick = random.Random(seed)
        for number in range(4):
            for name in os.listdir(self.path("ran")):
                os.unlink(self.path("ran", name))
            job = self.start(self.mpirun_words(5, "config.yaml", "--overwrite"))
            self.wait_until(lambda: self.begun() > 0, "the farm begins")
            for rank in pick.sample([1, 2, 3, 4], pick.choice([1, 2, 3])):
                time.sleep(pick.uniform(0, 0.5))
                self.kill(rank)
            ran = self.finish(job)
            self.expect_status(ran, 0)
            self.expect_rows()

    def test_a_worker_is_lost_while_scripts_shut_down(self):
        self.prepare(seconds=0.01, shutdown=2)
        job = self.start(self.mpirun_words(5, "config.yaml"))
        log = self.out("logs", "sys", "node")
        self.wait_until(lambda: self.begun() == self.count, "all mini-batches begun")
        time.sleep(0.7)  # nothing shows from outside that shutdown() has begun
        self.assertTrue(os.path.exists(log))
        self.kill(3)
        self.expect_completed(self.finish(job), 3)

    def test_a_worker_is_lost_while_it_writes_its_share_of_the_output(self):
        self.prepare(seconds=0, padding=1000000)
        job = self.start(self.mpirun_words(5, "config.yaml"))

        def is_assembling():
            return any(name.endswith(".building") for name in os.listdir(self.out())) if os.path.exists(self.out()) else False

        self.wait_until(lambda: is_assembling() or job.poll() is not None, "the output is put together")
        self.kill(2)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.expect_rows()
        self.expect_no_process_left()

    def test_damaged_rows_are_made_again_after_a_loss(self):
        """The rounds, which were over, begin again on the ranks that are left."""
        self.prepare(seconds=0.01, shutdown=1)
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() == self.count, "all mini-batches begun")
        self.kill(2)
        part = self.out(".prs", "parts", "1.rows")
        self.wait_until(lambda: os.path.getsize(part) > 100, "rows in the first part")
        with open(part, "r+b") as stream:
            stream.seek(20)
            stream.write(b"#")
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.expect_rows()
        self.assertIn("damaged", self.read(self.out("logs", "job_result.txt")))

    def test_the_last_worker_is_lost(self):
        self.prepare()
        ran = self.kill_each_after([1, 2, 3, 4], step=10)
        self.expect_status(ran, 3)
        self.assertIn("no worker is left", ran.stderr)
        self.assertIn("the same command goes on", ran.stderr)
        self.expect_no_process_left()
        self.finish_the_rest()

    def test_a_mini_batch_that_takes_three_ranks_with_it_is_given_up(self):
        """At once, whatever else its rank holds: no other pays for it."""
        self.write_killing_script(1000)
        self.write_config(workers=6)
        ran = self.mpirun(7)
        self.expect_only_given_up(ran, 1000)
        self.assertEqual(ran.stderr.count("rank lost: "), 3, repr(ran))

    def test_two_mini_batches_that_kill_their_ranks_are_given_up_and_no_other(self):
        self.write_killing_script(1000, 1001)
        self.write_config(workers=8)
        ran = self.mpirun(9)
        self.expect_only_given_up(ran, 1000, 1001)
        self.assertLessEqual(ran.stderr.count("rank lost: "), 6, repr(ran))

    def test_the_launcher_asks_for_it(self):
        self.prepare()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        self.kill(2)
        self.expect_completed(self.finish(job), 2)
        self.assertNotIn("starting again", self.read(self.out("logs", "job_result.txt")))

    def test_a_worker_that_hangs_ends_the_job(self):
        self.prepare(progress_update_timeout=2)
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        os.kill(self.rank_process(2), signal.SIGSTOP)
        ran = self.finish(job)
        self.expect_status(ran, 1)
        self.assertIn("process001 on", ran.stderr)
        self.expect_no_process_left(limit=20)
        self.finish_the_rest()


class EitherWay(LostRanks):
    """What holds under both, each time for the system's Open MPI; the class below runs it all under 5."""

    def test_the_master_is_lost(self):
        self.prepare()
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        self.kill(0)
        ran = self.finish(job)
        if not self.mpi:  # mpirun 5 may lose the last line of a job, and its status
            self.assertNotEqual(ran.status, 0)
            self.assertIn("rank 0, the master, was lost", ran.stderr)
        self.expect_no_process_left()
        self.finish_the_rest()

    def test_the_launcher_starts_again_after_the_master_was_lost(self):
        self.prepare()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.begun() > 20, "twenty mini-batches begun")
        self.kill(0)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.expect_rows()
        self.expect_no_process_left()

    def test_all_workers_and_the_master_are_lost_at_once(self):
        self.prepare()
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        self.kill(0, 1, 2, 3, 4)
        self.finish(job)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_no_process_left()
        self.finish_the_rest()

    def test_a_rank_is_lost_during_the_start(self):
        self.prepare()
        for delay in (0, 0.1, 0.3):
            # By the launcher: mpirun itself may wait for ever where a rank is killed as it begins.
            job = self.start([PROGRAM, "config.yaml"], {"PRS_START_LIMIT": "8"})
            self.wait_until(lambda: self.rank_process(2) or job.poll() is not None, "rank 2 is there")
            time.sleep(delay)
            self.kill(2)
            self.assertIn(self.finish(job).status, (0, 3))  # in MPI_Init it ends the job; later it may be survived
            self.expect_no_process_left()
        self.finish_the_rest()

    def test_a_worker_is_lost_while_scripts_are_in_init(self):
        self.prepare(init=1.5)
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: os.path.exists(self.out(".prs", "parts", "4.rows")), "the workers have begun")
        self.kill(1)
        ran = self.finish(job)
        self.assertEqual(ran.status, 0 if self.mpi else 137, repr(ran))
        self.finish_the_rest()


class EitherWayUnder5(EitherWay):
    mpi = OPENMPI5


class StartingAgain(LostRanks):
    """Debian's Open MPI 4.1: the loss of a rank ends the start, and what was done is kept."""

    def test_a_loss_is_named_in_the_reports(self):
        self.prepare()
        ran = self.kill_each_after([2])
        self.assertEqual(ran.status, 137, repr(ran))
        self.wait_until(lambda: "a rank was lost: rank 2 (process001 on" in self.read(self.out("logs", "job_result.txt")), "the loss is in job_result.txt")
        self.expect_no_process_left()
        self.finish_the_rest()

    def test_the_launcher_completes_after_one_and_then_another_loss(self):
        self.prepare()
        job = self.start([PROGRAM, "config.yaml"])
        for number, rank in ((20, 2), (60, 4)):
            self.wait_until(lambda: self.begun() > number and self.rank_process(rank), "%d mini-batches begun" % number)
            self.kill(rank)
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again (2 of 3)", ran.stderr)
        self.expect_rows()
        self.expect_no_process_left()

    def test_a_mini_batch_that_kills_its_rank_is_given_up_by_the_third_restart(self):
        self.write_killing_script(1000)
        self.write_config(workers=6)
        ran = self.prs_mpi("config.yaml")
        self.expect_only_given_up(ran, 1000)
        self.assertIn("starting again (3 of 3)", ran.stderr)

    def test_a_rank_that_hangs_is_lost_after_its_silence(self):
        """Nothing runs that could time out: only that it gives no sign tells."""
        self.prepare(seconds=100, run_invocation_timeout=300)
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() == 4, "all workers are busy")
        os.kill(self.rank_process(2), signal.SIGSTOP)
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("rank 2 (process001 on", ran.stderr)
        self.assertIn("gave no sign for 30 s", ran.stderr)
        self.expect_no_process_left(limit=20)


if __name__ == "__main__":
    main()
