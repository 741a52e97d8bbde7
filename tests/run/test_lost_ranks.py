"""Rules 7.4, 1.4, 1.3: ranks are lost, one after the other and at once, in every phase; in place under Open MPI 5, by starting again elsewhere."""

import glob
import os
import random
import shutil
import signal
import time

from lost_ranks import LostRanks
from run_testing import OPENMPI5, PROGRAM, main


class InPlace(LostRanks):
    mpi = OPENMPI5

    def expect_completed(self, ran, *lost):
        self.expect_status(ran, 0)
        self.expect_rows(ran)
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
        self.expect_completed(self.kill_in_the_middle(1, 3), 1, 3)

    def test_losses_at_any_moment_of_the_tally_rounds(self):
        """Rounds are collective: whoever is in one when a rank is lost has to come out of it, and the sums stay right."""
        self.prepare(seconds=0.02)
        seed = int(os.environ.get("PRS_TEST_SEED", time.time_ns() % 100000))
        print("seed", seed)
        pick = random.Random(seed)
        for number in range(4):
            self.forget_what_ran()
            self.hold()
            job = self.start(self.mpirun_words(5, "config.yaml", "--overwrite"))
            self.wait_until(lambda: self.begun() > 0, "the farm begins")
            lost = pick.sample([1, 2, 3, 4], pick.choice([1, 2, 3]))
            for rank in lost:
                time.sleep(pick.uniform(0, 0.5))  # nothing is waited for: any moment will do
                self.kill(rank)
            self.let_go()
            self.expect_completed(self.finish(job), *lost)

    def test_a_worker_is_lost_while_scripts_shut_down(self):
        self.prepare(seconds=0.01)
        self.hold("shutdown")
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun("shutdown") == 4, "all scripts shut down")
        self.kill(3)
        self.let_go("shutdown")
        self.expect_completed(self.finish(job), 3)

    def test_a_worker_is_lost_while_it_writes_its_share_of_the_output(self):
        self.prepare(seconds=0, padding=1000000)
        job = self.start(self.mpirun_words(5, "config.yaml"), self.faulty_disk("write .building hang"))
        self.wait_until(lambda: len(self.disk_hits()) == 4, "each worker writes its share")
        self.kill(2)
        self.change_disk()
        self.expect_completed(self.finish(job), 2)

    def test_damaged_rows_are_made_again_after_a_loss(self):
        """The rounds, which were over, begin again on the ranks that are left."""
        self.prepare(seconds=0.01)
        self.hold("shutdown")
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun("shutdown") == 4, "all scripts shut down")
        self.kill(2)
        part = max(glob.glob(self.out(".prs", "parts", "*.rows")), key=os.path.getsize)
        self.assertGreater(os.path.getsize(part), 100)
        with open(part, "r+b") as stream:
            stream.seek(20)
            stream.write(b"#")
        self.let_go("shutdown")
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.expect_rows(ran)
        self.assertIn("rank lost: rank 2 ", ran.stderr)
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
        self.expect_completed(self.kill_in_the_middle(2, words=[PROGRAM, "config.yaml"]), 2)
        self.assertNotIn("starting again", self.read(self.out("logs", "job_result.txt")))

    def test_a_worker_that_hangs_ends_the_job(self):
        self.prepare(progress_update_timeout=2)
        self.hold()
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        os.kill(self.rank_process(2), signal.SIGSTOP)
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 1)
        self.assertIn("process001 on", ran.stderr)
        self.expect_no_process_left(limit=20)
        self.finish_the_rest()


class EitherWay(LostRanks):
    """What holds under both, each time for the system's Open MPI; the class below runs it all under 5."""

    def test_the_master_is_lost(self):
        self.prepare()
        ran = self.kill_in_the_middle(0)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        if not self.mpi:  # mpirun 5 may lose the last line of a job, and its status
            self.assertNotEqual(ran.status, 0)
            self.assertIn("rank 0, the master, was lost", ran.stderr)
        self.expect_no_process_left()
        self.finish_the_rest()

    def test_the_launcher_starts_again_after_the_master_was_lost(self):
        self.prepare()
        ran = self.kill_in_the_middle(0, words=[PROGRAM, "config.yaml"])
        self.expect_status(ran, 0)
        self.assertIn("starting again (1 of 3)", ran.stderr)
        self.expect_rows(ran)
        self.expect_no_process_left()

    def test_all_workers_and_the_master_are_lost_at_once(self):
        self.prepare()
        self.kill_in_the_middle(0, 1, 2, 3, 4)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_no_process_left()
        self.finish_the_rest()

    def lose_rank_2_once(self, is_time, what):
        # By the launcher: mpirun itself may wait for ever where a rank is killed as it begins.
        self.hold("init")
        job = self.start([PROGRAM, "config.yaml"], {"PRS_START_LIMIT": "8"})
        self.wait_until(lambda: is_time() and self.rank_process(2), what)
        self.kill(2)
        self.let_go("init")
        ran = self.finish(job)
        self.assertIn(ran.status, (0, 3), repr(ran))  # in MPI_Init it ends the job; later it may be survived
        self.assertIn("rank lost: rank 2 " if ran.status == 0 else "lost", ran.stderr)
        self.expect_no_process_left()

    def test_a_rank_is_lost_during_the_start(self):
        self.prepare()
        log = self.out("logs", "sys", "node", "*", "process001.txt")
        for is_time, what in (
            (lambda: True, "rank 2 is there"),
            (lambda: glob.glob(self.out(".prs", "lease", "*.lease")), "rank 0 has the lease"),
            (lambda: glob.glob(log), "rank 2 has begun its log"),
        ):
            with self.subTest(what):
                self.lose_rank_2_once(is_time, what)
                self.finish_the_rest()
                shutil.rmtree(self.out())

    def test_a_worker_is_lost_while_scripts_are_in_init(self):
        self.prepare()
        self.hold("init")
        job = self.start(self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun("init") == 4, "all scripts are in init()")
        self.kill(1)
        self.let_go("init")
        ran = self.finish(job)
        self.assertEqual(ran.status, 0 if self.mpi else 137, repr(ran))
        if self.mpi:
            self.assertIn("rank lost: rank 1 ", ran.stderr)
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
        self.hold()
        job = self.start([PROGRAM, "config.yaml"])
        for number, rank in ((20, 2), (60, 4)):
            self.wait_until(lambda: self.begun() > number and self.rank_process(rank), "%d mini-batches begun" % number)
            self.kill(rank)
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertIn("starting again (2 of 3)", ran.stderr)
        self.expect_rows(ran)
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
