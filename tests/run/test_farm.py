"""Rules 5.1, 6.2–6.7: order, tries, thresholds and the verdict, through the real binary."""

import csv
import json
import os
import re

from run_testing import RunTest, main, processes_with

ECHO = "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"

# Fails a third of all tries, told by the item and the number of the try alone, so that every N sees the same failures.
RANDOM_FAILURES = """
import hashlib, os, ctypes
def run(mini_batch, context):
    key = "%d %d %d" % (SEED, context.minibatch_index, context.retry_count)
    luck = hashlib.md5(key.encode()).digest()[0]
    if luck < 40:
        raise ValueError("unlucky %d" % luck)
    if luck < 75:
        return None
    if luck < 85:
        os._exit(3)
    return ["%s %s" % (os.path.basename(p), "x" * (luck % 50)) for p in mini_batch]
"""


class Order(RunTest):
    def test_output_is_byte_identical_for_every_n_with_a_third_of_all_tries_failing(self):
        self.make_files(301)
        seed = int.from_bytes(os.urandom(4), "little")
        self.write_script("SEED = %d\n" % seed + RANDOM_FAILURES)
        outputs = {}
        for ranks in (2, 3, 5, 9):
            self.write_config(workers=ranks - 1, mini_batch_size=2, run_max_try=4)
            self.expect_status(self.mpirun(ranks, "config.yaml", "--overwrite"), 0)
            outputs[ranks] = (self.read(self.out("parallel_run_step.txt")), self.failed_items())
            if ranks == 2:
                failed = sum(row["Status"] != "RUN_DONE" for row in self.tries())
                self.assertGreater(failed, 10, "seed %d makes no failures" % seed)
        for ranks, output in outputs.items():
            self.assertEqual(output, outputs[2], "N = %d differs; seed %d" % (ranks, seed))

    def failed_items(self):
        """Without the messages, which name the worker's own files."""
        path = self.out("failed_items.csv")
        if not os.path.exists(path):
            return []
        with open(path, newline="") as stream:
            return [row[:4] for row in csv.reader(stream)]

    def test_every_item_is_in_the_output_once_and_in_order(self):
        self.make_files(1003)
        self.write_script(ECHO)
        self.write_config(mini_batch_size=7, workers=4)
        self.expect_status(self.mpirun(5), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(1003)])

    def test_summary_only_counts_and_stores_nothing(self):
        self.make_files(10)
        self.write_script("def run(mini_batch):\n    return [0] * len(mini_batch)\n")
        self.write_config(output_action="summary_only")
        self.expect_status(self.mpirun(3), 0)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.assertIn("10", self.read(self.out("logs", "job_result.txt")))

    def test_a_big_result_streams_through(self):
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return ('y' * 99999 for _ in range(2000))\n")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(os.path.getsize(self.out("parallel_run_step.txt")), 3 * 2000 * 100000)

    def test_names_of_any_bytes_come_through(self):
        names = [b"new\nline", b"\xff\xfe", b" leading blank", b"quote\"'", "ä€".encode(), b"-dash"]
        for name in names:
            with open(os.path.join(os.fsencode(self.path("data")), name), "wb") as stream:
                stream.write(b"x")
        self.write_script("import os\ndef run(mini_batch):\n    return [repr(os.fsencode(os.path.basename(p))) for p in mini_batch if open(p).read() == 'x']\n")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), [repr(name) for name in sorted(names)])


