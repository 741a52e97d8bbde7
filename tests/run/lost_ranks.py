"""What the tests of lost ranks share: a job of four workers that can be held in init(), in run() (its last mini-batches) and in shutdown()."""

import os

from run_testing import WAITING, RunTest

SCRIPT = WAITING + """
def note(kind, name):
    with open(os.path.join({folder!r}, kind, name), "a") as stream:
        stream.write("x")
def init():
    note("init", os.environ["PRS_PROCESS_INDEX"])
    wait_while_held("init")
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    note("ran", name)
    time.sleep({seconds})
    if name in {last_names!r}:
        wait_while_held("run")
    if name.endswith("7"):
        raise ValueError("no sevens")
    return [name + "." * {padding}]
def shutdown():
    note("shutdown", os.environ["PRS_PROCESS_INDEX"])
    wait_while_held("shutdown")
"""


class LostRanks(RunTest):
    count = 120

    def setUp(self):
        super().setUp()
        if self.mpi:
            self.assertTrue(os.path.exists(os.path.join(self.mpi, "bin", "mpirun")), "no Open MPI 5 there: run scripts/openmpi5")
        for kind in ("init", "ran", "shutdown"):
            os.mkdir(self.path(kind))
        self.make_files(self.count)
        self.names = ["item%05d" % i for i in range(self.count)]
        self.padding = 0

    def prepare(self, seconds=0.05, padding=0, **keys):
        self.padding = padding
        self.write_script(SCRIPT.format(folder=self.folder, seconds=seconds, padding=padding, last_names=self.names[-8:]))
        keys.setdefault("run_max_try", 2)
        self.write_config(workers=4, **keys)

    def begun(self, kind="ran"):
        """How many mini-batches have begun; or processes, of "init" and "shutdown"."""
        return len(os.listdir(self.path(kind)))

    def forget_what_ran(self):
        for name in os.listdir(self.path("ran")):
            os.unlink(self.path("ran", name))

    def expect_output(self, ran):
        """mpirun 5 may give 0 where all its ranks are gone."""
        self.assertTrue(os.path.exists(self.out("parallel_run_step.txt")), repr(ran) + self.logs())

    def expect_rows(self, ran):
        self.expect_output(ran)
        self.assertEqual(self.rows(), [name + "." * self.padding for name in self.names if not name.endswith("7")])

    def kill_each_after(self, ranks, step=15):
        """Starts the job and kills one rank after the other as it goes on."""
        self.hold()
        job = self.start(self.mpirun_words(5, "config.yaml"))
        for number, rank in enumerate(ranks):
            wanted = step * (number + 1)
            self.wait_until(lambda: self.begun() >= wanted, "%d mini-batches begun" % wanted)
            self.kill(rank)
        self.let_go()
        return self.finish(job)

    def kill_in_the_middle(self, *ranks, words=None):
        """The same for ranks that are lost at once; `words` where it is not mpirun that starts the job."""
        self.hold()
        job = self.start(words or self.mpirun_words(5, "config.yaml"))
        self.wait_until(lambda: self.begun() > 10, "ten mini-batches begun")
        self.kill(*ranks)
        self.let_go()
        return self.finish(job)

    def write_killing_script(self, *items):
        """run() of these items kills the rank that it runs for, at once. Runs are so short, and so many, that each worker holds many."""
        names = ["item%05d" % item for item in items]
        self.count = 2000
        self.make_files(self.count)
        self.write_script(
            "import os, signal\n"
            "def rank_above():\n"
            "    pid = os.getppid()\n"
            "    while not os.readlink('/proc/%%d/exe' %% pid).endswith('/prs_mpi'):\n"
            "        pid = int(open('/proc/%%d/stat' %% pid).read().rsplit(')', 1)[1].split()[1])\n"
            "    return pid\n"
            "def run(mini_batch):\n"
            "    if os.path.basename(mini_batch[0]) in %r:\n"
            "        os.kill(rank_above(), signal.SIGKILL)\n"
            "    return [os.path.basename(p) for p in mini_batch]\n" % names
        )

    def expect_only_given_up(self, ran, *killers):
        self.expect_status(ran, 0)
        self.expect_output(ran)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.count) if i not in killers])
        for killer in killers:
            self.assertIn("item%05d" % killer, self.read(self.out("failed_items.csv")))
        lost = [row["Mini-batch Id"] for row in self.tries() if row["Status"] != "RUN_DONE"]
        self.assertEqual(lost, [str(killer) for killer in killers])
        self.expect_no_process_left()

    def finish_the_rest(self):
        ran = self.mpirun(5)
        self.expect_status(ran, 0)
        self.expect_rows(ran)
        self.expect_no_process_left()
        return ran
