"""Rules 7.1, 7.2, 7.5, 5.4: run folders on file systems that can do less. One without hard links (vfat, exFAT, many FUSE and SMB mounts) refuses
link(); some also refuse a rename that replaces nothing. All that a run folder promises holds there too.
And one that stalls: the ranks' main loops wait for no disk, or a rank that gives no sign would be taken for lost.
"""

import errno
import os

from run_testing import RunTest, main


class WithoutHardLinks(RunTest):
    """As vfat and exFAT are in the Linux kernel."""

    items = 40
    rules = ["link /out/ fail %d" % errno.EPERM]
    refused = {"link"}

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("if mini_batch[0][-2:] >= '32': wait_while_held('run')")
        self.write_config()
        self.disk = self.faulty_disk(*self.rules)

    def run_here(self, *arguments):
        return self.mpirun(3, "config.yaml", *arguments, extra=self.disk)

    def start_and_hold(self):
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.disk)
        self.wait_until(lambda: self.count("begun") >= 2, "two mini-batches begun")
        return job

    def expect_all_rows(self):
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])

    def expect_refusals(self, *names):
        """Each of these files was to be made by a call that this disk refuses."""
        for name in names:
            hits = {hit.split()[0] for hit in self.disk_hits() if hit.split()[1].endswith(name)}
            self.assertEqual(hits, self.refused, name)

    def test_a_run_completes_and_is_reported_and_run_again(self):
        self.expect_status(self.run_here(), 0)
        self.expect_all_rows()
        self.expect_refusals(".prs/lease/1.lease", "/processes_resource_usage.csv", "/node_resource_usage.csv", "/parallel_run_step.txt")
        perf = self.read(self.out("logs", "sys", "perf", os.listdir(self.out("logs", "sys", "perf"))[0], "processes_resource_usage.csv"))
        self.assertEqual([line.startswith("Time,") for line in perf.splitlines()].count(True), 1, perf)
        ran = self.run_here()
        self.expect_status(ran, 0)
        self.assertIn("completed by an earlier start", ran.stderr)
        self.assertEqual(self.repeated("begun"), [])
        self.expect_status(self.run_here("--overwrite"), 0)
        self.assertEqual(len(self.repeated("begun")), self.items)
        self.expect_all_rows()
        self.assertEqual([name for name in os.listdir(self.out()) if name.startswith(".") and name != ".prs"], [])

    def test_what_was_killed_goes_on_with_what_is_done(self):
        job = self.start_and_hold()
        self.wait_until(lambda: self.count("ended") > self.items // 2, "half of the mini-batches ended")
        self.kill_job(job, 0, 1, 2)
        self.let_go()
        self.expect_status(self.run_here(), 0)
        self.expect_all_rows()
        self.assertLess(len(self.repeated("begun")), self.items // 2)

    def test_a_second_job_is_refused(self):
        job = self.start_and_hold()
        second = self.run_here()
        self.expect_status(second, 2)
        self.assertIn("another job works in this run folder: process ", second.stderr)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.expect_all_rows()

    def test_a_file_that_came_there_meanwhile_is_not_replaced(self):
        job = self.start_and_hold()
        with open(self.out("parallel_run_step.txt"), "w") as stream:
            stream.write("somebody else's")
        self.let_go()
        ran = self.finish(job)
        self.expect_status(ran, 3)
        self.assertIn("came there during the run", ran.stderr)
        self.assertEqual(self.read(self.out("parallel_run_step.txt")), "somebody else's")
        os.unlink(self.out("parallel_run_step.txt"))
        self.expect_status(self.run_here(), 0)
        self.expect_all_rows()

    def test_an_earlier_run_is_deleted_though_its_files_are_still_open(self):
        """FUSE gives them another name instead, again and again; a deletion that begins anew for each name that it finds never ends."""
        self.expect_status(self.run_here(), 0)
        self.change_disk(*self.rules, "unlink /out/.prs/parts/ hide", "unlink /out/logs/user/ hide")
        ran = self.finish(self.start(self.mpirun_words(3, "config.yaml", "--overwrite"), self.disk), limit=60)
        self.expect_status(ran, 0)
        self.assertIn("unlink " + self.out(".prs", "parts", "1.rows"), self.disk_hits())
        self.assertEqual(len(self.repeated("begun")), self.items)
        self.expect_all_rows()


class WithoutNamesThatReplaceNothing(WithoutHardLinks):
    """As many FUSE file systems are."""

    rules = WithoutHardLinks.rules + ["renameat2 /out/ fail %d" % errno.EINVAL]
    refused = {"link", "renameat2"}


class ADiskThatHangs(RunTest):
    items = 40

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("pass")
        self.write_config()

    def expect_to_go_on(self, name, *calls):
        """All is farmed out while rank 0 cannot write this file; once it can, nothing of it is missing."""
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk(*("%s %s hang" % (call, name) for call in calls)))
        self.wait_until(lambda: self.count("ended") == self.items, "all mini-batches ended")
        self.assertTrue(any(name in hit for hit in self.disk_hits()), self.disk_hits())
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        [path] = [os.path.join(folder, each) for folder, _, names in os.walk(self.out("logs")) for each in names if each.startswith(name)]
        return self.read(path).splitlines()

    def test_under_rank_0s_log(self):
        lines = self.expect_to_go_on("master_role", "write", "flush")
        self.assertIn("40 mini-batches of 40 items", lines[0])
        self.assertNotIn("lost so far", "".join(lines))

    def test_under_the_progress_overview(self):
        lines = self.expect_to_go_on("job_progress_overview", "write")
        self.assertTrue(lines[0].startswith("# Progress of the run started"), lines)
        self.assertEqual(lines[-1].split()[2:5], ["40", "40", "100"])

    def test_logs_that_cannot_be_written_end_nothing(self):
        logs = ["write master_role fail %d" % errno.ENOSPC, "write job_progress_overview fail %d" % errno.ENOSPC, "write /logs/sys/node/ fail %d" % errno.EIO]
        self.expect_status(self.mpirun(3, extra=self.faulty_disk(*logs)), 0)
        for name in ("master_role.txt", "process000.txt", "process001.txt"):
            self.assertTrue(any(hit.endswith(name) for hit in self.disk_hits()), self.disk_hits())
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])


if __name__ == "__main__":
    main()