class Thresholds(RunTest):
    def run_with(self, script, ranks=3, **keys):
        self.write_script(script)
        self.write_config(workers=ranks - 1, **keys)
        return self.mpirun(ranks)

    def test_a_mini_batch_that_fails_twice_and_then_succeeds_counts_as_done_at_the_end(self):
        self.make_files(4)
        script = ("def run(mini_batch, context):\n    if context.minibatch_index == 1 and context.retry_count < 2:\n"
                  "        raise ValueError('not yet')\n    return mini_batch\n")
        ran = self.run_with(script, run_max_try=3, error_threshold=0)
        self.expect_status(ran, 0)
        self.assertEqual([row["Status"] for row in self.tries() if row["Mini-batch Id"] == "1"],
                         ["RUN_EXCEPTION", "RUN_EXCEPTION", "RUN_DONE"])
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))

    def test_a_limit_that_is_passed_only_in_between_aborts(self):
        """Mini-batch 1 fails at once and would succeed later, but rounds pass while its second try runs."""
        self.make_files(4)
        script = ("import time\ndef run(mini_batch, context):\n    if context.minibatch_index == 1:\n"
                  "        if context.retry_count == 0:\n            raise ValueError('not yet')\n        time.sleep(30)\n"
                  "    return mini_batch\n")
        ran = self.run_with(script, allowed_failed_count=0)
        self.expect_status(ran, 1)
        self.assertIn("1 failed mini-batch exceeds allowed_failed_count 0", ran.stderr)
        self.assertIn("ValueError: not yet", ran.stderr, "the most frequent causes are printed")

    def test_error_threshold_counts_items_of_mini_batches_given_up_and_short_returns(self):
        self.make_files(20)
        script = ("def run(mini_batch, context):\n    if context.minibatch_index == 0:\n        raise ValueError('always')\n"
                  "    if context.minibatch_index == 1:\n        return mini_batch[:3]\n    return mini_batch\n")
        ran = self.run_with(script, mini_batch_size=5, error_threshold=7)
        self.expect_status(ran, 0)
        self.expect_no_process_left()
        self.write_config(mini_batch_size=5, error_threshold=6)
        ran = self.mpirun(3, "config.yaml", "--overwrite")
        self.expect_status(ran, 1)
        self.assertIn("7 failed items exceed error_threshold 6", ran.stderr)

    def test_percent_is_strictly_greater(self):
        self.make_files(10)
        script = ("def run(mini_batch, context):\n    if context.minibatch_index < 2:\n        raise ValueError('no')\n"
                  "    return mini_batch\n")
        self.expect_status(self.run_with(script, run_max_try=1, allowed_failed_percent=20), 0)
        self.write_config(run_max_try=1, allowed_failed_percent=19.9)
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 1)

    def test_an_abort_stops_hanging_scripts(self):
        self.make_files(40)
        os.mkdir(self.path("hanging"))
        script = ("import os, time, signal\nhanging = %r\ndef run(mini_batch, context):\n    if context.minibatch_index == 0:\n"
                  "        while len(os.listdir(hanging)) < 3:\n            time.sleep(0.01)\n        raise ValueError('no')\n"
                  "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    open(os.path.join(hanging, str(os.getpid())), 'w').close()\n"
                  "    time.sleep(1000)\n" % self.path("hanging"))
        ran = self.run_with(script, ranks=5, run_max_try=1, error_threshold=0)
        self.expect_status(ran, 1)
        self.assertGreaterEqual(len(os.listdir(self.path("hanging"))), 3)
        self.expect_no_process_left()

    def test_no_succeeded_item_fails_the_job(self):
        self.make_files(3)
        ran = self.run_with("def run(mini_batch):\n    raise KeyError('weights')\n")
        self.expect_status(ran, 1)
        self.assertIn("not one item succeeded", ran.stderr)
        self.assertIn("KeyError", ran.stderr)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))

    def test_no_progress_names_the_stuck_mini_batches(self):
        self.make_files(4)
        ran = self.run_with("import time\ndef run(mini_batch):\n    time.sleep(1000)\n", progress_update_timeout=1.5)
        self.expect_status(ran, 1)
        self.assertIn("item0000", ran.stderr)
        self.assertIn("progress_update_timeout", ran.stderr)


