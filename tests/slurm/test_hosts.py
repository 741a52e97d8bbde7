"""Rules 1.1, 1.5, 7.1, 7.2, 7.4: a job on several hosts, under Open MPI over TCP. Each host is a set of namespaces (multihost.sh) with its own name,
network, mounts and process ids. The files are the same on all of them, but where a test mounts something else. Needs root.

What the start must find: a host without the folder, misplaced ranks, two versions. What a run must survive: a link that is slow, or cut for a while,
and a host that dies. Exit status 77, with the reason: no such hosts can be had here.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import own_mounts
from run_testing import PROGRAM, WAITING, RunTest, main

MULTIHOST = os.path.join(HERE, "multihost.sh")

# Notes which item was begun on which host. Late items wait for the test.
SCRIPT = WAITING + """
import socket
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    open(os.path.join({folder!r}, "begun", socket.gethostname() + "-" + name), "w").close()
    time.sleep(0.05)
    if name >= "item00040":
        wait_while_held("run")
    return [name]
"""


class HostsTest(RunTest):
    items = 60

    @classmethod
    def setUpClass(cls):
        cls.hosts_folder = tempfile.mkdtemp(prefix="prs-hosts-")
        cls.addClassCleanup(shutil.rmtree, cls.hosts_folder, True)
        cls.addClassCleanup(cls.multihost, "down")
        cls.multihost("up", 3)

    def setUp(self):
        super().setUp()
        for folder in ("begun", "outputs"):
            os.mkdir(self.path(folder))
        self.make_files(self.items, os.path.join("inputs", "data"))
        self.write_script(SCRIPT.format(folder=self.folder))
        self.configure()

    def configure(self, **keys):
        top = {"inputs": [{"name": "items", "path": "inputs/data"}], "output": "outputs/out"}
        keys = {"workers": 2, "node_count": 3, "run_max_try": 1, "error_threshold": 0, **keys}
        self.write_config(top=top, **keys)

    def out(self, *names):
        return self.path("outputs", "out", *names)

    def environment(self, extra=None):
        return super().environment({"PRS_HOSTS_DIR": self.hosts_folder, **(extra or {})})

    @classmethod
    def multihost(cls, *words):
        ran = subprocess.run([MULTIHOST] + [str(word) for word in words], env=dict(os.environ, PRS_HOSTS_DIR=cls.hosts_folder), text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode != 0:
            raise AssertionError("multihost.sh %s: %s" % (words, ran.stdout))
        return ran.stdout

    def hide(self, host, folder):
        """An empty folder is mounted over it there, as where a file system is not mounted. It is gone with that folder."""
        self.multihost("run", host, "mount", "-t", "tmpfs", "none", self.path(folder))

    def make_package(self, *folder):
        os.makedirs(self.path(*folder))
        with open(self.path(*folder, "__init__.py"), "w", encoding="ascii"):
            pass

    def job(self, places="n1:3,n2:2,n3:2", extra=None, before=()):
        """Rank 0 takes one of the first host's places."""
        return self.start([*before, MULTIHOST, "mpirun", "--host", places, "--bind-to", "none", "-n", "7", PROGRAM, "config.yaml"], extra)

    def job_on_all_hosts(self):
        """Once each host has begun some item; the last ones are held."""
        self.hold()
        job = self.job()
        self.wait_until(lambda: {name[:2] for name in os.listdir(self.path("begun"))} == {"n1", "n2", "n3"}, "each host has begun an item")
        return job

    def expect_rows(self, ran):
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])

    def expect_refusal(self, ran, *texts, status=2):
        """Nothing ran, nothing is left, and the one message of ours names it."""
        self.expect_status(ran, status)
        lines = [line for line in ran.stderr.splitlines() if line.startswith("prs_mpi: ")]
        for text in texts:
            self.assertIn(text, ran.stderr)
        self.assertEqual(len(lines), 1, ran)
        self.assertEqual(os.listdir(self.path("begun")), [])
        self.assertEqual(os.listdir(self.path("outputs")), [])


