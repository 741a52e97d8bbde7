"""Rules 8, 7.1, 7.2: disks that are full, read-only or broken, and places that are small or closed. A clear error with its own exit status, nothing left
running, and once the cause is gone the same command completes with the rows of an undisturbed run.

A test's disk is a tmpfs of its own, or an ext4 image; where nothing may be mounted, the tests are skipped.
"""

import fcntl
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

import own_mounts
from run_testing import PROGRAM, RunTest, main, processes_with

NO_ROOM = "No space left on device"
NOBODY = 65534


def run_quietly(*words):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def can_mount():
    folder = tempfile.mkdtemp()
    try:
        return run_quietly("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder) and run_quietly("umount", folder)
    finally:
        os.rmdir(folder)


@unittest.skipUnless(can_mount(), "mounting a disk of its own is not allowed here")
class OnADisk:
    items = 40

    def setUp(self):
        super().setUp()
        self.mounts = []
        self.make_files(self.items)

    def tearDown(self):
        try:
            self.expect_no_process_left()
        finally:
            for path in reversed(self.mounts):
                run_quietly("umount", "-l", path)
        super().tearDown()

    def disk(self, path, size="1g", inodes=100000):
        os.makedirs(path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s,nr_inodes=%d" % (size, inodes), "none", path], check=True)
        self.mounts.append(path)

    def make_room(self, path, size="1g", inodes=100000):
        subprocess.run(["mount", "-o", "remount,size=%s,nr_inodes=%d" % (size, inodes), path], check=True)

    def write_rows_script(self, row_bytes, seconds=0.02, more=""):
        """Each row is its item's name and filling."""
        self.filling = "x" * row_bytes
        self.write_noting_script("time.sleep(%g)\n    %s" % (seconds, more or "pass"))
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write(
                "\nnoting = run\ndef run(mini_batch):\n    return [name + ' ' + 'x' * %d for name in noting(mini_batch)]\n" % row_bytes
            )

    def expect_trouble(self, ran, *words, status=3):
        """Each of `words` stands in the last line; a tuple of them: one of these does."""
        self.expect_status(ran, status)
        # mpirun adds a block of its own, with no line of ours.
        last = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")][-1]
        for word in words:
            choice = word if isinstance(word, tuple) else (word,)
            self.assertTrue(any(each in last for each in choice), "%r is not in: %r" % (word, ran))
        self.assertRegex(last, "the same command|choose another|give this user the right", repr(ran))
        self.expect_no_process_left()

    def expect_the_rest_to_complete(self, most_repeated=8):
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        expected = "".join("item%05d %s\n" % (i, self.filling) for i in range(self.items))
        self.assertTrue(self.read(self.out("parallel_run_step.txt")) == expected, "other rows than an undisturbed run's")
        self.assertLessEqual(len(self.repeated("ended")), most_repeated, "done mini-batches were run again")
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))
        self.assertEqual([row["Status"] for row in self.tries() if row["Status"] != "RUN_DONE"], [])
        return ran


