"""Rules 1.2, 4.3–4.5, 4.9, 6.2: whatever an entry script does, it costs tries of its own mini-batch, never the job."""

import os
import subprocess

from run_testing import PYTHON, WAITING, RunTest, main

# Every script fails for item 3 in its own way and answers for the others. `{act}` is what happens at item 3.
SCRIPT = """
import ctypes, os, signal, subprocess, sys, time

def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if name == "item00003":
{act}
    return [name]
"""


def act(text):
    return SCRIPT.format(act="\n".join("        " + line for line in text.strip().splitlines()))


class HostileScripts(RunTest):
    files = 8

    def run_with(self, text, extra=None, **keys):
        self.make_files(self.files)
        self.write_script(act(text))
        keys.setdefault("run_max_try", 2)
        self.write_config(**keys)
        return self.mpirun(3, extra=extra)

    def expect_only_item_3_failed(self, ran, status, tries=2):
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.files) if i != 3], repr(ran))
        by_item = {}
        for row in self.tries():
            by_item.setdefault(int(row["Mini-batch Id"]), []).append(row["Status"])
        self.assertEqual(by_item.pop(3), [status] * tries)
        self.assertEqual(set(map(tuple, by_item.values())), {("RUN_DONE",)}, "another mini-batch was touched")
        self.assertIn("item00003", self.read(self.out("failed_items.csv")))
        self.expect_no_process_left()

    def test_raises(self):
        ran = self.run_with("raise ValueError('bad digit')")
        self.expect_only_item_3_failed(ran, "RUN_EXCEPTION")
        self.assertIn("ValueError: bad digit", self.read(self.out("logs", "job_error.txt")))

    def test_raises_system_exit(self):
        self.expect_only_item_3_failed(self.run_with("sys.exit(5)"), "RUN_EXCEPTION")

    def test_raises_keyboard_interrupt(self):
        self.expect_only_item_3_failed(self.run_with("raise KeyboardInterrupt"), "RUN_EXCEPTION")

    def test_returns_none(self):
        ran = self.run_with("return None")
        self.expect_only_item_3_failed(ran, "BAD_RETURN")
        self.assertIn("None", self.read(self.out("logs", "job_error.txt")))

    def test_returns_a_string(self):
        self.expect_only_item_3_failed(self.run_with("return 'abc'"), "BAD_RETURN")

    def test_returns_a_dict(self):
        self.expect_only_item_3_failed(self.run_with("return {'a': 1}"), "BAD_RETURN")

    def test_returns_too_few(self):
        ran = self.run_with("return []")
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), self.files - 1)
        self.assertEqual([row["Status"] for row in self.tries()], ["RUN_DONE"] * self.files, "a short return is not retried")
        self.assertIn("item00003", self.read(self.out("failed_items.csv")))

    def test_returns_too_many(self):
        ran = self.run_with("return ['a', 'b', 'c']")
        self.expect_status(ran, 0)
        self.assertEqual(self.rows()[3:6], ["a", "b", "c"])
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))

    def test_iterator_that_raises_half_way(self):
        ran = self.run_with("return (1 // (2 - i) for i in range(5))")
        self.expect_only_item_3_failed(ran, "RUN_EXCEPTION")

    def test_sleeps_past_the_limit(self):
        ran = self.run_with("time.sleep(1000)", run_invocation_timeout=1)
        self.expect_only_item_3_failed(ran, "RUN_TIMEOUT")

    def test_loops_in_c_and_ignores_sigterm(self):
        ran = self.run_with(
            """
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
sum(range(10 ** 13))
""",
            run_invocation_timeout=1,
        )
        self.expect_only_item_3_failed(ran, "RUN_TIMEOUT")

    def test_stops_itself(self):
        ran = self.run_with("os.kill(os.getpid(), signal.SIGSTOP)", run_invocation_timeout=1)
        self.expect_only_item_3_failed(ran, "RUN_TIMEOUT")

    def test_exits_at_once(self):
        self.expect_only_item_3_failed(self.run_with("os._exit(3)"), "PROCESS_DIED")
        self.assertIn("3", self.read(self.out("logs", "job_error.txt")))

    def test_segfaults(self):
        self.expect_only_item_3_failed(self.run_with("ctypes.string_at(0)"), "PROCESS_DIED")
        self.assertIn("SIGSEGV", self.read(self.out("logs", "job_error.txt")))

    def test_kills_its_own_group(self):
        self.expect_only_item_3_failed(self.run_with("os.killpg(0, signal.SIGKILL)"), "PROCESS_DIED")

    def test_eats_memory_under_a_limit(self):
        ran = self.run_with(
            """
import resource
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
blocks = []
while True:
    blocks.append(bytearray(16 << 20))
"""
        )
        self.expect_only_item_3_failed(ran, "RUN_EXCEPTION")
        self.assertIn("MemoryError", self.read(self.out("logs", "job_error.txt")))

    def test_prints_100_mb(self):
        ran = self.run_with(
            """
for _ in range(100):
    print('x' * (1 << 20))
    sys.stderr.write('y' * 1000)
raise RuntimeError('printed')
""",
            run_max_try=1,
        )
        self.expect_only_item_3_failed(ran, "RUN_EXCEPTION", tries=1)

    def test_closes_descriptors_0_to_50(self):
        self.make_files(self.files)
        self.write_script(act("os.closerange(0, 51)"))
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.files)])

    def test_leaves_a_grandchild_and_dies(self):
        ran = self.run_with("subprocess.Popen(['sleep', '1000'])\nos._exit(1)")
        self.expect_only_item_3_failed(ran, "PROCESS_DIED")

    def test_leaves_a_daemon_that_ignores_signals(self):
        ran = self.run_with(
            """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    os._exit(0)
"""
        )
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), self.files)
        self.expect_no_process_left()

    def test_a_forked_copy_that_comes_back_out_of_run_never_answers(self):
        ran = self.run_with("if os.fork() == 0:\n    return ['from the copy']")
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.files)])

    def test_imports_mpi4py_or_looks_for_mpi(self):
        """An MPI program in the script must not join the job: no variable that would make it do so is left."""
        if subprocess.run([PYTHON, "-c", "import mpi4py"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("%s has no mpi4py" % PYTHON)
        ran = self.run_with(
            """
names = [n for n in os.environ if n.startswith(('OMPI_', 'PMIX_', 'PMI_', 'PRTE_'))]
assert not names, names
from mpi4py import MPI
assert MPI.COMM_WORLD.Get_size() == 1
"""
        )
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), self.files)

    def test_beside_files_named_like_standard_modules(self):
        for name in ("json", "csv", "struct", "types", "socket", "mmap", "logging", "threading", "array"):
            self.write_script("raise RuntimeError('the user\\'s own %s was imported')" % name, name + ".py")
        self.expect_only_item_3_failed(self.run_with("raise ValueError('x')"), "RUN_EXCEPTION")

    def test_writes_over_the_shared_pages(self):
        """A stray write into memory that the host shares with the worker costs the try, not the worker."""
        ran = self.run_with(
            """
for line in list(open('/proc/self/maps')):
    fields = line.split()
    if 'memfd' in line and 'w' in fields[1]:
        open(%r, 'a').write(line)
        begin, end = (int(x, 16) for x in fields[0].split('-'))
        ctypes.memset(begin, 0xAB, end - begin)
""" % self.path("written_over"),
            run_invocation_timeout=5,
        )
        self.expect_status(ran, 0)
        self.assertTrue(os.path.exists(self.path("written_over")), "no shared page was found")
        rows = self.rows()
        self.assertEqual([row for row in rows if row != "item00003"], ["item%05d" % i for i in range(self.files) if i != 3])
        self.expect_no_process_left()


