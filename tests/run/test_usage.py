"""Rules 1.1, 1.4, 2.6, 8, 9.3: usage, messages and verbs."""

import glob
import os
import re
import signal
import subprocess
import unittest

from run_testing import PROGRAM, ROOT, Ran, RunTest, main

ECHO = "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"


class World(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(5)
        self.write_script(ECHO)

    def test_a_world_of_another_size_names_the_n_to_use(self):
        self.write_config(workers=2)
        ran = self.mpirun(5)
        self.expect_status(ran, 2)
        self.assertEqual(ran.stderr.count("use mpirun -n 3"), 1, repr(ran))
        self.assertFalse(os.path.exists(self.out()))

    def test_one_rank_has_no_worker(self):
        self.write_config(workers=None, node_count=None)
        ran = self.mpirun(1)
        self.expect_status(ran, 2)
        self.assertIn("no worker", ran.stderr)

    def test_counts_that_are_left_out_come_from_the_world(self):
        self.write_config(workers=None, node_count=None)
        self.expect_status(self.mpirun(4), 0)
        self.assertEqual(len(self.rows()), 5)

    def test_another_placement_on_one_machine_is_a_warning(self):
        self.write_config(workers=1, node_count=2)
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertIn("warning", ran.stderr)
        self.assertIn("1 node: 2 on ", ran.stderr)

    def test_starts_itself_under_mpirun(self):
        self.write_config(workers=3)
        ran = self.prs_mpi("config.yaml")
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), 5)
        self.assertIn("completed", ran.stderr.strip().splitlines()[-1])

    def test_the_launcher_gives_status_1_and_2(self):
        self.write_config()
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.expect_status(self.prs_mpi("config.yaml"), 1)
        self.expect_status(self.prs_mpi("no-such-file.yaml"), 2)


class Mistakes(RunTest):
    def test_every_broken_config_gives_all_its_mistakes_once_under_five_ranks(self):
        """The texts themselves are held by the unit tests of the reader; here: exit 2, each line once, no script started."""
        broken = sorted(glob.glob(os.path.join(ROOT, "tests", "unit", "config", "broken", "*.yaml")))
        self.assertGreaterEqual(len(broken), 12)
        for path in broken:
            ran = self.mpirun(5, path)
            self.assertEqual(ran.status, 2, path + repr(ran))
            lines = [line for line in ran.stderr.splitlines() if re.search(r"\.yaml:\d+:\d+: ", line)]
            self.assertEqual(len(lines), len(set(lines)), path + repr(ran))

    def test_no_input_names_the_path_that_matched_nothing(self):
        self.write_script(ECHO)
        self.write_config()
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn(self.path("data"), ran.stderr)

    def test_an_interpreter_that_is_not_there_is_named(self):
        self.make_files(2)
        self.write_script(ECHO)
        self.write_config(environment={"python": "/no/such/python"})
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("/no/such/python", ran.stderr)

    def test_a_native_or_executable_entry_script_is_refused_by_name(self):
        self.make_files(2)
        self.write_script("#!/bin/sh\necho hi\n", "entry.sh")
        os.chmod(self.path("scripts", "entry.sh"), 0o755)
        self.write_config(entry_script="entry.sh")
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("entry.sh", ran.stderr)

    def test_unknown_options_and_verbs(self):
        self.expect_status(self.prs_mpi("--no-such-option"), 2)
        self.expect_status(self.prs_mpi(), 2)


