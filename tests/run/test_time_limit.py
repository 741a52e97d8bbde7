"""Rule 7.3: the end of a Slurm time limit is known, and what cannot be over by then is not begun."""

import os
import time

from run_testing import RunTest, main

NO_SLURM = {"SLURM_JOB_ID": ""}
JOB_SECONDS = 25  # the last tenth is for the disk and the reports, on a busy machine, too


class TimeLimitTest(RunTest):
    items = 200

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        # The first run is by far the longest, and each later one is expected to be as long: that leaves it room where
        # the machine is busy.
        self.write_noting_script("time.sleep(2 if mini_batch[0].endswith('item00000') else 0.3)")
        self.write_config()

    def expect_stopped_in_time(self, ran, source):
        self.expect_status(ran, 75)
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        self.assertIn("time limit is near", last)
        self.assertIn(source, last)
        self.assertIn("the same command goes on", last)
        self.assertIn("job_result.txt", last)
        self.expect_no_process_left()
        self.assertGreater(self.count("ended"), 0)
        self.assertLess(self.count("ended"), self.items)
        self.assertEqual(sorted(os.listdir(self.path("begun"))), sorted(os.listdir(self.path("ended"))), "a run was cut off")

    def expect_the_rest_to_complete(self):
        self.write_noting_script("pass")
        self.expect_status(self.mpirun(3, "config.yaml", extra=NO_SLURM), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        self.assertEqual(self.repeated("begun"), [], "done mini-batches were run again")

    def program(self, name, text):
        """A program of that name, first on the PATH."""
        os.makedirs(self.path("bin"), exist_ok=True)
        with open(self.path("bin", name), "w") as stream:
            stream.write("#!/bin/sh\n" + text + "\n")
        os.chmod(self.path("bin", name), 0o755)
        return {"PATH": self.path("bin") + ":" + os.environ["PATH"], "SLURM_JOB_ID": "4711", "SLURM_TIME_FORMAT": "relative"}

    def local_time(self, seconds_from_now):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + seconds_from_now))


class TimeLimit(TimeLimitTest):
    def test_what_cannot_be_over_in_time_is_not_begun_and_the_same_command_goes_on(self):
        end = int(time.time()) + JOB_SECONDS
        ran = self.mpirun(3, "config.yaml", extra={"SLURM_JOB_END_TIME": str(end)})
        self.expect_stopped_in_time(ran, "SLURM_JOB_END_TIME")
        self.assertIn("judged by the longest of the last ones", ran.stderr)
        self.expect_the_rest_to_complete()

    def test_the_launcher_gives_the_same_status(self):
        ran = self.prs_mpi("config.yaml", extra={"SLURM_JOB_END_TIME": str(int(time.time()) + JOB_SECONDS)})
        self.expect_stopped_in_time(ran, "SLURM_JOB_END_TIME")
        self.expect_the_rest_to_complete()

    def test_a_run_that_outlasts_the_job_is_cut_off_uncharged_and_said(self):
        self.write_noting_script("time.sleep(1000)")
        self.write_config(run_invocation_timeout=2000, run_max_try=1)
        ran = self.mpirun(3, "config.yaml", extra={"SLURM_JOB_END_TIME": str(int(time.time()) + 6)})
        self.expect_status(ran, 75)
        self.assertIn("not one has ended yet", ran.stderr)
        self.expect_no_process_left()
        self.assertEqual(self.count("begun"), 2)
        self.write_noting_script("pass")
        self.expect_status(self.mpirun(3, "config.yaml", extra=NO_SLURM), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])

    def test_a_run_that_is_over_in_time_completes(self):
        self.write_noting_script("pass")
        ran = self.mpirun(3, "config.yaml", extra={"SLURM_JOB_END_TIME": str(int(time.time()) + 3600)})
        self.expect_status(ran, 0)

    def test_a_limit_that_is_over_or_is_no_time_is_not_heeded(self):
        self.write_noting_script("pass")
        for value in (str(int(time.time()) - 10), "tomorrow", "-5", "99999999999999999999999"):
            self.expect_status(self.mpirun(3, "config.yaml", "--overwrite", extra={"SLURM_JOB_END_TIME": value}), 0)


class AskedForTheLimit(TimeLimitTest):
    def test_squeue_is_asked(self):
        extra = self.program(
            "squeue", 'echo "$@" >%s\necho "$SLURM_TIME_FORMAT" >>%s\necho %s' % (self.path("asked"), self.path("asked"), self.local_time(JOB_SECONDS))
        )
        ran = self.mpirun(3, "config.yaml", extra=extra)
        self.expect_stopped_in_time(ran, "squeue")
        self.assertEqual(self.read(self.path("asked")), "--noheader --jobs=4711 --format=%e\nstandard\n")
        self.expect_the_rest_to_complete()

    def test_scontrol_is_asked_where_squeue_fails(self):
        self.program("squeue", "exit 1")
        extra = self.program("scontrol", "echo 'JobId=4711'\necho '   StartTime=2020-01-01T00:00:00 EndTime=%s Deadline=N/A'" % self.local_time(JOB_SECONDS))
        ran = self.mpirun(3, "config.yaml", extra=extra)
        self.expect_stopped_in_time(ran, "scontrol")
        self.expect_the_rest_to_complete()

    def test_whoever_cannot_tell_stops_nothing(self):
        self.write_noting_script("pass")
        self.program("scontrol", "echo '   StartTime=2020-01-01T00:00:00 EndTime=Unknown Deadline=N/A'")
        for answer in ("echo N/A", "exit 1", "head -c 3000000 /dev/urandom", "sleep 1000 & sleep 1000"):
            extra = self.program("squeue", answer)
            self.expect_status(self.mpirun(3, "config.yaml", "--overwrite", extra=extra), 0)
            self.expect_no_process_left()
            self.assertIn("no time limit of Slurm job 4711 is known", self.read(self.out("logs", "sys", "master_role.txt")))


if __name__ == "__main__":
    main()
