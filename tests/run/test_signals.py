"""Rules 7.3, 1.4: every signal that asks for a stop, to everybody who may get it: all resumable, with the same bytes."""

import contextlib
import glob
import os
import signal

from run_testing import PROGRAM, RunTest, main, processes_with

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class Signals(RunTest):
    items = 40

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("time.sleep(0.06)\n    if mini_batch[0][-2:] >= '32': wait_while_held('run')")
        self.write_config()

    def ranks(self, but=None):
        """Process ids of the ranks, rank 0 first."""
        return sorted(
            pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM + " ") and pid != but
        )

    def stop(self, number, to, words=None):
        """Starts the job, signals `to(job)` once ten mini-batches have ended, and waits for the end, which cannot come before."""
        self.hold()
        job = self.start(words or self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > 10, "ten mini-batches ended")
        os.kill(to(job), number)
        log = self.out("logs", "sys", "master_role.txt")
        self.wait_until(lambda: "the run ends early" in self.read(log) or job.poll() is not None, "rank 0 knows of it")
        self.let_go()
        ran = self.finish(job)
        self.expect_no_process_left()
        return ran

    def expect_the_rest_to_complete(self, most_repeated=0):
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.read(self.out("parallel_run_step.txt")), "".join("item%05d\n" % i for i in range(self.items)))
        self.assertEqual(self.repeated("ended")[most_repeated:], [], "done mini-batches were run again")

    def anew(self):
        for kind in ("begun", "ended"):
            for name in os.listdir(self.path(kind)):
                os.unlink(self.path(kind, name))
        os.rename(self.out(), self.path("out-%d" % len(os.listdir(self.folder))))

    def each(self, stop, most_repeated=0):
        for number in SIGNALS:
            with self.subTest(signal=number.name):
                stop(number)
                self.expect_the_rest_to_complete(most_repeated)
            self.anew()

    def test_to_the_launcher(self):
        def stop(number):
            ran = self.stop(number, lambda job: job.pid, [PROGRAM, "config.yaml", "--set", "process_count_per_node=2"])
            self.expect_status(ran, 75)
            self.assertIn(number.name, ran.stderr)

        self.each(stop)

    def test_to_mpirun(self):
        """After SIGTERM and SIGINT it kills its ranks a second later, and has a status of its own."""

        def stop(number):
            ran = self.stop(number, lambda job: job.pid)
            if number == signal.SIGUSR1:
                self.expect_status(ran, 75)
            self.assertNotEqual(ran.status, 0)

        self.each(stop, most_repeated=4)

    def test_to_rank_0(self):
        self.each(lambda number: self.expect_status(self.stop(number, lambda job: self.ranks()[0]), 75))

    def test_to_a_worker_rank(self):
        self.each(lambda number: self.expect_status(self.stop(number, lambda job: self.ranks()[-1]), 75))

    def signal_all_below_mpirun(self, number):
        """The scripts and their keepers first, of which one may end the other; the ranks last."""
        ranks = self.ranks()
        below = [pid for pid, words in processes_with(self.mark).items() if "prs_host.py" in words]
        self.assertEqual((len(ranks), len(below)), (3, 4))
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        for pid in ranks:
            os.kill(pid, number)

    def test_to_every_process_below_mpirun(self):
        """As Slurm does with a step (scancel, preemption): the scripts die of it, and no try is charged for that."""

        def stop(number):
            self.write_config(run_max_try=1, error_threshold=0)
            self.hold()
            job = self.start(self.mpirun_words(3, "config.yaml"))
            held = [self.path("begun", "item000%d" % i) for i in (32, 33)]
            self.wait_until(lambda: all(map(os.path.exists, held)), "both scripts are held")
            self.signal_all_below_mpirun(number)
            self.expect_status(self.finish(job), 75)
            logs = "".join(self.read(path) for path in glob.glob(self.out("logs", "sys", "node", "*", "*.txt")))
            self.assertIn("as this rank was told to stop: nothing is charged", logs)
            self.expect_no_process_left()
            self.let_go()

        for number in (signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(signal=number.name):
                stop(number)
                self.expect_the_rest_to_complete()
            self.anew()

    def test_a_launcher_does_not_wait_for_an_mpirun_that_is_stuck(self):
        self.hold()
        job = self.start([PROGRAM, "config.yaml"])
        self.wait_until(lambda: self.count("ended") > 10, "ten mini-batches ended")
        mpirun = [pid for pid, words in processes_with(self.mark).items() if os.path.basename(words.split()[0]) == "mpirun"]
        self.assertEqual(len(mpirun), 1)
        os.kill(mpirun[0], signal.SIGSTOP)
        for said in ("nothing new is started", "stopping at once", "mpirun is killed"):
            job.send_signal(signal.SIGTERM)
            line = job.stderr.readline()
            while line and said not in line:
                line = job.stderr.readline()
            self.assertIn(said, line)
        self.expect_status(self.finish(job), 75)
        self.expect_no_process_left(limit=20)
        self.let_go()
        self.expect_the_rest_to_complete(most_repeated=4)


if __name__ == "__main__":
    main()