class WrongWords(RunTest):
    """What is mistyped on the command line is named, with the nearest right word (rule 9.3)."""

    def expect_usage(self, expected, *words):
        ran = self.prs_mpi(*words)
        self.expect_status(ran, 2)
        self.assertIn(expected, ran.stderr.strip().splitlines()[-1], words)

    def test_a_mini_batch_that_is_no_whole_number_is_refused(self):
        for word in ("-1", "1x", "", "1.5", "99999999999999999999"):
            self.expect_usage("--mini-batch: '%s' is not allowed; allowed: a whole number" % word, "try", "c.yaml", "--mini-batch", word)
        self.expect_usage("'-1' is not allowed", "try", "c.yaml", "--mini-batch=-1")
        self.expect_usage("--restarts: '-1' is not allowed", "c.yaml", "--restarts", "-1")

    def test_a_misspelt_verb_is_not_taken_for_a_file(self):
        self.expect_usage("'chekc' is not a verb; did you mean 'check'?", "chekc", "count.yaml")
        self.expect_usage("'runn' is not a verb; did you mean 'run'?", "runn")
        self.expect_usage("'nothing-like-it' is neither a verb nor a file", "nothing-like-it", "count.yaml")
        self.expect_usage("in nothing-like-it; nothing was started", "nothing-like-it")
        self.expect_usage("the verb comes first: prs_mpi check count.yaml", "--set", "name=x", "check", "count.yaml")

    def test_a_file_may_be_named_almost_like_a_verb(self):
        self.make_files(2)
        self.write_script(ECHO)
        self.write_config("chek")
        self.expect_status(self.prs_mpi("check", "chek"), 0)
        self.expect_status(self.prs_mpi("chek"), 0)

    def test_a_misspelt_option_names_the_nearest_of_its_verb(self):
        self.expect_usage("unknown option '--overwrit'; did you mean '--overwrite'?", "count.yaml", "--overwrit")
        self.expect_usage("unknown option '--mini-bach'; did you mean '--mini-batch'?", "try", "count.yaml", "--mini-bach=3")
        self.expect_usage("unknown option '--outptu'; did you mean '--output'?", "check", "--outptu", "x", "count.yaml")
        self.expect_usage("'--overwrite' is an option of prs_mpi join or prs_mpi run", "check", "count.yaml", "--overwrite")
        self.expect_usage("'other.yaml' was not expected after 'count.yaml'", "count.yaml", "other.yaml")

    def test_an_option_before_the_configuration_does_not_swallow_it(self):
        self.make_files(2)
        self.write_script(ECHO)
        self.write_config()
        ran = self.prs_mpi("config", "--set", "run_max_try=5", "--input", "items=data", "config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("run_max_try: 5", ran.stdout)

    def test_mistakes_of_a_configuration_stand_alike_and_the_last_line_counts_them(self):
        with open(self.path("bad.yaml"), "w") as stream:
            stream.write("inputs: 3\nfoo: 1\n")
        for ran in (self.prs_mpi("bad.yaml"), self.prs_mpi("check", "bad.yaml"), self.mpirun(2, "bad.yaml")):
            self.expect_status(ran, 2)
            lines = [line for line in ran.stderr.splitlines() if "bad.yaml" in line]
            self.assertEqual([line.split(":")[:3] for line in lines[:-1]][0], ["bad.yaml", "1", "1"], repr(ran))
            self.assertTrue(all(line.startswith("bad.yaml:") for line in lines[:-1]), repr(ran))
            self.assertEqual(lines[-1], "prs_mpi: 4 mistakes in bad.yaml; nothing was started")


class Verbs(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(7)
        self.write_script(ECHO)
        self.write_config(mini_batch_size=2)

    def test_help_and_version_everywhere(self):
        for words in (["--help"], ["run", "--help"], ["check", "--help"], ["try", "--help"], ["slurm", "--help"], ["config", "--help"]):
            ran = self.prs_mpi(*words)
            self.expect_status(ran, 0)
            self.assertTrue(ran.stdout.strip(), words)
        for words in (["--version"], ["-V"], ["check", "--version"]):
            ran = self.prs_mpi(*words)
            self.expect_status(ran, 0)
            self.assertRegex(ran.stdout, r"^prs_mpi \d+\.\d+\.\d+$")

    def test_help_lists_the_options_before_the_keys(self):
        page = self.prs_mpi("--help").stdout
        options = page[: page.index("Keys of a configuration file")]
        for option in ("--set", "--input", "--output", "--overwrite", "--retry-failed", "--restarts", "--mini-batch", "--launcher", "--time"):
            self.assertIn("  %s " % option, options)
        self.assertEqual(self.prs_mpi("help").stdout, page)
        of_run = self.prs_mpi("run", "--help").stdout
        self.assertIn("-- ARGUMENTS", of_run)
        self.assertNotIn("--mini-batch", of_run)
        self.assertEqual(self.prs_mpi("help", "run").stdout, of_run)

    def test_check_shows_the_plan_and_starts_nothing(self):
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stdout, r"mini-batches +4")
        self.assertRegex(ran.stdout, r"input +7 items")
        self.assertRegex(ran.stdout, r"interpreter +/\S+ \(Python 3\S+; environment: python: /\S+\)\n")
        ran = self.prs_mpi("check", "config.yaml", "--set", "environment=")
        self.assertRegex(ran.stdout, r"\(Python 3\S+; python3 on the PATH, since 'environment' names no other\)\n")
        self.assertFalse(os.path.exists(self.out()))

    def test_config_prints_what_was_understood_and_can_be_run(self):
        ran = self.prs_mpi("config", "config.yaml", "--set", "run_max_try=5")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stdout, r"run_max_try: 5")
        with open(self.path("again.yaml"), "w") as stream:
            stream.write(ran.stdout)
        self.expect_status(self.mpirun(3, "again.yaml"), 0)
        self.assertEqual(len(self.rows()), 7)

    def test_try_runs_one_mini_batch_on_this_terminal(self):
        self.write_script("import sys\ndef run(mini_batch):\n    print('seen', len(mini_batch))\n    return mini_batch\n")
        ran = self.prs_mpi("try", "config.yaml", "--mini-batch", "3")
        self.expect_status(ran, 0)
        self.assertIn("seen 1", ran.stdout)
        self.assertIn("item00006", ran.stdout)
        self.assertFalse(os.path.exists(self.out("parallel_run_step.txt")))
        self.expect_status(self.prs_mpi("try", "config.yaml", "--mini-batch", "4"), 2)
        self.write_script("def run(mini_batch):\n    raise ValueError('look here')\n")
        ran = self.prs_mpi("try", "config.yaml")
        self.expect_status(ran, 1)
        self.assertIn("look here", ran.stderr)

    def test_arguments_after_two_dashes_reach_the_script(self):
        self.write_script("import sys\ndef run(mini_batch):\n    return [repr(sys.argv[1:])] * len(mini_batch)\n")
        self.expect_status(self.mpirun(3, "config.yaml", "--", "--flag", "", "a b"), 0)
        self.assertEqual(self.rows()[0], "['--flag', '', 'a b']")

    def test_a_v1_file_with_inputs_from_the_command_line(self):
        with open(self.path("v1.yaml"), "w") as stream:
            stream.write("parallel_run_config:\n  entry_script: entry.py\n  source_directory: scripts\n  mini_batch_size: '3'\n"
                         "  error_threshold: 0\n  output_action: append_row\n  node_count: 1\n  process_count_per_node: 2\n")
        ran = self.mpirun(3, "v1.yaml", "--input", "digits=data", "--output", "out", "--", "--x")
        self.expect_status(ran, 0)
        self.assertEqual(len(self.rows()), 7)


