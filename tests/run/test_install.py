"""An installed tree runs from anywhere, without the source and build folders it came from."""

import os
import subprocess

from run_testing import ROOT, RunTest, main


class Install(RunTest):
    def test_an_installed_tree_that_was_moved_runs(self):
        build = os.environ.get("PRS_BUILD", os.path.join(ROOT, "build"))
        subprocess.run(["cmake", "--install", build, "--prefix", self.path("first")], check=True, stdout=subprocess.DEVNULL)
        os.rename(self.path("first"), self.path("moved"))
        self.make_files(5)
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n")
        self.write_config()
        program = self.path("moved", "bin", "prs_mpi")
        ran = self.finish(self.start([program, "config.yaml"]))
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])
        self.assertTrue(os.path.exists(self.path("moved", "include", "prs", "parallel_run_config.hpp")))
        self.assertTrue(os.path.exists(self.path("moved", "share", "prs", "slurm")))


if __name__ == "__main__":
    main()
