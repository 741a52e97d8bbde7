"""An installed tree runs from anywhere, without the source and build folders it came from."""

import os
import subprocess

from run_testing import PYTHON, ROOT, RunTest, main


class Install(RunTest):
    def install_and_move(self):
        build = os.environ.get("PRS_BUILD", os.path.join(ROOT, "build"))
        subprocess.run(["cmake", "--install", build, "--prefix", self.path("first")], check=True, stdout=subprocess.DEVNULL)
        os.rename(self.path("first"), self.path("moved"))

    def test_an_installed_tree_that_was_moved_runs(self):
        self.install_and_move()
        self.make_files(5)
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n")
        self.write_config()
        program = self.path("moved", "bin", "prs_mpi")
        ran = self.finish(self.start([program, "config.yaml"]))
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])
        self.assertTrue(os.path.exists(self.path("moved", "include", "prs", "parallel_run_config.hpp")))
        self.assertTrue(os.path.exists(self.path("moved", "share", "prs", "slurm")))
        self.assertEqual(self.read(self.path("moved", "share", "bash-completion", "completions", "prs_mpi")),
                         self.prs_mpi("completion", "bash").stdout)
        self.assertEqual(self.read(self.path("moved", "share", "man", "man1", "prs_mpi.1")), self.prs_mpi("manual").stdout)

    def test_a_moved_tree_has_what_reads_tables_and_writes_hdf5(self):
        self.install_and_move()
        with open(self.path("data", "numbers.csv"), "w") as stream:
            stream.write("number\n" + "".join("%d\n" % i for i in range(100)))
        self.write_script("def run(mini_batch):\n    return mini_batch\n")
        inputs = [{"name": "numbers", "path": "data", "format": "csv"}]
        self.write_config(top={"inputs": inputs}, append_row_file_name="rows.h5", mini_batch_size="50")
        ran = self.finish(self.start([self.path("moved", "bin", "prs_mpi"), "config.yaml"]))
        self.expect_status(ran, 0)
        with open(self.out("rows.h5"), "rb") as stream:
            self.assertEqual(stream.read(8), b"\x89HDF\r\n\x1a\n")

    def test_a_moved_tree_has_the_python_package_which_finds_its_program(self):
        self.install_and_move()
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return [1]\n")
        with open(self.path("program.py"), "w") as stream:
            stream.write("from prs import *\nfrom prs.program import program\nprint(program())\n"
                         "config = ParallelRunConfig({'python': %r}, 'scripts/entry.py', 0, 'append_row', 'local', 1, 1, 1)\n"
                         "print(ParallelRunStep('step', config, ['data'], 'out').run().rows)\n" % PYTHON)
        ran = self.finish(self.start([PYTHON, "program.py"], {"PYTHONPATH": self.path("moved", "lib", "python")}))
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout.split(), [self.path("moved", "bin", "prs_mpi"), "3"])

    def test_a_program_of_the_users_finds_the_library_in_a_moved_tree(self):
        self.install_and_move()
        os.mkdir(self.path("mine"))
        files = {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.22)\nproject(mine CXX)\nfind_package(prs REQUIRED)\n"
            "add_executable(mine mine.cpp)\ntarget_link_libraries(mine prs::config)\n",
            "mine.cpp": "#include <cstdio>\n#include <prs/configuration_error.hpp>\n#include <prs/parallel_run_config.hpp>\n"
            "int main() try {\n  std::printf(\"%s\", prs::ParallelRunConfig::load_yaml(\"v1.yaml\").entry_script.c_str());\n"
            "} catch (const prs::ConfigurationError& error) {\n  std::printf(\"%s\", error.what());\n}\n",
            "entry.py": "def run(mini_batch):\n    return mini_batch\n",
            "v1.yaml": "entry_script: entry.py\nsource_directory: .\nerror_threshold: 1\noutput_action: append_row\n",
        }
        for name, text in files.items():
            with open(self.path("mine", name), "w") as stream:
                stream.write(text)
        for words in (["cmake", "-G", "Ninja", "-B", "build", "-DCMAKE_PREFIX_PATH=" + self.path("moved")], ["cmake", "--build", "build"]):
            subprocess.run(words, cwd=self.path("mine"), check=True, stdout=subprocess.DEVNULL)
        ran = subprocess.run(["build/mine"], cwd=self.path("mine"), check=True, stdout=subprocess.PIPE, text=True)
        self.assertEqual(ran.stdout, "entry.py")


if __name__ == "__main__":
    main()