class Output(RunTest):
    """What verbs print is all there, or the exit status says that it is not."""

    def setUp(self):
        super().setUp()
        self.make_files(3)
        self.write_script(ECHO)
        self.write_config()

    def print_to(self, stdout, *words, sigpipe=signal.SIG_DFL):
        ran = subprocess.run([PROGRAM, *words], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=stdout,
                             stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGPIPE, sigpipe), restore_signals=False)
        return Ran(ran.returncode, "", ran.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full here")
    def test_a_disk_without_room_is_an_error_of_each_verb(self):
        self.expect_status(self.prs_mpi("config.yaml"), 0)
        for words in (["schema"], ["manual"], ["completion", "bash"], ["--help"], ["run", "--help"], ["--version"], ["check", "config.yaml"],
                      ["check", "config.yaml", "--json"], ["config", "config.yaml"], ["slurm", "config.yaml"], ["try", "config.yaml"],
                      ["status", "out"], ["status", "out", "--json"], ["report", "out"], ["report", "out", "--text"]):
            with self.subTest(words), open("/dev/full", "wb") as stdout:
                ran = self.print_to(stdout, *words)
                self.expect_status(ran, 3)
                self.assertEqual(ran.stderr.splitlines()[-1],
                                 "prs_mpi: cannot write: stdout: No space left on device; once that is mended, give the same command again")

    def test_where_nobody_reads_any_more_nothing_is_said(self):
        for sigpipe, status in ((signal.SIG_DFL, -signal.SIGPIPE), (signal.SIG_IGN, 0)):
            reading, writing = os.pipe()
            os.close(reading)
            ran = self.print_to(writing, "manual", sigpipe=sigpipe)
            os.close(writing)
            self.assertEqual((ran.status, ran.stderr), (status, ""))


class Host(RunTest):
    def test_environment_of_the_host(self):
        self.make_files(2)
        self.write_script("import json, os, sys\ndef run(mini_batch):\n    return [json.dumps(dict(os.environ, CWD=os.getcwd()))]\n")
        self.write_config(environment_variables={"MY_FLAG": "007", "OMP_NUM_THREADS": "3"})
        self.expect_status(self.mpirun(3), 0)
        import json

        for row in self.rows():
            seen = json.loads(row)
            self.assertEqual(seen["MY_FLAG"], "007")
            self.assertEqual(seen["OMP_NUM_THREADS"], "3")
            self.assertEqual(seen["PRS_WORKER_COUNT"], "2")
            self.assertEqual(seen["AZUREML_BI_OUTPUT_PATH"], self.out())
            self.assertIn(self.out(".prs", "working"), seen["CWD"])

    def test_entry_script_and_azureml_stand_ins(self):
        self.make_files(2)
        os.mkdir(self.path("model"))
        self.write_script(
            "from azureml_user.parallel_run import EntryScript\nfrom azureml.core.model import Model\nfrom azureml.core import Run\n"
            "def init():\n    global path\n    EntryScript().logger.info('hello from init')\n    path = Model.get_model_path('digits')\n"
            "    Run.get_context(allow_offline=True).log('n', 1)\n"
            "def run(mini_batch):\n    return [path] * len(mini_batch)\n"
        )
        self.write_config(workers=1, top={"models": {"digits": "model"}})  # of two, one might do both before the other is there
        self.expect_status(self.mpirun(2), 0)
        self.assertEqual(self.rows(), [self.path("model")] * 2)
        (log,) = glob.glob(self.out("logs", "user", "entry_script_log", "*", "*.log.txt"))
        self.assertIn("hello from init", self.read(log))

    def test_stdout_and_stderr_have_their_own_files(self):
        self.make_files(2)
        self.write_script("import sys, os\ndef run(mini_batch):\n    print('to stdout')\n    print('to stderr', file=sys.stderr)\n    os.write(1, b'raw\\n')\n    return mini_batch\n")
        self.write_config(workers=1)
        self.expect_status(self.mpirun(2), 0)
        (out,) = glob.glob(self.out("logs", "user", "stdout", "*", "process000.stdout.txt"))
        (err,) = glob.glob(self.out("logs", "user", "stderr", "*", "process000.stderr.txt"))
        self.assertIn("to stdout", self.read(out))
        self.assertIn("raw", self.read(out))
        self.assertIn("to stderr", self.read(err))


if __name__ == "__main__":
    main()
