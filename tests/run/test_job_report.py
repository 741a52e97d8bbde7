"""Rule 9.2: logs/sys/job_report: a row for each try that the ledger has, whatever was killed; what each process and node did."""

import collections
import csv
import glob
import os
import pstats
import signal
import sys

from run_testing import OPENMPI5, PROGRAM, ROOT, RunTest, main, processes_with

sys.path.insert(0, os.path.join(ROOT, "tests", "chaos"))
import ledger_view

STATUSES = ("RUN_DONE", "RUN_EXCEPTION", "RUN_TIMEOUT", "LOAD_EXCEPTION", "LOAD_TIMEOUT", "PROCESS_DIED", "WORKER_LOST", "BAD_RETURN")


class JobReport(RunTest):
    """Helpers; has no test of its own."""

    items = 60

    def setUp(self):
        super().setUp()
        self.make_files(self.items)

    def table(self, name):
        with open(self.out("logs", "sys", "job_report", name), newline="") as stream:
            return list(csv.DictReader(stream))

    def rows_of_tries(self):
        return collections.Counter((int(row["Mini-batch Id"]), int(row["Picked Count"]), row["Status"]) for row in self.tries())

    def outcomes(self):
        """What the ledger has; the kill of a job may have left a torn record, which is none."""
        return collections.Counter(
            (outcome.mini_batch, outcome.dequeue_count, STATUSES[outcome.status])
            for path in ledger_view.segment_paths(self.out()).values()
            for outcome in ledger_view.Segment(path, ledger_view.TO_THE_END).outcomes
        )

    def expect_a_row_for_each_outcome(self):
        self.assertEqual(self.rows_of_tries(), self.outcomes())

    def signal_ranks(self, number):
        for pid, words in processes_with(self.mark).items():
            if words.startswith(PROGRAM + " "):
                os.kill(pid, number)

    def rows_written(self):
        folder = self.out(".prs", "tries")
        return sum(line[:1].isdigit() for name in os.listdir(folder) for line in self.read(os.path.join(folder, name)).splitlines())

    def kill_while_rows_lack(self, least_ended):
        """A job that is killed, with mpirun, at a moment when the ledger has more than the workers' files."""
        job = self.start(self.mpirun_words(3, "config.yaml"))

        def is_caught():
            if self.count("ended") < least_ended:
                return False
            self.signal_ranks(signal.SIGSTOP)
            if self.rows_written() < sum(self.outcomes().values()):
                return True
            self.signal_ranks(signal.SIGCONT)
            return False

        self.wait_until(is_caught, "rows are behind the ledger")
        job.kill()
        self.signal_ranks(signal.SIGKILL)
        self.finish(job)
        self.expect_no_process_left(limit=20)