class FullDisk(OnADisk, RunTest):
    def test_while_rows_are_written(self):
        self.disk(self.out(), "2m")
        self.write_rows_script(100_000)
        self.write_config()
        self.expect_trouble(self.mpirun(3), NO_ROOM, ".prs/parts/")
        self.assertGreater(self.count("ended"), 0)
        self.make_room(self.out())
        self.expect_the_rest_to_complete()

    def test_by_a_limit_on_the_size_of_a_file(self):
        self.write_rows_script(100_000)
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > 8, "eight mini-batches ended")
        for pid in [pid for pid, words in processes_with(self.mark).items() if words.startswith(PROGRAM + " ")]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000000, resource.RLIM_INFINITY))
        self.expect_trouble(self.finish(job), "File too large", ".prs/parts/")
        self.expect_the_rest_to_complete()

    def test_while_only_the_ledger_is_written(self):
        self.items = 300
        self.make_files(self.items)
        self.disk(self.out(".prs", "ledger"), "8k")
        self.write_rows_script(10)
        self.write_config()
        self.expect_trouble(self.mpirun(3), NO_ROOM, ".ledger")
        self.make_room(self.out(".prs", "ledger"))
        self.expect_the_rest_to_complete()

    def test_while_the_output_is_put_together(self):
        self.disk(self.out(), "6m")
        self.write_rows_script(100_000)
        self.write_config()
        self.expect_trouble(self.mpirun(3), NO_ROOM, "no room for the", "parallel_run_step.txt")
        self.assertEqual(self.count("ended"), self.items)
        self.make_room(self.out())
        self.expect_the_rest_to_complete(most_repeated=0)

    def test_while_the_reports_are_written(self):
        """The rows are there; the run is not finished before what people read is there too."""
        self.disk(self.out("logs"), "1m")
        fill = "if mini_batch[0].endswith('39'):\n        with open(%r, 'wb', 0) as f:\n            try:\n                while f.write(b'0' * 4096): pass\n            except OSError: pass"
        self.write_rows_script(10, 0.05, more=fill % self.out("logs", "filling"))
        self.write_config()
        self.expect_trouble(self.mpirun(3), NO_ROOM, self.out("logs"))
        os.unlink(self.out("logs", "filling"))
        self.expect_the_rest_to_complete(most_repeated=3)
        self.assertIn("completed", self.read(self.out("logs", "job_result.txt")))

    def test_a_script_that_only_prints_is_not_blamed(self):
        """Its stdout lies on the same disk: each try would fail, and with one try each all would be given up."""
        self.disk(self.out(), "600k")
        self.write_rows_script(10, more="print('y' * 20000)")
        self.write_config(run_max_try=1, allowed_failed_count=0)
        self.expect_trouble(self.mpirun(3), NO_ROOM, self.out())
        self.make_room(self.out())
        self.expect_the_rest_to_complete()

    def test_a_script_that_cannot_write_in_init_is_not_blamed(self):
        self.disk(self.out(), "600k")
        self.write_rows_script(10)
        with open(self.path("scripts", "entry.py"), "a") as stream:
            stream.write("def init():\n    with open(os.path.join(%r, str(os.getpid())), 'w') as f: f.write('z' * 2000000)\n" % self.out())
        self.write_config()
        self.expect_trouble(self.mpirun(3), NO_ROOM, self.out())
        self.make_room(self.out())
        self.expect_the_rest_to_complete(most_repeated=0)

    def test_a_script_that_fills_a_disk_of_its_own_fails_its_tries(self):
        self.disk(self.path("scratch"), "100k")
        self.write_rows_script(10, more="open(%r + str(os.getpid()), 'w').write('z' * 200000)" % self.path("scratch", "file"))
        self.write_config(run_max_try=2)
        self.expect_status(self.mpirun(3), 1)
        self.assertEqual(len(self.tries()), 2 * self.items)
        self.assertIn(NO_ROOM, self.read(self.out("failed_items.csv")))
        self.assertEqual([name for name in os.listdir(self.out(".prs")) if name.startswith("room")], [])

    def sweep(self, disks):
        """From a disk that holds next to nothing to one that holds all: every one is told, and none spoils the run."""
        self.items = 20
        shutil.rmtree(self.path("data"))
        self.make_files(self.items)
        self.write_rows_script(100)
        self.write_config()
        statuses = []
        for options in disks:
            self.disk(self.out(), **options)
            ran = self.mpirun(3)
            statuses.append(ran.status)
            if ran.status != 0:
                self.expect_trouble(ran, NO_ROOM)
            self.make_room(self.out())
            self.expect_the_rest_to_complete(most_repeated=self.items)
            subprocess.run(["umount", "-l", self.mounts.pop()], check=True)
        self.assertEqual((statuses[0], statuses[-1]), (3, 0), statuses)

    def test_of_every_size(self):
        self.sweep([{"size": "%dk" % size} for size in (4, 8, 16, 28, 44, 64, 84, 104, 128, 2000)])

    def test_with_too_few_inodes(self):
        self.sweep([{"inodes": count} for count in (1, 3, 6, 9, 13, 18, 24, 30, 36, 42, 50, 1000)])


