"""Rules 7.1, 7.2: a run that is killed while its output is put together goes on there at the next start."""

import glob
import os
import re
import shutil
import signal

from run_testing import PROGRAM, RunTest, main, processes_with

ROW_BYTES = 1_000_000
BLOCK_BYTES = 4 << 20  # what a worker writes at once
SCRIPT = """
import os
def run(mini_batch):
    return [os.path.basename(path) + "x" * {bytes} for path in mini_batch]
"""


class Interrupted(RunTest):
    count = 60

    def setUp(self):
        super().setUp()
        self.make_files(self.count)
        self.write_script(SCRIPT.format(bytes=ROW_BYTES))

    def kill_while_rows_are_put_together(self, blocks, workers=2):
        """Once so many blocks are written the disk hangs, and all is killed."""
        before = len(self.disk_hits())
        self.write_config(workers=workers)
        job = self.start(self.mpirun_words(workers + 1, "config.yaml"), self.faulty_disk("write .building stall 0.1"))
        self.wait_until(lambda: len(self.disk_hits()) - before >= blocks, "%d blocks are written" % blocks)
        self.change_disk("write .building hang")
        for pid, words in processes_with(self.mark).items():
            if pid == job.pid or words.startswith(PROGRAM):
                os.kill(pid, signal.SIGKILL)
        self.finish(job)
        self.expect_no_process_left(limit=20)
        self.assertEqual(len(glob.glob(self.out(".*.building"))), 1)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))

    def all_rows(self):
        return ["item%05d" % i + "x" * ROW_BYTES for i in range(self.count)]

    def kept_bytes(self):
        """What the last start has kept of the ones before, in its own words; and of how many."""
        kept = re.findall(r"goes on with an output of which (\d+) of (\d+) bytes are written", self.read(self.out("logs", "sys", "master_role.txt")))
        self.assertTrue(kept, "does not say that it goes on")
        return int(kept[-1][0]), int(kept[-1][1])

    def finish_the_rest(self, workers=2):
        """Writes what is missing, and nothing of what was written before; how many bytes were."""
        before = len(self.disk_hits())
        self.write_config(workers=workers)
        job = self.start(self.mpirun_words(workers + 1, "config.yaml"), self.faulty_disk("write .building stall 0"))
        self.expect_status(self.finish(job), 0)
        self.assertTrue(self.rows() == self.all_rows())
        kept, total = self.kept_bytes()
        self.assertEqual(total, os.path.getsize(self.out("parallel_run_step.txt")))
        # A share that is left begins and ends within a block, and is at least as long as one.
        left = (total - kept) // BLOCK_BYTES + 1
        self.assertLessEqual(len(self.disk_hits()) - before, 3 * left)
        self.assertEqual(glob.glob(self.out(".*.building")), [])
        return kept

    def test_killed_while_rows_are_put_together_it_goes_on_there(self):
        self.kill_while_rows_are_put_together(blocks=14)
        self.assertGreater(self.finish_the_rest(), 5 * BLOCK_BYTES)

    def test_killed_again_and_again_with_other_numbers_of_workers_it_comes_to_an_end(self):
        self.kill_while_rows_are_put_together(blocks=8)
        self.kill_while_rows_are_put_together(blocks=6, workers=1)
        self.assertGreater(self.finish_the_rest(workers=3), 5 * BLOCK_BYTES)

    def test_a_start_that_only_wrote_rows_has_made_progress(self):
        """Else the launcher would give up after the second loss: no mini-batch is run any more."""
        self.write_config()
        job = self.start([PROGRAM, "config.yaml"], self.faulty_disk("write .building stall 0.1"))
        for start in (1, 2):
            self.wait_until(lambda: os.path.exists(self.out(".prs", "ledger", "%d.ledger" % start)), "start %d" % start)
            before = len(self.disk_hits())
            self.wait_until(lambda: len(self.disk_hits()) - before >= 8, "blocks are written")
            self.change_disk("write .building hang")
            os.kill(self.rank_process(1), signal.SIGKILL)
            self.change_disk("write .building stall 0.1")
        ran = self.finish(job)
        self.expect_status(ran, 0)
        self.assertEqual(ran.stderr.count("starting again"), 2, ran.stderr)
        self.assertTrue(self.rows() == self.all_rows())
        self.assertGreater(self.kept_bytes()[0], 4 * BLOCK_BYTES)

    def test_a_building_file_that_is_gone_or_cut_is_begun_anew(self):
        for how in (os.unlink, lambda path: os.truncate(path, os.path.getsize(path) - 1)):
            shutil.rmtree(self.out(), ignore_errors=True)
            self.kill_while_rows_are_put_together(blocks=8)
            how(glob.glob(self.out(".*.building"))[0])
            self.expect_status(self.mpirun(3), 0)
            self.assertTrue(self.rows() == self.all_rows())


if __name__ == "__main__":
    main()
