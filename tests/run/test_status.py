"""Rule 9.3: `prs_mpi status` says how a run stands, from anywhere and at any time: going on, over, interrupted, killed, never begun."""

import json
import os
import shutil
import signal

from run_testing import PROGRAM, WAITING, RunTest, main

HELD = WAITING + """
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    open(os.path.join({folder!r}, "begun-" + name), "w").close()
    wait_while_held("run")
    return [name]
"""

GOING_ON = 4
SHORT_LEASE = {"PRS_LEASE_SECONDS": "2"}
# Stable: what a script may rely on (docs/running.md).
FIELDS = """version state exit_status cause limit_passed stopping may_start_again name description slice slices mini_batches done reused failed gave_up running tries
bytes_to_survey surveyed_bytes bytes_to_assemble assembled_bytes workers workers_ready succeeded_items failed_items short_items rows seconds per_second seconds_left
started updated holder run_folder output_file look_into frequent_causes warnings advice command lease launcher started_unix_nanoseconds
updated_unix_nanoseconds""".split()


class Status(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(6)

    def begin(self, **keys):
        """A run of two workers, each of which is held in its first mini-batch."""
        self.hold()
        self.write_script(HELD.format(folder=self.folder))
        self.write_config(**keys)
        job = self.start(self.mpirun_words(3, "config.yaml"), SHORT_LEASE)
        self.wait_until(lambda: len([name for name in os.listdir(self.folder) if name.startswith("begun-")]) >= 2, "two mini-batches run")
        self.wait_until(lambda: self.fields()["running"] >= 2, "the run says so")
        return job

    def status(self, *options, folder="out", status=None):
        ran = self.prs_mpi("status", folder, *options)
        if status is not None:
            self.expect_status(ran, status)
        return ran

    def fields(self, status=None):
        if not os.path.exists(self.out(".prs", "run.json")):
            return {"running": 0, "state": "none"}
        return json.loads(self.status("--json", status=status).stdout)

    def test_a_run_that_goes_on_is_told_and_its_folder_is_left_alone(self):
        job = self.begin()
        before = sorted(os.listdir(self.out(".prs", "lease")))
        ran = self.status(status=GOING_ON)
        self.assertIn("Run                test\nState              running, for ", ran.stdout)
        self.assertIn("0 / 6 mini-batches over (0.0 %), 0 failed", ran.stdout)
        self.assertIn("2 workers", ran.stdout)
        self.assertEqual(sorted(os.listdir(self.out(".prs", "lease"))), before)
        fields = self.fields(GOING_ON)
        self.assertEqual(list(fields), FIELDS)
        self.assertEqual((fields["state"], fields["mini_batches"], fields["exit_status"]), ("running", 6, None))
        self.assertIsNone(fields["rows"], "they are counted at the end")
        self.let_go()
        self.expect_status(self.finish(job), 0)

    def test_a_run_that_is_over_says_what_its_result_says(self):
        self.begin_and_end()
        ran = self.status(status=0)
        self.assertEqual(ran.stdout, self.read(self.out("logs", "job_result.txt")))
        fields = self.fields(0)
        self.assertEqual(list(fields), FIELDS)
        self.assertEqual((fields["state"], fields["done"], fields["rows"], fields["exit_status"]), ("completed", 6, 6, 0))
        # The same command again changes nothing, and neither does what is said.
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.status(status=0).stdout, ran.stdout)

    def begin_and_end(self):
        job = self.begin()
        self.let_go()
        self.expect_status(self.finish(job), 0)

    def test_watching_follows_to_the_end_and_gives_its_status(self):
        job = self.begin()
        watch = self.start([PROGRAM, "status", "out", "--watch", "--json"])
        first = json.loads(watch.stdout.readline())
        self.assertEqual(first["state"], "running")
        self.let_go()
        self.expect_status(self.finish(job), 0)
        seen = self.finish(watch)
        self.expect_status(seen, 0)
        self.assertEqual(json.loads(seen.stdout.splitlines()[-1])["state"], "completed")

    def test_an_interrupted_run_tells_how_to_go_on(self):
        job = self.begin(grace_period=0)
        os.kill(self.rank_process(0), signal.SIGUSR1)
        self.finish(job)
        ran = self.status(status=75)
        self.assertIn("Ended              interrupted (exit status 75)", ran.stdout)
        self.assertIn("cd %s && mpirun -n 3 prs_mpi config.yaml" % self.folder, ran.stdout)
        self.let_go()
        self.expect_status(self.mpirun(3), 0)
        self.status(status=0)

    def test_a_killed_run_is_told_from_one_that_goes_on(self):
        job = self.begin()
        self.kill(0, 1, 2)
        job.kill()
        self.finish(job)
        self.expect_no_process_left(limit=20)
        ran = self.status(status=75)
        self.assertIn("State              killed", ran.stdout)
        self.assertIn("mpirun -n 3 prs_mpi config.yaml", ran.stdout)
        self.assertEqual(self.fields(75)["state"], "killed")

    def test_a_stopped_process_is_there_and_can_go_on(self):
        job = self.begin()
        master = self.rank_process(0)
        os.kill(master, signal.SIGSTOP)
        self.wait_until(lambda: self.fields()["state"] == "stopped", "its lease has grown old")
        ran = self.status(status=GOING_ON)
        self.assertIn("State              stopped (SIGSTOP): its process is there but does not run", ran.stdout)
        self.assertIn("kill -CONT %d lets it go on." % master, ran.stdout)
        self.assertEqual([self.fields()[name] for name in ("per_second", "seconds_left", "exit_status")], [None] * 3)
        os.kill(master, signal.SIGCONT)
        self.wait_until(lambda: self.fields()["state"] == "running", "it goes on")
        self.let_go()
        self.expect_status(self.finish(job), 0)

    def test_a_run_that_stops_has_no_time_left(self):
        job = self.begin()
        os.kill(self.rank_process(0), signal.SIGUSR1)
        self.wait_until(lambda: self.fields()["stopping"], "the run says so")
        ran = self.status(status=GOING_ON)
        self.assertIn(", stopping, 2 workers", ran.stdout)
        self.assertIsNone(self.fields()["seconds_left"])
        self.let_go()
        self.expect_status(self.finish(job), 75)

    def begin_putting_together(self):
        """A run whose disk hangs as soon as the first worker writes rows to the output."""
        self.write_script("def run(mini_batch):\n    return ['x' * 1000000]\n")
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"), dict(SHORT_LEASE, **self.faulty_disk("write .building hang")))
        self.wait_until(lambda: self.disk_hits(), "rows are written")
        self.wait_until(lambda: self.fields().get("bytes_to_assemble"), "the run says so")
        return job

    def test_rows_that_are_put_together_are_told(self):
        job = self.begin_putting_together()
        fields = self.fields(GOING_ON)
        self.assertEqual([fields[name] for name in ("state", "done", "bytes_to_assemble", "assembled_bytes")], ["running", 6, 6000006, 0])
        self.assertEqual((fields["per_second"], fields["seconds_left"]), (None, None))
        self.assertIn("Progress           putting the rows together, 0.0 % of 5.7 MiB written, 0 failed, 2 workers\n", self.status(status=GOING_ON).stdout)
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        fields = self.fields(0)
        self.assertEqual((fields["assembled_bytes"], fields["rows"]), (6000006, 6))

    def test_killed_while_rows_are_put_together_it_says_what_is_left(self):
        job = self.begin_putting_together()
        self.kill_job(job, 0, 1, 2)
        ran = self.status(status=75)
        self.assertIn("The same command puts the rows together: all mini-batches are over.", ran.stdout)
        self.change_disk()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.fields(0)["tries"], 0, "no mini-batch ran again")

    def test_a_killed_run_of_another_machine_is_told_by_its_lease(self):
        job = self.begin()
        self.kill(0, 1, 2)
        job.kill()
        self.finish(job)
        lease = self.out(".prs", "lease", "1.lease")
        text = self.read(lease).replace('"machine":"', '"machine":"another').replace('"host":"', '"host":"another')
        with open(lease, "w") as stream:
            stream.write(text)
        young = self.fields()
        self.assertIn(young["state"], ("running", "killed"))  # the file is new
        os.utime(lease, (1, 1))
        self.assertEqual(self.fields(75)["state"], "killed")

    def test_a_failed_run_says_why(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 1)
        ran = self.status(status=1)
        self.assertIn("ValueError", ran.stdout)
        self.assertIn("prs_mpi config.yaml --retry-failed", ran.stdout)

    def test_options_that_delete_are_not_in_the_command_that_goes_on(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite", "--set", "name=a b", "--", "--overwrite"), 1)
        self.assertTrue(self.fields(1)["command"].endswith("prs_mpi config.yaml --set 'name=a b' -- --overwrite"), self.fields())

    def test_without_its_own_file_the_ledger_tells(self):
        self.begin_and_end()
        for content in (None, "", "{", '{"version": 99}'):
            os.unlink(self.out(".prs", "status.json"))
            if content is not None:
                with open(self.out(".prs", "status.json"), "w") as stream:
                    stream.write(content)
            fields = self.fields(0)
            self.assertEqual((fields["state"], fields["done"], fields["mini_batches"]), ("completed", 6, 6), content)
            self.assertEqual([fields[name] for name in ("succeeded_items", "failed_items", "rows", "output_file")], [6, 0, 6, self.out("parallel_run_step.txt")])
            self.assertEqual([fields[name] for name in ("seconds", "per_second", "workers", "workers_ready", "running", "reused")], [None] * 6)
            text = self.status(status=0).stdout
            self.assertIn("Items              6 succeeded, 0 failed\n", text)
            self.assertIn("Rows               6\n", text)
            self.assertNotIn("Time  ", text)
            open(self.out(".prs", "status.json"), "a").close()

    def test_where_no_run_is_there_is_none(self):
        os.mkdir(self.path("empty"))
        self.write_config()
        for folder, word in (("none", "does not exist"), ("empty", "holds no run"), ("config.yaml", "is a file")):
            ran = self.status(folder=folder, status=2)
            self.assertIn(word, ran.stderr)
        self.write_script("def run(mini_batch):\n    return list(mini_batch)\n")
        self.expect_status(self.mpirun(3), 0)
        shutil.rmtree(self.out(".prs"))
        ran = self.status(status=2)
        self.assertIn("has no %s any more, by which a run is known; %s may still tell how it ended"
                      % (self.out(".prs", "run.json"), self.out("logs", "job_result.txt")), ran.stderr)
        self.expect_status(self.prs_mpi("status"), 2)
        self.expect_status(self.prs_mpi("status", "out", "--", "x"), 2)

    def test_a_disk_that_refuses_the_file_costs_nothing_else(self):
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(mini_batch[0])]\n")
        self.write_config()
        disk = self.faulty_disk("write status.json fail 28")
        ran = self.mpirun(3, extra=disk)
        self.expect_status(ran, 0)
        self.assertTrue(self.disk_hits())
        self.assertEqual(self.fields(0)["done"], 6)


