"""Rules 4.5, 5.7: inputs that vanish, or are not there, once the run is planned: their tries fail, and they are named."""

import os

from run_testing import RunTest, main


class VanishedInput(RunTest):
    READING = """
import os, shutil
def run(mini_batch):
    {body}
    return [open(path).read() for path in mini_batch]
"""

    def setUp(self):
        super().setUp()
        self.make_files(20)
        self.make_files(5, "data/sub")

    def test_files_and_folders_that_vanish_after_planning_fail_their_tries_and_are_named(self):
        self.write_script(
            self.READING.format(
                body="""if mini_batch[0].endswith('data/item00000'):
        os.unlink(os.path.join(os.path.dirname(mini_batch[0]), 'item00019'))
        shutil.rmtree(os.path.join(os.path.dirname(mini_batch[0]), 'sub'))"""
            )
        )
        self.write_config(workers=1, run_max_try=2)
        self.expect_status(self.mpirun(2), 0)
        self.assertEqual(self.rows(), [str(i) for i in range(19)])
        failed = self.read(self.out("failed_items.csv"))
        for name in ["item00019"] + ["sub/item%05d" % i for i in range(5)]:
            self.assertIn(self.path("data", name), failed)
        self.assertEqual(failed.count(",FileNotFoundError,"), 6)
        self.make_files(20)
        self.make_files(5, "data/sub")
        self.write_script(self.READING.format(body="pass"))
        self.expect_status(self.mpirun(2, "config.yaml", "--retry-failed"), 0)
        self.assertEqual(self.rows(), [str(i) for i in range(20)] + [str(i) for i in range(5)])

    def test_all_input_that_vanishes_ends_the_run_by_its_limit(self):
        self.write_script(self.READING.format(body="shutil.rmtree(%r, ignore_errors=True)" % self.path("data")))
        self.write_config(error_threshold=0, run_max_try=2)
        ran = self.mpirun(3)
        self.expect_status(ran, 1)
        self.assertIn("FileNotFoundError", ran.stderr)
        self.assertIn("error_threshold", ran.stderr)

    def test_a_dangling_link_is_named(self):
        os.symlink(self.path("nowhere"), self.path("data", "link"))
        self.write_script(self.READING.format(body="pass"))
        self.write_config()
        ran = self.mpirun(3)
        self.assertIn(self.path("data", "link"), ran.stderr)
        os.unlink(self.path("data", "link"))
        self.expect_status(self.mpirun(3), 0)


if __name__ == "__main__":
    main()