class RowsOfTries(JobReport):
    def test_a_kill_of_all_loses_no_row(self):
        """Rows are written up to a second after their outcomes: with the processes they are gone, and the ledger tells of them."""
        self.write_noting_script("time.sleep(0.02)\n    if mini_batch[0].endswith('7'): raise ValueError('no sevens')")
        self.write_config(run_max_try=2)
        self.kill_while_rows_lack(self.items // 2)
        self.expect_status(self.mpirun(3), 0)
        self.expect_a_row_for_each_outcome()
        rows = {(row["Mini-batch Id"], row["Picked Count"]): row for row in self.tries()}
        row = rows["0", "1"]
        self.assertIn("item00000", row["Mini-batch Detail"])
        self.assertEqual((row["Total"], row["Succeeded"], row["Failed"]), ("1", "1", "0"))
        self.assertRegex(row["Process"], "^process00[01]$")
        row = rows["7", "1"]
        self.assertEqual((row["Error Category"], row["Error Message"]), ("ValueError", "ValueError: no sevens"))

    def test_nor_does_one_that_comes_again_and_again(self):
        self.write_noting_script("time.sleep(0.02)")
        self.write_config()
        for part in (5, 3, 2):
            self.kill_while_rows_lack(self.items // part)
        self.expect_status(self.mpirun(3), 0)
        self.expect_a_row_for_each_outcome()
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.expect_a_row_for_each_outcome()

    def test_a_mini_batch_that_was_done_twice_has_two_rows(self):
        """Its rows were damaged, so it ran again, as its first try; the row of one of them was lost."""
        self.write_noting_script("time.sleep(0.02)")
        self.write_config()
        self.kill_while_rows_lack(self.items // 2)
        with open(self.out(".prs", "parts", "1.rows"), "r+b") as stream:
            stream.seek(30)
            stream.write(b"#")
        self.expect_status(self.mpirun(3), 0)
        self.expect_a_row_for_each_outcome()
        self.assertEqual(max(self.rows_of_tries().values()), 2)


class RowsOfLostWorkers(JobReport):
    mpi = OPENMPI5

    def test_a_lost_worker_loses_no_row(self):
        self.write_noting_script("time.sleep(0.02)")
        self.write_config(workers=3)
        job = self.start(self.mpirun_words(4, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > self.items // 3, "a third of the mini-batches ended")
        os.kill(self.rank_process(2), signal.SIGKILL)
        self.expect_status(self.finish(job), 0)
        self.expect_a_row_for_each_outcome()


class Summaries(JobReport):
    def expect_sums(self, table):
        tries = self.tries()
        for column, expected in (
            ("Tries", len(tries)),
            ("Succeeded Tries", sum(row["Status"] == "RUN_DONE" for row in tries)),
            ("Failed Tries", sum(row["Status"] != "RUN_DONE" for row in tries)),
            ("Items", sum(int(row["Total"]) for row in tries)),
            ("Succeeded Items", sum(int(row["Succeeded"]) for row in tries)),
            ("Failed Items", sum(int(row["Failed"]) for row in tries)),
        ):
            self.assertEqual(sum(int(row[column]) for row in table), expected, column)
        seconds = {column: sum(float(row[column] or 0) for row in tries)
                   for column in ("Elapsed Seconds", "Process Seconds", "Run Method Seconds")}
        for column in ("Process Seconds", "Run Method Seconds"):
            self.assertAlmostEqual(sum(float(row[column]) for row in table), seconds[column], places=4)
        # Mini-batches that wait in one worker wait at the same time.
        at_hand = sum(float(row["Elapsed Seconds"]) for row in table)
        self.assertLessEqual(seconds["Process Seconds"] - 1e-4, at_hand)
        self.assertLessEqual(at_hand, seconds["Elapsed Seconds"] + 1e-4)

    def test_each_process_and_node_over_all_starts(self):
        self.write_noting_script("if mini_batch[0].endswith('7'): os._exit(1)")
        self.write_config(run_max_try=2)
        self.kill_while_rows_lack(self.items // 3)
        self.expect_status(self.mpirun(3), 0)
        processes, nodes = self.table("process_summary.csv"), self.table("node_summary.csv")
        self.assertEqual([row["Process"] for row in processes if row["Node"]], ["process000", "process001"])
        (node,) = [row for row in nodes if row["Node"]]
        self.assertEqual(node["Processes"], "2")
        self.expect_sums(processes)
        self.expect_sums(nodes)
        starts = collections.defaultdict(set)
        for row in self.tries():
            starts[row["Process"]].add(row["Process Start Time"])
        for row in processes:
            expected = sorted(starts[row["Process"]] - {""})
            self.assertEqual(int(row["Process Starts"]), len(expected))
            self.assertEqual(row["First Process Start Time"], (expected + [""])[0])
        self.assertFalse([row for row in self.tries() if row["Mini-batch Id"].startswith("#")])


EVERYTHING = """
import os, sys, time
from azureml_user.parallel_run import EntryScript
def run(mini_batch):
    print("said"); print("complained", file=sys.stderr)
    EntryScript().logger.info("logged")
    if mini_batch[0].endswith("00001"):
        raise ValueError("always")
    return [os.path.basename(path) for path in mini_batch]
"""


class RunFolderFiles(RunTest):
    """Rule 9.2: what a run writes is what the list names, and each file has what it is for."""

    def file_of(self, *names):
        """The contents of the only file there; `*` is the node, or a time."""
        (path,) = glob.glob(self.out(*names))
        return self.read(path)

    def test_every_file_of_the_list_is_there_and_filled(self):
        self.make_files(4)
        self.write_script(EVERYTHING)
        self.write_config(workers=1, run_max_try=2, profiling_module="cProfile", resource_monitor_interval=1, error_threshold=10)
        self.expect_status(self.mpirun(2), 0)
        expected = {
            ("parallel_run_step.txt",): "item00000",
            ("failed_items.csv",): "item00001",
            ("logs", "job_progress_overview.*.txt"): "elapsed_s",
            ("logs", "job_result.txt"): "completed (exit status 0)",
            ("logs", "job_error.txt"): "ValueError: always",
            ("logs", "user", "stdout", "*", "process000.stdout.txt"): "said",
            ("logs", "user", "stderr", "*", "process000.stderr.txt"): "complained",
            ("logs", "user", "entry_script_log", "*", "process000.log.txt"): "logged",
            ("logs", "user", "error", "*", "process000.txt"): "ValueError: always",
            ("logs", "sys", "master_role.txt"): "4 mini-batches",
            ("logs", "sys", "node", "*", "process000.txt"): "process000",
            ("logs", "sys", "job_report", "processed_mini-batches.csv"): "RUN_EXCEPTION",
            ("logs", "sys", "job_report", "node_summary.csv"): "Succeeded Tries",
            ("logs", "sys", "job_report", "process_summary.csv"): "process000",
            ("logs", "sys", "perf", "*", "node_resource_usage.csv"): "Memory Total Bytes",
            ("logs", "sys", "perf", "*", "processes_resource_usage.csv"): "process000",
        }
        for names, word in expected.items():
            self.assertIn(word, self.file_of(*names), names)
        (profile,) = glob.glob(self.out("logs", "sys", "perf", "*", "process000.profile"))
        functions = [name for _, _, name in pstats.Stats(profile).stats]
        self.assertIn("run", functions)

    def test_resource_usage_is_taken_at_its_interval(self):
        """At the start, at the end, and once between: the script goes on until a third row of the node's is there."""
        self.make_files(1)
        usage = self.out("logs", "sys", "perf", "*", "node_resource_usage.csv")
        self.write_script(
            "import glob, time\ndef run(mini_batch):\n    end = time.monotonic() + 50\n"
            "    while time.monotonic() < end and sum(len(open(p).readlines()) for p in glob.glob(%r)) < 4:\n"
            "        time.sleep(0.05)\n    return list(mini_batch)\n" % usage
        )
        self.write_config(workers=1, resource_monitor_interval=0.2)
        self.expect_status(self.mpirun(2), 0)
        self.assertGreaterEqual(len(self.file_of("logs", "sys", "perf", "*", "node_resource_usage.csv").splitlines()), 5)


if __name__ == "__main__":
    main()