class Tries(RunTest):
    def test_a_retry_does_not_wait_for_a_host_that_is_slow_in_init_while_another_is_idle(self):
        self.make_files(6)
        self.write_script("import os, time\nslow = %r + os.environ['PRS_PROCESS_INDEX']\ndef init():\n    if os.path.exists(slow):\n        time.sleep(1000)\n"
                          "def run(mini_batch, context):\n    if context.minibatch_index == 3 and context.retry_count == 0:\n"
                          "        open(slow, 'w').close()\n        os._exit(3)\n    return [os.path.basename(mini_batch[0])]\n" % self.path("slow"))
        self.write_config(progress_update_timeout=20)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(6)])

    def test_an_abort_on_a_slow_disk_ends(self):
        """Rows that are not written when the run is aborted are nobody's; nothing waits for them."""
        self.make_files(300)
        self.write_noting_script("while os.environ['PRS_PROCESS_INDEX'] == '1':\n"
                                 "        if os.path.exists(%r): raise ValueError('no')\n        time.sleep(0.01)" % self.path("disk.hits"))
        self.write_config(run_max_try=1, error_threshold=0)
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("write .prs/parts/1.rows hang"))
        self.wait_until(self.disk_hits, "rows wait for the disk")
        self.wait_until(lambda: not any("prs_host.py" in words for words in processes_with(self.mark).values()), "the hosts are stopped")
        self.change_disk()
        ran = self.finish(job)
        self.expect_status(ran, 1)
        self.assertRegex(ran.stderr, "exceeds? error_threshold")
        self.assertEqual({row["Status"] for row in self.tries()}, {"RUN_EXCEPTION"})

    def test_a_host_is_replaced_after_max_batches_per_process_and_shutdown_is_called(self):
        self.make_files(12)
        self.write_script("import os\nseen = %r\ndef run(mini_batch):\n    return [os.getpid()]\n"
                          "def shutdown():\n    open(os.path.join(seen, str(os.getpid())), 'w').close()\n" % self.path("scripts"))
        self.write_config(max_batches_per_process=3)
        self.expect_status(self.mpirun(2, "config.yaml", "--set", "process_count_per_node=1"), 0)
        pids = self.rows()
        self.assertEqual(len(set(pids)), 4)
        for pid in set(pids):
            self.assertTrue(os.path.exists(self.path("scripts", pid)), "shutdown() was not called in %s" % pid)

    def test_a_shutdown_that_fails_is_a_warning(self):
        self.make_files(2)
        self.write_script("def run(mini_batch):\n    return mini_batch\ndef shutdown():\n    raise ValueError('late')\n")
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        found = re.search(r"prs_mpi: warning: (shutdown\(\) of the entry script failed in [12] script process.* process00\d on \S+, see (\S+))\n", ran.stderr)
        self.assertTrue(found, repr(ran))
        self.assertIn("\nWarnings\n  %s\n" % found.group(1), self.read(self.out("logs", "job_result.txt")))
        self.assertIn("ValueError: late", self.read(found.group(2)))

    def test_more_rows_than_items_are_one_warning(self):
        self.make_files(20)
        self.write_script("def run(mini_batch):\n    return list(mini_batch) * 3\n")
        self.write_config(mini_batch_size=2)
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        warning = "run() returned more rows than items in 10 mini-batches; all are written. The first is mini-batch 0, with 6 rows for 2 items"
        self.assertEqual(ran.stderr.count("more rows than items"), 1)
        self.assertIn("prs_mpi: warning: %s\n" % warning, ran.stderr)
        self.assertEqual(json.loads(self.prs_mpi("status", "out", "--json").stdout)["warnings"], [warning])
        self.assertIn(warning, self.read(self.out("logs", "job_result.txt")))

    def test_what_a_host_held_beside_the_running_mini_batch_is_not_charged(self):
        """Short runs make the window wide; a death in the middle of it charges one mini-batch only."""
        self.make_files(3000)
        self.write_script("import os\ndef run(mini_batch, context):\n    if context.minibatch_index % 500 == 250 and context.retry_count == 0:\n"
                          "        os._exit(1)\n    return [os.path.basename(mini_batch[0])]\n")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(3000)])
        tries = self.tries()
        self.assertEqual(len(tries), 3006)
        self.assertEqual(sum(row["Status"] == "PROCESS_DIED" for row in tries), 6)

    def test_a_long_run_gives_up_what_waits_behind_it(self):
        """Thousands of short runs, then one in a worker's window that is as long as it takes all the others to be over."""
        self.make_files(2000)
        self.write_script("import os, time\nended = %r\ndef run(mini_batch, context):\n    end = time.monotonic() + 60\n"
                          "    while context.minibatch_index == 1990 and os.path.getsize(ended) < 1999:\n"
                          "        assert time.monotonic() < end, 'a mini-batch waits behind this one'\n        time.sleep(0.01)\n"
                          "    with open(ended, 'a') as stream:\n        stream.write('x')\n    return mini_batch\n" % self.path("ended"))
        open(self.path("ended"), "w").close()
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(len(self.rows()), 2000)


if __name__ == "__main__":
    main()