class BrokenDisk(OnADisk, RunTest):
    def setUp(self):
        super().setUp()
        self.image = self.path("image")
        with open(self.image, "wb") as stream:
            stream.truncate(64 << 20)
        if not run_quietly("mkfs.ext4", "-q", "-F", self.image):
            self.skipTest("there is no mkfs.ext4")
        os.mkdir(self.out())
        if not run_quietly("mount", "-o", "loop,errors=remount-ro", self.image, self.out()):
            self.skipTest("a disk image cannot be mounted here")
        self.mounts.append(self.out())
        self.write_rows_script(1000, 0.1)
        self.write_config()

    def mount_again(self):
        """A copy of it: another test's mount namespace may still hold the broken file system, which would then be mounted anew as it is."""
        subprocess.run(["umount", self.out()], check=True)
        os.sync()
        mended = shutil.copyfile(self.image, self.image + ".mended")
        run_quietly("e2fsck", "-fy", mended)
        subprocess.run(["mount", "-o", "loop,errors=remount-ro", mended, self.out()], check=True)

    def break_it(self, how):
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > 8, "eight mini-batches ended")
        how()
        return self.finish(job)

    def test_becomes_read_only_in_the_middle(self):
        device = os.path.basename(
            subprocess.run(["findmnt", "-no", "SOURCE", self.out()], stdout=subprocess.PIPE, text=True).stdout.strip()
        )
        trigger = "/sys/fs/ext4/%s/trigger_fs_error" % device
        if not os.access(trigger, os.W_OK):
            self.skipTest("a file system error cannot be had here")

        def turn_read_only():
            with open(trigger, "w") as stream:
                stream.write("test")

        # Until the journal is aborted a sync fails by another name.
        self.expect_trouble(self.break_it(turn_read_only), ("Read-only file system", "Input/output error"), self.out())
        self.mount_again()
        self.expect_the_rest_to_complete(most_repeated=self.items)  # what was not synced yet is lost

    def test_dies_in_the_middle(self):
        def shut_down():
            folder = os.open(self.out(), os.O_RDONLY)
            try:
                fcntl.ioctl(folder, 0x8004587D, (0).to_bytes(4, "little"))  # EXT4_IOC_SHUTDOWN: every write is EIO
            except OSError:
                self.skipTest("a disk cannot be made to die here")
            finally:
                os.close(folder)

        self.expect_trouble(self.break_it(shut_down), "Input/output error", self.out())
        self.mount_again()
        self.expect_the_rest_to_complete(most_repeated=self.items)  # what was not synced yet is lost

    def test_is_read_only_from_the_start(self):
        subprocess.run(["mount", "-o", "remount,ro", self.out()], check=True)
        self.expect_trouble(self.mpirun(3), "Read-only file system", self.out(), status=2)
        subprocess.run(["mount", "-o", "remount,rw", self.out()], check=True)
        self.break_it(lambda: self.started[-1].send_signal(10))
        subprocess.run(["mount", "-o", "remount,ro", self.out()], check=True)
        self.expect_trouble(self.mpirun(3), "Read-only file system", self.out())
        subprocess.run(["mount", "-o", "remount,rw", self.out()], check=True)
        self.expect_the_rest_to_complete(most_repeated=0)


