"""Rules 5.6, 6.1: rows come faster than the disk takes them. The scripts wait, and no mini-batch pays for it.

PRS_SLOW_DISK_MINI_BATCHES makes more of it, by hand.
"""

import os
import zlib

from run_testing import RunTest, main

MINI_BATCHES = int(os.environ.get("PRS_SLOW_DISK_MINI_BATCHES", "300"))

# 0.3 to 3 MB. What is left after pieces of 256 KiB goes with the result's own record, so that it is often a finished result
# that finds no room.
SCRIPT = """
import random
def rows_of(index):
    pieces = random.Random(index).choice([1, 1, 1, 1, 2, 3, 11])
    return ["%08d" % index + "x" * 991] * (pieces * 262 + 55)
def run(mini_batch, context):
    return rows_of(context.minibatch_index)
"""


class SlowDisk(RunTest):
    def test_no_mini_batch_pays_for_a_disk_that_stalls(self):
        self.make_files(MINI_BATCHES)
        self.write_script(SCRIPT)
        self.write_config(workers=1, run_max_try=1, error_threshold=0)
        ran = self.mpirun(2, extra=self.faulty_disk("write .rows stall 0.05 8"))
        self.expect_status(ran, 0)
        self.assertGreater(len(self.disk_hits()), 20, "the disk never stalled")
        self.assertEqual({row["Status"] for row in self.tries()}, {"RUN_DONE"})
        script = {}
        exec(SCRIPT, script)
        found = expected = 0
        with open(self.out("parallel_run_step.txt"), "rb") as stream:
            for index in range(MINI_BATCHES):
                rows = ("\n".join(script["rows_of"](index)) + "\n").encode()
                expected = zlib.crc32(rows, expected)
                found = zlib.crc32(stream.read(len(rows)), found)
            self.assertEqual((found, stream.read()), (expected, b""), "other rows than the script returned")


if __name__ == "__main__":
    main()