class Start(HostsTest):
    """What the start finds, before the first mini-batch."""

    def test_nothing_is_found_where_all_is_right(self):
        job = self.job_on_all_hosts()
        self.let_go()
        ran = self.finish(job)
        self.expect_rows(ran)
        self.assertNotIn("warning", ran.stderr)
        self.assertEqual(os.listdir(self.path("outputs")), ["out"], "the mark by which hosts know the folder is gone")

    def test_hosts_on_which_few_files_may_be_open(self):
        """What the run may do without is a warning."""
        ran = self.finish(self.job(before=("bash", "-c", 'ulimit -n 200; exec "$@"', "-")))
        self.expect_rows(ran)
        self.assertIn("prs_mpi: warning: on n1, n2, n3 fewer than 256 files may be open at once: raise the limit there", ran.stderr)

    def test_a_host_without_a_package_that_the_script_imports(self):
        """The script is read, and not run: this import is none that it ever comes to."""
        self.make_package("packages", "measures")
        self.write_script(SCRIPT.format(folder=self.folder) + "def init():\n    if False:\n        import measures.units\n")
        self.configure(environment_variables={"PYTHONPATH": self.path("packages")})
        self.hide("n2", "packages")
        ran = self.finish(self.job())
        self.expect_rows(ran)
        self.assertIn("prs_mpi: warning: on n2 the Python package 'measures' (%s) is not there: install it"
                      % self.path("packages", "measures"), ran.stderr)

    def test_a_host_without_the_run_folder(self):
        self.hide("n2", "outputs")
        self.expect_refusal(self.finish(self.job()), "on n2 the folder of the run folder (%s)" % self.path("outputs"), "all hosts share")

    def test_hosts_without_input_script_or_interpreter(self):
        """All of it is said at once."""
        os.mkdir(self.path("tools"))
        os.symlink("/usr/bin/python3", self.path("tools", "python"))
        self.configure(environment={"python": self.path("tools", "python")})
        for host, folder in (("n3", "inputs"), ("n2", "inputs/data"), ("n2", "scripts"), ("n2", "tools"), ("n3", "tools")):
            self.hide(host, folder)
        data = self.path("inputs", "data")
        self.expect_refusal(self.finish(self.job()), "on n3 the input 'items' (%s) is not there" % data,
                            "on n2 the input 'items' (%s) is empty: is its file system mounted there?" % data,
                            "on n2 the entry script (%s) is not there" % self.path("scripts", "entry.py"),
                            "on n2, n3 the interpreter (%s) is not there" % self.path("tools", "python"))

    def test_a_host_whose_file_system_hangs(self):
        disk = self.faulty_disk()
        with open(self.path("hanging"), "w") as stream:
            stream.write("stat inputs/data hang\n")
        self.multihost("run", "n2", "mount", "--bind", self.path("hanging"), self.path("disk"))
        job = self.job(extra={"PRS_START_LIMIT": "30", **disk})
        self.expect_refusal(self.finish(job), "on n2 the input 'items' (%s) does not answer" % self.path("inputs", "data"), status=3)
        self.assertTrue(self.disk_hits(), "nothing hung")

    def test_misplaced_ranks(self):
        self.expect_refusal(self.finish(self.job("n1:4,n2:2,n3:1")), "3 nodes: 3 on n1, 2 on n2, 1 on n3", "--host")

    def start_with_other_program_on_n2(self, old, new):
        with open(PROGRAM, "rb") as stream:
            program = stream.read()
        self.assertIn(old, program)
        with open(self.path("other"), "wb") as stream:
            stream.write(program.replace(old, new))
        os.chmod(self.path("other"), 0o755)
        self.multihost("run", "n2", "mount", "--bind", self.path("other"), PROGRAM)
        self.addCleanup(self.multihost, "run", "n2", "umount", PROGRAM)
        return self.finish(self.job())

    def test_another_version_of_the_program(self):
        version = subprocess.check_output([PROGRAM, "--version"], text=True).split()[-1]
        other = version[:-1] + "x"
        ran = self.start_with_other_program_on_n2(version.encode() + b"\0", other.encode() + b"\0")
        self.expect_refusal(ran, "n2 runs version %s (build " % other, "of prs_mpi (rank 3), and n1 version %s (build " % version)

    def test_another_build_of_the_program(self):
        note = struct.pack("<III", 4, 20, 3) + b"GNU\0"  # the head of ELF's NT_GNU_BUILD_ID; 20 bytes follow
        with open(PROGRAM, "rb") as stream:
            build = stream.read().split(note)[1][:20]
        ran = self.start_with_other_program_on_n2(note + build, note + bytes(20))
        self.expect_refusal(ran, "(build %s) of prs_mpi (rank 3)" % ("0" * 12), "(build %s) (rank 0)" % build.hex()[:12])


