"""SPEC 1.3, 7.3: what happens between the last run() and the end: another farm after damaged rows, and being stopped."""

import os

from run_testing import RunTest, main

# process001 dies in its first run(), and no host of it comes through init() any more; the rows of process000 are damaged once, at its end.
ONE_GIVES_UP = """
import os, time
FOLDER, RUN_FOLDER = {folder!r}, os.environ["AZUREML_BI_OUTPUT_PATH"]
IS_SECOND = os.environ["PRS_PROCESS_INDEX"] == "1"
def master_log():
    with open(os.path.join(RUN_FOLDER, "logs", "sys", "master_role.txt")) as stream:
        return stream.read()
def init():
    if IS_SECOND and os.path.exists(os.path.join(FOLDER, "died")):
        raise ValueError("no more")
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if IS_SECOND:
        open(os.path.join(FOLDER, "died"), "w").close()
        os._exit(1)
    while "process001 gave up" not in master_log():
        time.sleep(0.01)
    return [name]
def shutdown():
    if os.path.exists(os.path.join(FOLDER, "damaged")):
        return
    open(os.path.join(FOLDER, "damaged"), "w").close()
    with open(os.path.join(RUN_FOLDER, ".prs", "parts", "1.rows"), "r+b") as part:
        part.seek(20)
        part.write(b"#")
"""


class AnotherFarm(RunTest):
    items = 6

    def test_a_worker_that_gave_up_takes_part_in_its_rounds_and_its_end(self):
        self.make_files(self.items)
        self.write_script(ONE_GIVES_UP.format(folder=self.folder))
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        result = self.read(self.out("logs", "job_result.txt"))
        self.assertIn("damaged", result)
        self.assertTrue(os.path.exists(self.path("died")), "no worker gave up")
        self.assertIn("process001 gave up", self.read(self.out("logs", "sys", "master_role.txt")))


if __name__ == "__main__":
    main()