class OwnBug(RunTest):
    """The host's own Python fails (here: the script breaks something of it, until `mended` is there)."""

    def setUp(self):
        super().setUp()
        self.make_files(8)
        self.write_script(
            act("""
            if not os.path.exists({mended!r}):
                sys._getframe(1).f_locals['ring'].published = None
            """.format(mended=self.path("mended")))
        )
        self.write_config(run_max_try=1)

    def test_it_ends_the_job_charges_nobody_and_the_same_command_goes_on(self):
        ran = self.mpirun(3)
        self.expect_status(ran, 3)
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        self.assertIn("internal error of prs_mpi's script host: TypeError: ", last)
        self.assertIn("please report it with the traceback in " + self.out("logs", "user", "stderr"), last)
        self.assertEqual({row["Status"] for row in self.tries()} - {"RUN_DONE"}, set(), "a mini-batch was charged")
        self.expect_no_process_left()
        open(self.path("mended"), "w").close()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(8)])

    def test_in_the_foreground(self):
        ran = self.prs_mpi("try", "config.yaml", "--mini-batch", "3")
        self.expect_status(ran, 3)
        self.assertIn("prs_mpi: internal error of prs_mpi's script host: TypeError: ", ran.stderr.splitlines()[-1])
        self.assertIn("Traceback", ran.stderr)


