"""A disk that hangs or is slow (a stalled file server): nothing grows, nobody is given up, and two signals end the job at once."""

import os

from run_testing import RunTest, main

# Begins once the disk hangs. Each process notes its run() calls by a byte, since a file for each would take longer than the calls.
COUNTING = """
import os, time
def init():
    while not os.path.exists(os.path.join({folder!r}, "disk.hits")):
        time.sleep(0.01)
COUNT = os.open(os.path.join({folder!r}, "begun", str(os.getpid())), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def run(mini_batch):
    os.write(COUNT, b"x")
    return [os.path.basename(path) for path in mini_batch]
"""


class LedgerBehind(RunTest):
    """Rank 0 cannot write down what ended, and scripts are quick."""

    items = 45000
    most_begun = 40000  # outcomes that rank 0 lets wait, and what the workers hold

    def begun(self):
        return sum(os.path.getsize(self.path("begun", name)) for name in os.listdir(self.path("begun")))

    def wait_until_nothing_more_begins(self):
        last, still = -1, 0

        def is_still():
            nonlocal last, still
            count = self.begun()
            still = still + 1 if count == last and count > 0 else 0
            last = count
            return still == 50

        self.wait_until(is_still, "no further run() is begun")
        return last

    def hang_and_let_go(self, call):
        os.mkdir(self.path("begun"))
        self.make_files(self.items)
        self.write_script(COUNTING.format(folder=self.folder))
        self.write_config()
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("%s .ledger hang" % call))
        self.assertLess(self.wait_until_nothing_more_begins(), self.most_begun)
        self.assertEqual([hit for hit in self.disk_hits() if not hit.endswith(".ledger")], [])
        self.change_disk()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])

    def test_a_sync_that_hangs_stops_the_hand_outs_until_it_is_over(self):
        self.hang_and_let_go("sync")

    def test_a_write_that_hangs_stops_the_hand_outs_until_it_is_over(self):
        self.hang_and_let_go("write")


if __name__ == "__main__":
    main()