LATER_ONES_HELD = WAITING + """
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if name > "item00003":
        wait_while_held("run")
    return [name]
"""


class StartedAgain(RunTest):
    """A launcher that gives the command again (rule 1.4): the run is not over."""

    def setUp(self):
        super().setUp()
        self.make_files(12)
        self.hold()
        self.write_script(LATER_ONES_HELD.format(folder=self.folder))
        self.write_config()

    def fields(self):
        return json.loads(self.prs_mpi("status", "out", "--json").stdout or '{"done": 0, "running": 0}')

    def lose(self, rank, *options):
        """How the launcher and a watch end where that rank is killed; and all that the watch has said."""
        job = self.start([PROGRAM, "config.yaml", *options])
        self.wait_until(lambda: self.fields()["done"] >= 4 and self.fields()["running"] >= 2, "some is done")
        watch = self.start([PROGRAM, "status", "out", "--watch", "--json"])
        first = watch.stdout.readline()
        self.assertEqual(json.loads(first)["state"], "running")
        self.kill(rank)
        self.let_go()
        launched, seen = self.finish(job), self.finish(watch)
        return launched, seen, [json.loads(line) for line in seen.stdout.splitlines()]

    def expect_followed(self, rank):
        launched, seen, words = self.lose(rank)
        self.expect_status(launched, 0)
        self.assertIn("starting again (1 of 3)", launched.stderr)
        self.expect_status(seen, 0)
        self.assertLessEqual({word["state"] for word in words[:-1]}, {"starting", "running"})
        self.assertEqual((words[-1]["state"], words[-1]["done"]), ("completed", 12))

    def test_a_watch_goes_on_where_a_worker_is_lost(self):
        self.expect_followed(2)

    def test_a_watch_goes_on_where_rank_0_is_lost(self):
        self.expect_followed(0)

    def test_a_watch_ends_where_no_start_is_left(self):
        launched, seen, words = self.lose(2, "--restarts", "0")
        self.expect_status(launched, 3)
        self.assertIn("--restarts is used up", launched.stderr)
        self.expect_status(seen, 3)
        self.assertEqual(words[-1]["state"], "error")