class Places(OnADisk, RunTest):
    """What the run needs besides the run folder's disk."""

    def test_the_run_folder_is_deleted_under_the_run(self):
        """How it ends is told by whoever meets it first; nothing hangs, and nothing is left."""
        self.write_rows_script(1000, 0.1)
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") > 8, "eight mini-batches ended")
        shutil.rmtree(self.out(), ignore_errors=True)
        self.assertNotEqual(self.finish(job).status, 0)
        self.expect_no_process_left()
        shutil.rmtree(self.out(), ignore_errors=True)
        self.expect_the_rest_to_complete(most_repeated=self.items)

    def with_small(self, place, options, then):
        """`then`, with a small disk at `place`, in a mount namespace of its own; the program and the test lie elsewhere."""
        script = """
            mount -t tmpfs none /mnt && mkdir /mnt/program /mnt/test &&
            mount --bind "$1" /mnt/program && mount --bind "$2" /mnt/test && mount -t tmpfs -o "$4" none "$3" || exit 99
            cd /mnt/test; shift 4; exec "$@"
        """
        build = os.path.dirname(os.path.dirname(PROGRAM))
        words = [sys.executable, own_mounts.__file__, "bash", "-c", script, "-", build, self.folder, place, options]
        os.makedirs(self.path("ompi"), exist_ok=True)
        extra = {"OMPI_MCA_orte_tmpdir_base": "/mnt/test/ompi", "TMPDIR": "/mnt/test/ompi"}
        ran = self.finish(self.start(words + then, extra))
        if ran.status == own_mounts.SKIPPED:
            self.skipTest(ran.stdout.strip())
        return ran

    def test_tmp_is_full(self):
        self.write_script("def run(mini_batch):\n    return mini_batch\n")
        self.write_config()
        inside = ["mpirun", "--bind-to", "none", "-n", "3", "/mnt/program/bin/prs_mpi", "config.yaml"]
        statuses = []
        for inodes in (2, 3, 4, 5, 1000):
            ran = self.with_small("/tmp", "size=64k,nr_inodes=%d" % inodes, inside)
            statuses.append(ran.status)
            if ran.status != 0:
                self.expect_trouble(ran, NO_ROOM, "/tmp/")
            self.expect_no_process_left()
        self.assertEqual((statuses[0], statuses[-1]), (3, 0), statuses)

    def test_dev_shm_is_small(self):
        """As it is in many containers."""
        self.write_script("def run(mini_batch):\n    return [path + 'x' * 1000000 for path in mini_batch]\n")
        self.write_config()
        inside = ["mpirun", "--bind-to", "none", "-n", "3", "/mnt/program/bin/prs_mpi", "config.yaml"]
        ran = self.with_small("/dev/shm", "size=64k", inside)
        self.expect_status(ran, 0)
        # Open MPI has not been left to say so itself: mpirun 4.1 may crash while it passes that on.
        self.assertNotIn("not enough space", ran.stderr)

    def test_a_run_folder_without_permission(self):
        self.write_rows_script(10)
        self.write_config()
        if not os.access(PROGRAM, os.X_OK) or not run_quietly(*self.as_nobody([PROGRAM, "--version"])):
            self.skipTest("another user cannot run %s" % PROGRAM)
        self.let_nobody_in()
        os.mkdir(self.out(), 0o555)
        ran = self.finish(self.start(self.as_nobody(self.mpirun_words(3, "config.yaml"))))
        self.expect_trouble(ran, "Permission denied", self.out(), status=2)
        os.chmod(self.out(), 0o777)
        ran = self.finish(self.start(self.as_nobody(self.mpirun_words(3, "config.yaml"))))
        self.expect_status(ran, 0)

    def as_nobody(self, words):
        return ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"] + words

    def let_nobody_in(self):
        for folder, names, files in os.walk(self.folder):
            os.chmod(folder, 0o777)

    def test_a_folder_of_the_input_that_may_not_be_read(self):
        self.write_rows_script(10)
        self.write_config()
        if not run_quietly(*self.as_nobody([PROGRAM, "--version"])):
            self.skipTest("another user cannot run %s" % PROGRAM)
        self.make_files(2, os.path.join("data", "secret"))
        self.let_nobody_in()
        os.chmod(self.path("data", "secret"), 0)
        ran = self.finish(self.start(self.as_nobody(self.mpirun_words(3, "config.yaml"))))
        self.assertIn(ran.status, (2, 3))
        self.expect_trouble(ran, "Permission denied", self.path("data", "secret"), status=ran.status)
        shutil.rmtree(self.path("data", "secret"))
        self.assertEqual(self.finish(self.start(self.as_nobody(self.mpirun_words(3, "config.yaml")))).status, 0)


if __name__ == "__main__":
    main()
