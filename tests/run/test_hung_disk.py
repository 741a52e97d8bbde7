"""A disk that hangs or is slow (a stalled file server): nothing grows, nobody is given up, and two signals end the job at once."""

import os
import signal

from run_testing import OPENMPI5, PROGRAM, RunTest, main, processes_with

# Begins once the disk hangs. Each process notes its run() calls by a byte, since a file for each would take longer than the calls.
COUNTING = """
import os, time
def init():
    while not os.path.exists(os.path.join({folder!r}, "disk.hits")):
        time.sleep(0.01)
COUNT = os.open(os.path.join({folder!r}, "begun", str(os.getpid())), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def run(mini_batch):
    os.write(COUNT, b"x")
    return [os.path.basename(path) for path in mini_batch]
"""


class LedgerBehind(RunTest):
    """Rank 0 cannot write down what ended, and scripts are quick."""

    items = 45000
    most_begun = 40000  # outcomes that rank 0 lets wait, and what the workers hold

    def begun(self):
        return sum(os.path.getsize(self.path("begun", name)) for name in os.listdir(self.path("begun")))

    def wait_until_nothing_more_begins(self):
        last, still = -1, 0

        def is_still():
            nonlocal last, still
            count = self.begun()
            still = still + 1 if count == last and count > 0 else 0
            last = count
            return still == 50

        self.wait_until(is_still, "no further run() is begun")
        return last

    def hang_and_let_go(self, call):
        os.mkdir(self.path("begun"))
        self.make_files(self.items)
        self.write_script(COUNTING.format(folder=self.folder))
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("%s .ledger hang" % call))
        self.assertLess(self.wait_until_nothing_more_begins(), self.most_begun)
        self.assertEqual([hit for hit in self.disk_hits() if not hit.endswith(".ledger")], [])
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])

    def test_a_sync_that_hangs_stops_the_hand_outs_until_it_is_over(self):
        self.hang_and_let_go("sync")

    def test_a_write_that_hangs_stops_the_hand_outs_until_it_is_over(self):
        self.hang_and_let_go("write")


class OnAHungDisk(RunTest):
    items = 24

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("time.sleep(0.02)")
        self.write_config(grace_period=0.5)

    def log(self):
        return self.read(self.out("logs", "sys", "master_role.txt"))

    def hang(self, *rules, words=None):
        """The job, once its disk hangs and its scripts have begun."""
        job = self.start(words or self.mpirun_words(3, "config.yaml"), self.faulty_disk(*[rule + " hang" for rule in rules]))
        is_there = lambda: self.disk_hits() and self.count("begun") > 0
        self.wait_until(lambda: is_there() or job.poll() is not None, "the disk hangs")
        self.assertIsNone(job.poll())
        return job

    def wait_for_line(self, job, *words):
        """On standard error, while the job goes on."""
        said = b""

        def is_said():
            nonlocal said
            try:
                said += os.read(job.stderr.fileno(), 65536)
            except BlockingIOError:
                pass
            return any(all(word in line for word in words) for line in said.decode().splitlines())

        os.set_blocking(job.stderr.fileno(), False)
        self.wait_until(is_said, "a line of %r" % (words,))
        os.set_blocking(job.stderr.fileno(), True)

    def has_scripts(self):
        return any("prs_host.py" in words for words in processes_with(self.mark).values())

    def expect_the_rest_to_complete(self, most_repeated):
        self.change_disk()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        self.assertLessEqual(len(self.repeated("ended")), most_repeated, "done mini-batches were run again")

    def two_signals_end(self, rule, most_repeated=0, is_heard=None):
        """The launcher's status is the run's own, under whatever mpirun."""
        is_heard = is_heard or (lambda: "stopped by" in self.log())
        job = self.hang(rule, words=[PROGRAM, "config.yaml"])
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: is_heard() or job.poll() is not None, "the first signal is heard")
        job.send_signal(signal.SIGUSR1)
        ran = self.finish(job)
        self.expect_status(ran, 75)
        self.expect_no_process_left()
        self.assertIn("a second signal", ran.stderr)
        self.expect_the_rest_to_complete(most_repeated)

    def two_signals_end_a_hung_ledger(self):
        """Rank 0's log hangs behind it; what shows is that the scripts are ended."""
        self.write_noting_script("while not os.path.exists(%r): time.sleep(0.01)" % self.path("disk.hits"))
        self.two_signals_end("sync .ledger", most_repeated=self.items, is_heard=lambda: not self.has_scripts())


class HungDisk(OnAHungDisk):
    def test_two_signals_end_it_while_a_worker_syncs_its_rows(self):
        self.two_signals_end("sync .rows", most_repeated=self.items)

    def test_two_signals_end_it_while_rank_0_syncs_the_ledger(self):
        self.two_signals_end_a_hung_ledger()

    def test_two_signals_end_it_while_rank_0_makes_the_outputs_file(self):
        self.two_signals_end("sync .building")

    def test_two_signals_end_it_while_a_worker_writes_the_output(self):
        self.two_signals_end("write .building")

    def test_two_signals_end_it_while_the_reports_are_written(self):
        self.two_signals_end("write job_error.txt")


class HungDiskUnder5(OnAHungDisk):
    """An MPI that survives lost ranks: whose end is another one."""

    mpi = OPENMPI5

    def test_two_signals_end_it_while_rank_0_syncs_the_ledger(self):
        self.two_signals_end_a_hung_ledger()

    def test_two_signals_end_it_while_a_worker_writes_the_output(self):
        self.two_signals_end("write .building")


class SlowDisk(OnAHungDisk):
    """It comes back, later than anybody would be waited for who gives no sign."""

    def test_a_worker_that_syncs_its_rows_for_long_is_waited_for(self):
        job = self.hang("sync .rows")
        job.send_signal(signal.SIGUSR1)
        self.wait_for_line(job, "process00", " still writing, for", "a second signal ends the job at once")
        self.assertIsNone(job.poll())
        self.change_disk()
        self.expect_status(self.finish(job), 75)
        self.assertNotIn("hung", self.read(self.out("logs", "job_result.txt")))
        self.expect_the_rest_to_complete(most_repeated=self.items)

    def test_a_worker_that_writes_the_output_for_long_gives_signs_of_life(self):
        job = self.hang("write .building")
        self.wait_until(lambda: " still writing, for" in self.log(), "the wait is said")
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])


if __name__ == "__main__":
    main()