class Slices(RunTest):
    """Of a run in slices (rule 7.7): each of them, all of them until they are joined, and the join."""

    def setUp(self):
        super().setUp()
        self.make_files(6)
        self.write_script(HELD.format(folder=self.folder))
        self.write_config(run_max_try=1, error_threshold=1)

    def slice_words(self, number, *words):
        return [PROGRAM, "run", "config.yaml", "--slice", "%d/2" % number, *words]

    def run_slice(self, number, status, *words):
        self.expect_status(self.finish(self.start(self.slice_words(number, *words))), status)

    def folder_of(self, number):
        return self.out(".prs", "slices", "%d-of-2" % number)

    def status(self, status, *options, folder=None):
        ran = self.prs_mpi("status", folder or self.out(), *options)
        self.expect_status(ran, status)
        return ran.stdout

    def fields(self, status, folder=None):
        return json.loads(self.status(status, "--json", folder=folder))

    def test_a_slice_has_a_status_of_its_own(self):
        self.run_slice(1, 0)
        self.assertEqual(self.status(0, folder=self.folder_of(1)), self.read(os.path.join(self.folder_of(1), "logs", "job_result.txt")))
        for _ in range(2):
            fields = self.fields(0, folder=self.folder_of(1))
            self.assertEqual([fields[name] for name in ("slice", "slices", "mini_batches", "done")], [1, 2, 3, 3])
            status_file = os.path.join(self.folder_of(1), ".prs", "status.json")
            if os.path.exists(status_file):
                os.unlink(status_file)  # then the ledger tells

    def test_slices_that_go_on_are_followed(self):
        self.hold()
        job = self.start(self.slice_words(1))
        self.wait_until(lambda: os.path.exists(os.path.join(self.folder_of(1), ".prs", "status.json")), "it says how it stands")
        self.assertIn("slices: 1 ", self.status(GOING_ON))
        watch = self.start([PROGRAM, "status", "out", "--watch", "--json"])
        self.assertEqual(json.loads(watch.stdout.readline())["state"], "running")
        self.let_go()
        self.expect_status(self.finish(job), 0)
        seen = self.finish(watch)
        self.expect_status(seen, GOING_ON)
        last = json.loads(seen.stdout.splitlines()[-1])
        self.assertEqual((last["state"], last["not_begun"], len(last["slices"])), ("waiting", 1, 1))

    def test_the_whole_run_is_told_up_to_its_join(self):
        self.run_slice(1, 0)
        text = self.status(GOING_ON)
        self.assertIn("Run                test, in slices: 1 completed, 1 not begun\n", text)
        self.assertIn("Run the slices that were not begun", text)
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.run_slice(2, 1)
        self.assertIn("  slice 2 of 2     failed, 0 of 3 mini-batches done\n", self.status(1))
        self.assertEqual((self.fields(1)["state"], self.fields(1)["exit_status"]), ("failed", 1))
        self.write_script("def run(mini_batch):\n    return mini_batch\n")
        self.run_slice(2, 0, "--retry-failed")
        self.assertIn("prs_mpi join CONFIG --slices 2", self.status(GOING_ON))
        self.expect_status(self.prs_mpi("join", "config.yaml", "--slices", "2"), 0)
        self.assertEqual(self.status(0), self.read(self.out("logs", "job_result.txt")))
        fields = self.fields(0)
        self.assertEqual([fields[name] for name in ("state", "slice", "slices", "done")], ["completed", 0, 2, 6])
        self.assertNotIn("Rate  ", self.status(0), "a join tries nothing")
        self.assertIn("None: its rows are joined in %s." % self.out(), self.status(0, folder=self.folder_of(1)))
        os.unlink(self.out(".prs", "status.json"))  # then the ledgers tell, of the slices and of the join
        self.assertEqual(self.fields(0), dict(self.fields(0), state="completed", slices=2, mini_batches=6, done=6, succeeded_items=6, rows=6, seconds=None))


if __name__ == "__main__":
    main()
