"""Rules 1.3, 7.3: what happens between the last run() and the end: another farm after damaged rows, and being stopped."""

import os
import signal
import time

from run_testing import PROGRAM, RunTest, main

# process001 dies in its first run(), and no host of it comes through init() any more.
ONE_GIVES_UP = """
import os, time
FOLDER, RUN_FOLDER = {folder!r}, os.environ["AZUREML_BI_OUTPUT_PATH"]
IS_SECOND = os.environ["PRS_PROCESS_INDEX"] == "1"
def master_log():
    with open(os.path.join(RUN_FOLDER, "logs", "sys", "master_role.txt")) as stream:
        return stream.read()
def init():
    if IS_SECOND and os.path.exists(os.path.join(FOLDER, "died")):
        raise ValueError("no more")
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if IS_SECOND:
        open(os.path.join(FOLDER, "died"), "w").close()
        os._exit(1)
    while "process001 gave up" not in master_log():
        time.sleep(0.01)
    return [name]
"""

# To be added to a script: the first rows of process000 are damaged once, at its end.
DAMAGING = """
def shutdown():
    flag = os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], ".prs", "damaged")
    if os.environ["PRS_PROCESS_INDEX"] != "0" or os.path.exists(flag):
        return
    open(flag, "w").close()
    with open(os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], ".prs", "parts", "1.rows"), "r+b") as part:
        part.seek(20)
        part.write(b"#")
"""


class AnotherFarm(RunTest):
    items = 6

    def test_a_worker_that_gave_up_takes_part_in_its_rounds_and_its_end(self):
        self.make_files(self.items)
        self.write_script(ONE_GIVES_UP.format(folder=self.folder) + DAMAGING)
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        result = self.read(self.out("logs", "job_result.txt"))
        self.assertIn("damaged", result)
        self.assertTrue(os.path.exists(self.path("died")), "no worker gave up")
        self.assertIn("process001 gave up", self.read(self.out("logs", "sys", "master_role.txt")))


class Closing(RunTest):
    """Many MB of rows, and a disk that takes a second for each block of the output: ten blocks for each worker."""

    items = 80
    row = "x" * 1_000_000

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("pass")
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write("\nnoting = run\ndef run(mini_batch):\n    return [name + 'x' * 1000000 for name in noting(mini_batch)]\n")

    def log(self):
        return self.read(self.out("logs", "sys", "master_role.txt"))

    def start_on_slow_disk(self, words=None, extra=None, how="stall 1"):
        """The job, once its workers write the output."""
        disk = self.faulty_disk("write .building " + how)
        disk.update(extra or {})
        job = self.start(words or self.mpirun_words(3, "config.yaml"), disk)
        self.wait_until(lambda: self.disk_hits() or job.poll() is not None, "the output is written")
        return job

    def expect_interrupted(self, ran, *words):
        self.expect_status(ran, 75)
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        for word in words + ("not put together yet", "the same command goes on"):
            self.assertIn(word, last)
        self.assertLess(len(self.disk_hits()), 20, "the whole output was written")
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_no_process_left()

    def expect_the_rest_to_complete(self):
        self.expect_status(self.mpirun(3, extra={"SLURM_JOB_ID": ""}), 0)
        self.assertTrue(self.rows() == ["item%05d" % i + self.row for i in range(self.items)], "other rows")
        self.assertEqual(self.repeated("begun"), [], "done mini-batches were run again")

    def test_a_signal_interrupts_the_assembly_after_the_grace_period(self):
        self.write_config(grace_period=1)
        job = self.start_on_slow_disk()
        job.send_signal(signal.SIGUSR1)
        self.expect_interrupted(self.finish(job), "stopped by SIGUSR1", "job_result.txt")
        self.assertIn("interrupted", self.read(self.out("logs", "job_result.txt")))
        self.expect_the_rest_to_complete()

    def test_an_assembly_that_is_over_within_the_grace_period_completes(self):
        self.write_config(grace_period=60)
        job = self.start_on_slow_disk()
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "stopped by SIGUSR1" in self.log(), "the signal is heard")
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertTrue(self.rows() == ["item%05d" % i + self.row for i in range(self.items)], "other rows")

    def test_a_second_signal_interrupts_the_assembly_at_once(self):
        self.write_config(grace_period=600)
        job = self.start_on_slow_disk()
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "stopped by SIGUSR1" in self.log() or job.poll() is not None, "the signal is heard")
        job.send_signal(signal.SIGUSR1)
        self.expect_interrupted(self.finish(job), "stopped at once by a second signal")
        self.expect_the_rest_to_complete()

    def test_the_end_of_the_time_limit_interrupts_the_assembly(self):
        """The last second of so short a limit may be too short for the reports; then it ends without them."""
        self.write_config()
        job = self.start_on_slow_disk(extra={"SLURM_JOB_END_TIME": str(int(time.time()) + 14)}, how="hang")
        self.wait_until(lambda: "time limit is near" in self.log(), "the end of the limit is heard")
        self.change_disk()
        self.expect_interrupted(self.finish(job), "time limit is near", "SLURM_JOB_END_TIME")
        self.expect_the_rest_to_complete()

    def test_after_a_signal_damaged_rows_are_left_to_the_next_start(self):
        self.write_config(grace_period=600)
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write(DAMAGING)
        job = self.start_on_slow_disk()
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "stopped by SIGUSR1" in self.log() or job.poll() is not None, "the signal is heard")
        self.assertEqual(self.repeated("begun"), [])
        self.change_disk()
        ran = self.finish(job)
        self.expect_status(ran, 75)
        self.assertIn("stopped by SIGUSR1", ran.stderr)
        self.assertIn("are damaged on disk", self.log())
        self.assertEqual(self.repeated("begun"), [], "something new was begun")
        self.expect_status(self.mpirun(3), 0)
        self.assertTrue(self.rows() == ["item%05d" % i + self.row for i in range(self.items)], "other rows")
        self.assertEqual(len(self.repeated("begun")), 1)

    def test_the_launcher_gives_the_same_status(self):
        self.write_config(grace_period=1)
        job = self.start_on_slow_disk([PROGRAM, "config.yaml"])
        job.send_signal(signal.SIGINT)
        self.expect_interrupted(self.finish(job), "a signal")
        self.expect_the_rest_to_complete()

    def test_once_the_output_has_its_name_one_signal_changes_nothing(self):
        self.write_config(grace_period=0.1)
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("write job_error.txt hang"))
        self.wait_until(self.disk_hits, "the reports are written")
        self.assertTrue(os.path.exists(self.out("parallel_run_step.txt")))
        job.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: "rank 0 on" in self.log() and "still writing the reports" in self.log(), "the wait is said")
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertIn("completed", self.read(self.out("logs", "job_result.txt")))
        self.assertIn("nothing to do", self.mpirun(3).stderr)


if __name__ == "__main__":
    main()