class Trouble(HostsTest):
    """What a run on several hosts survives."""

    def tearDown(self):
        super().tearDown()
        self.start_hosts_anew()

    def start_hosts_anew(self):
        self.multihost("down")
        self.multihost("up", 3)

    def sent_again_by(self, host):
        """TCP segments for which no answer had come in time."""
        names, values = [line.split() for line in self.multihost("run", host, "cat", "/proc/net/snmp").splitlines() if line.startswith("Tcp:")]
        return int(dict(zip(names, values))["RetransSegs"])

    def test_a_link_that_is_cut_for_a_while(self):
        job = self.job_on_all_hosts()
        before = self.sent_again_by("n2")
        self.multihost("cut", "n2")
        self.let_go()
        # The pauses between them double: five take about six seconds.
        self.wait_until(lambda: self.sent_again_by("n2") >= before + 5, "n2 has not been heard for a while")
        self.multihost("heal", "n2")
        self.expect_rows(self.finish(job))

    def test_a_slow_link(self):
        """4 KB a second, and a message waits up to five seconds."""
        try:
            self.multihost("slow", "n2", "32kbit")
        except AssertionError as error:
            self.skipTest("this kernel has no slow links: %s" % error)
        job = self.job_on_all_hosts()
        self.let_go()
        self.expect_rows(self.finish(job))
        held_back = 0
        for host, device in (("n2", "eth0"), ("switch", "link2")):
            queue = self.multihost("run", host, "tc", "-s", "qdisc", "show", "dev", device)
            held_back += int(queue.split("overlimits")[1].split()[0])
        self.assertGreater(held_back, 0, "the link has held nothing back")

    def test_a_host_that_dies(self):
        job = self.job_on_all_hosts()
        self.multihost("kill", "n2")
        self.let_go()
        self.assertNotEqual(self.finish(job).status, 0, "a job without one of its hosts cannot have gone on")
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_no_process_left()
        self.start_hosts_anew()
        self.expect_rows(self.finish(self.job()))


if __name__ == "__main__":
    if os.environ.get("PRS_OWN_MOUNTS") != "1":
        missing = [name for name in ("unshare", "nsenter", "ip", "pgrep", "mpirun") if not shutil.which(name)]
        if os.geteuid() != 0 or missing:
            print("skipped: hosts of our own need root" if os.geteuid() != 0 else "skipped: %s is not installed (scripts/setup test)" % missing[0])
            sys.exit(own_mounts.SKIPPED)
        if subprocess.run(["unshare", "--net", "--uts", "--mount", "--ipc", "--pid", "--fork", "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("skipped: namespaces are not allowed here")
            sys.exit(own_mounts.SKIPPED)
        # In a chroot the hosts' own mounts need a "/" that is a mount point.
        os.environ["PRS_OWN_MOUNTS"] = "1"
        os.execv(sys.executable, [sys.executable, own_mounts.__file__, sys.executable] + sys.argv)
    main()