class HostileInit(RunTest):
    def test_init_that_fails_everywhere_ends_the_job_with_the_first_traceback(self):
        self.make_files(4)
        self.write_script("def init():\n    raise OSError('no model here')\ndef run(mini_batch):\n    return mini_batch\n")
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 1)
        self.assertIn("no model here", ran.stderr)
        self.assertIn("no model here", self.read(self.out("logs", "job_error.txt")))
        self.assertEqual(self.tries(), [], "no mini-batch is charged for it")

    def test_init_that_fails_in_one_worker_leaves_the_work_to_the_other(self):
        self.make_files(6)
        self.write_script(
            WAITING.format(folder=self.folder) + "def init():\n    if os.environ['PRS_PROCESS_INDEX'] == '0':\n        os._exit(9)\n"
            "def run(mini_batch):\n    wait_while_held('run')\n    return mini_batch\n"
        )
        self.write_config()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        log = self.out("logs", "sys", "master_role.txt")
        self.wait_until(lambda: os.path.exists(log) and "gave up" in self.read(log), "one worker gives up")
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), 6)

    def test_init_that_fails_once_is_tried_again(self):
        self.make_files(6)
        self.write_script(
            "import os\ndef init():\n    path = %r + os.environ['PRS_PROCESS_INDEX']\n"
            "    if not os.path.exists(path):\n        open(path, 'w').close()\n        raise RuntimeError('first time')\n"
            "def run(mini_batch):\n    return mini_batch\n" % self.path("seen")
        )
        self.write_config()
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(len(self.rows()), 6)

    def test_a_missing_run_and_an_import_error_are_init_failures(self):
        self.make_files(2)
        for text, message in (("x = 1\n", "run"), ("import there_is_no_such_module\n", "there_is_no_such_module"), ("def run(:\n", "SyntaxError")):
            self.write_script(text)
            self.write_config()
            ran = self.mpirun(2, "config.yaml", "--overwrite", "--set", "process_count_per_node=1")
            self.expect_status(ran, 1)
            self.assertIn(message, ran.stderr)

    def test_init_that_hangs_is_bounded(self):
        self.make_files(2)
        self.write_script("import time\ndef init():\n    time.sleep(1000)\ndef run(mini_batch):\n    return mini_batch\n")
        self.write_config(init_timeout=0.5)
        ran = self.mpirun(3)
        self.expect_status(ran, 1)
        self.assertIn("init_timeout", ran.stderr + self.read(self.out("logs", "job_error.txt")))

    def test_a_host_that_always_dies_between_runs_does_not_go_on_for_ever(self):
        self.make_files(4)
        self.write_script(
            "import os, threading\ndef init():\n    threading.Timer(0.2, lambda: os._exit(7)).start()\n"
            "def run(mini_batch):\n    import time\n    time.sleep(1000)\n"
        )
        self.write_config(run_max_try=2)
        ran = self.mpirun(3)
        self.expect_status(ran, 1)
        self.expect_no_process_left()


if __name__ == "__main__":
    main()
