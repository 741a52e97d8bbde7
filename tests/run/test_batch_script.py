"""Rule 9.3, `prs_mpi slurm`: what it writes, what it refuses, and what the script does. Slurm's commands are stand-ins here."""

import os
import shutil
import signal
import subprocess

from run_testing import PROGRAM, RunTest, main

ECHO = "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"

# Notes the words and the places that it is given; ends with the status in its file, or with 75 after SIGUSR1.
LAUNCHER = """#!/bin/bash
trap 'echo warned >>{folder}/warned; exit 75' USR1
[[ -z ${{SLURM_HOSTFILE:-}} ]] || cp "$SLURM_HOSTFILE" {folder}/places
printf '%s\\0' "$PWD" "$PRS_LAUNCHER_ID" "$@" >{folder}/words.new
mv {folder}/words.new {folder}/words
while [[ -e {folder}/hold-launcher ]]; do sleep 0.02; done
exit "$(cat {folder}/status)"
"""
SCONTROL = """#!/bin/bash
case $1 in
  show) printf '%s\\n' n1 n2 ;;
  requeue) echo "$2" >>{folder}/put-back ;;
esac
"""
SQUEUE = "#!/bin/bash\ncat {folder}/state\n"
SBATCH = """#!/bin/bash
[[ ! -e {folder}/no-sbatch ]] || exit 1
printf '%s\\0' "$@" >{folder}/submitted
echo 8
"""


class BatchScriptTest(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(6)
        self.write_script(ECHO)
        self.write_config(node_count=2)
        os.mkdir(self.path("bin"))
        for name, text in (("srun", LAUNCHER), ("mpirun", LAUNCHER), ("scontrol", SCONTROL), ("squeue", SQUEUE), ("sbatch", SBATCH)):
            with open(self.path("bin", name), "w") as stream:
                stream.write(text.format(folder=self.folder))
            os.chmod(self.path("bin", name), 0o755)
        self.note("status", "0")
        self.note("state", "RUNNING")

    def note(self, name, text):
        with open(self.path(name), "w") as stream:
            stream.write(text + "\n")

    def slurm(self, *words, config="config.yaml"):
        ran = self.prs_mpi("slurm", config, *words)
        self.expect_status(ran, 0)
        with open(self.path("job.sbatch"), "w") as stream:
            stream.write(ran.stdout)
        return ran

    def start_job(self, *words, script="job.sbatch", restarts=0, **more):
        return self.start(["bash", script] + list(words), {
            "PATH": self.path("bin") + os.pathsep + os.environ["PATH"],
            "SLURM_JOB_ID": "7", "SLURM_CLUSTER_NAME": "stand-in", "SLURM_NNODES": "2", "SLURM_NTASKS_PER_NODE": "2",
            "SLURM_JOB_NODELIST": "n[1-2]", "SLURM_RESTART_COUNT": str(restarts), **more})

    def job(self, *words, **options):
        return self.finish(self.start_job(*words, **options))

    def words(self):
        """Folder, launcher's id, and the words that the launcher was given."""
        return self.read(self.path("words")).split("\0")[:-1]

    def times_put_back(self):
        path = self.path("put-back")
        return len(self.read(path).splitlines()) if os.path.exists(path) else 0


class Writes(BatchScriptTest):
    def test_the_script_asks_for_what_the_configuration_says(self):
        self.write_config(node_count=4, workers=3, gpus_per_node=3, compute_target="gpu", grace_period=100,
                          environment_variables={"OMP_NUM_THREADS": "5"})
        lines = self.slurm("--time", "2:00:00").stdout.splitlines()
        for line in ("--job-name=test", "--partition=gpu", "--nodes=4", "--ntasks-per-node=3", "--cpus-per-task=5",
                     "--gpus-per-node=3", "--time=2:00:00", "--signal=B:USR1@190", "--requeue",
                     "--open-mode=append"):
            self.assertIn("#SBATCH " + line, lines)

    def test_the_least_that_can_be_said(self):
        self.write_config(node_count=1, workers=2)
        ran = self.slurm("--cpus-per-task", "4")
        lines = ran.stdout.splitlines()
        self.assertIn("#SBATCH --cpus-per-task=4", lines)
        self.assertIn("##SBATCH --partition=NAME", lines)
        self.assertIn("##SBATCH --time=04:00:00", lines)
        self.assertIn("6 mini-batches of test, on 1 machine", ran.stderr.splitlines()[-1])

    def test_counts_that_are_left_out_are_those_of_rule_1_1_and_named(self):
        self.write_config(workers=None, node_count=None, mini_batch_size=6)
        ran = self.slurm()
        self.assertIn("#SBATCH --nodes=1\n", ran.stdout)
        self.assertRegex(ran.stdout, r"#SBATCH --ntasks-per-node=\d+\n")
        self.assertIn("process_count_per_node is not set", ran.stderr)
        self.assertIn("node_count is not set", ran.stderr)

    def test_doubts_are_named_and_the_script_is_written(self):
        self.write_config(node_count=2, workers=4, gpus_per_node=2)
        ran = self.slurm()
        self.assertIn("gpus_per_node is 2 and process_count_per_node 4", ran.stderr)
        self.assertIn("fewer mini-batches (6) than script processes (8)", ran.stderr)
        self.assertIn("use a shared folder", ran.stderr)
        self.write_config(node_count=2, workers=2, gpus_per_node=2)
        ran = self.slurm()
        self.assertNotIn("gpus_per_node", ran.stderr)
        self.assertNotIn("fewer", ran.stderr)

    def test_it_is_laid_out_so_that_shellcheck_is_content(self):
        for launcher in ("srun", "mpirun"):
            self.slurm("--launcher", launcher, "--set", "description=it's one", "--", "a b", "")
            self.assertEqual(subprocess.run(["bash", "-n", "job.sbatch"], cwd=self.folder).returncode, 0)
            if shutil.which("shellcheck"):
                said = subprocess.run(["shellcheck", "job.sbatch"], cwd=self.folder, stdout=subprocess.PIPE, text=True)
                self.assertEqual(said.returncode, 0, said.stdout)


class Refuses(BatchScriptTest):
    def expect_refused(self, expected, *words):
        ran = self.prs_mpi("slurm", "config.yaml", *words)
        self.expect_status(ran, 2)
        self.assertIn(expected, ran.stderr)
        self.assertEqual(ran.stdout, "")

    def test_what_a_run_would_refuse(self):
        os.unlink(self.path("scripts", "entry.py"))
        self.expect_refused(self.path("scripts", "entry.py"))
        self.write_script(ECHO)
        shutil.rmtree(self.path("data"))
        self.expect_refused(self.path("data"))
        self.make_files(1)
        self.write_config(node_count=0)
        self.expect_refused("node_count")

    def test_a_name_that_no_partition_has(self):
        self.write_config(compute_target="my cluster\n#SBATCH --exclusive")
        self.expect_refused("cannot be a Slurm partition")

    def test_options_that_sbatch_would_not_take(self):
        self.expect_refused("'4h' is not allowed; allowed: 90 (minutes)", "--time", "4h")
        self.expect_refused("--cpus-per-task", "--cpus-per-task", "0")
        self.expect_refused("--launcher", "--launcher", "ssh")


class Job(BatchScriptTest):
    """The script, with the launcher and Slurm's commands replaced."""

    def test_srun_gets_one_place_for_each_rank_machine_by_machine(self):
        self.slurm()
        self.expect_status(self.job(), 0)
        folder, launcher_id, *words = self.words()
        self.assertEqual(launcher_id, "stand-in/7")
        self.assertIn("--ntasks=5", words)
        self.assertEqual(words[-2:], [PROGRAM, self.path("config.yaml")])
        self.assertEqual(self.read(self.path("places")).split(), ["n1"] * 3 + ["n2"] * 2)

    def test_mpirun_gets_the_same_places(self):
        self.slurm("--launcher", "mpirun")
        self.expect_status(self.job(), 0)
        words = self.words()[2:]
        self.assertEqual(words[:4], ["-n", "5", "--host", "n1:3,n2:2"])
        self.assertEqual(words[-2:], [PROGRAM, self.path("config.yaml")])

    def test_the_command_line_arrives_as_it_was_typed_and_sbatch_may_add_to_it(self):
        self.slurm("--set", "name=a 'b' $c", "--output", "else where", "--", "--x", "", "a b")
        os.mkdir(self.path("elsewhere"))
        job = self.start(["bash", "-c", 'cd elsewhere && exec bash ../job.sbatch "$@"', "bash", "--overwrite"], {
            "PATH": self.path("bin") + os.pathsep + os.environ["PATH"], "SLURM_JOB_ID": "7", "SLURM_NNODES": "1",
            "SLURM_NTASKS_PER_NODE": "2", "SLURM_JOB_NODELIST": "n1"})
        self.expect_status(self.finish(job), 0)
        words = self.words()
        self.assertEqual(words[0], self.folder)
        self.assertEqual(words[words.index(PROGRAM) + 1:], [
            self.path("config.yaml"), "--set", "name=a 'b' $c", "--output", "else where", "--overwrite", "--", "--x", "", "a b"])

    def test_what_can_go_on_is_put_back(self):
        self.slurm()
        for count, status in enumerate(("75", "3", "137"), start=1):
            self.note("status", status)
            ran = self.job()
            self.expect_status(ran, 0)
            self.assertEqual(self.times_put_back(), count)
            self.assertIn("exit status %s, back into the queue (restart 1 of at most 20)" % status, ran.stderr)

    def test_what_is_final_is_not(self):
        self.slurm()
        for status in (0, 1, 2):
            self.note("status", str(status))
            self.expect_status(self.job(), status)
        self.assertEqual(self.times_put_back(), 0)

    def test_being_put_back_has_an_end(self):
        self.slurm()
        self.note("status", "75")
        self.expect_status(self.job(restarts=19), 0)
        self.assertEqual(self.times_put_back(), 1)
        self.expect_status(self.job(restarts=20), 75)
        self.assertEqual(self.times_put_back(), 1)

    def test_a_cancelled_job_stays_stopped(self):
        self.slurm()
        self.note("status", "75")
        self.note("state", "COMPLETING")
        self.expect_status(self.job(), 75)
        self.assertEqual(self.times_put_back(), 0)

    def test_a_warning_reaches_the_launcher_and_the_job_is_put_back(self):
        self.slurm()
        self.hold("launcher")
        job = self.start_job()
        self.wait_until(lambda: os.path.exists(self.path("words")), "the launcher's start")
        job.send_signal(signal.SIGUSR1)
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.read(self.path("warned")), "warned\n")
        self.assertEqual(self.times_put_back(), 1)

    def test_the_launchers_end_is_waited_for_after_slurms_own_signal(self):
        self.slurm()
        self.note("status", "1")  # final, but for the signal
        self.hold("launcher")
        job = self.start_job()
        self.wait_until(lambda: os.path.exists(self.path("words")), "the launcher's start")
        job.send_signal(signal.SIGTERM)
        self.let_go("launcher")
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.times_put_back(), 1)
        self.assertFalse(os.path.exists(self.path("warned")))


class Array(BatchScriptTest):
    """`--array`: a task for each slice, and one that joins them (rule 7.7)."""

    def setUp(self):
        super().setUp()
        self.slurm("--array", "3", "--set", "run_max_try=2", "--", "--x")

    def task(self, number, *words, **options):
        return self.job(*words, SLURM_ARRAY_JOB_ID="7", SLURM_ARRAY_TASK_ID=str(number), SLURM_ARRAY_TASK_MIN="2" if number else "0",
                        SLURM_JOB_PARTITION="long", SLURM_JOB_ACCOUNT="", **options)

    def program_words(self):
        words = self.words()
        return words[words.index(PROGRAM) + 1:]

    def test_it_is_asked_for_and_laid_out_so_that_shellcheck_is_content(self):
        lines = self.read(self.path("job.sbatch")).splitlines()
        for line in ("--array=1-3", "--output=%x-%A_%a.log"):
            self.assertIn("#SBATCH " + line, lines)
        if shutil.which("shellcheck"):
            said = subprocess.run(["shellcheck", "job.sbatch"], cwd=self.folder, stdout=subprocess.PIPE, text=True)
            self.assertEqual(said.returncode, 0, said.stdout)

    def test_a_task_runs_its_slice(self):
        self.expect_status(self.task(3, "--retry-failed"), 0)
        self.assertEqual(self.program_words(), [self.path("config.yaml"), "--set", "run_max_try=2", "--slice", "3/3", "--retry-failed", "--", "--x"])
        self.assertFalse(os.path.exists(self.path("submitted")), "the join is the first task's to submit")

    def test_task_0_joins_the_slices(self):
        self.expect_status(self.task(0), 0)
        self.assertEqual(self.program_words(), ["join", self.path("config.yaml"), "--set", "run_max_try=2", "--slices", "3", "--", "--x"])
        self.assertFalse(os.path.exists(self.path("submitted")))

    def test_the_first_task_submits_the_join_once(self):
        self.expect_status(self.task(2, restarts=1), 0)
        self.assertFalse(os.path.exists(self.path("submitted")))
        self.expect_status(self.task(2), 0)
        self.assertEqual(self.read(self.path("submitted")).split("\0")[:-1], [
            "--parsable", "--array=0", "--nodes=1", "--dependency=afterok:7", "--kill-on-invalid-dep=yes", "--partition=long", "job.sbatch"])

    def test_where_it_cannot_the_log_has_the_command(self):
        self.note("no-sbatch", "")
        ran = self.task(2)
        self.expect_status(ran, 0)
        self.assertIn("do it yourself: sbatch --array=0 --nodes=1 --dependency=afterok:7 --kill-on-invalid-dep=yes THIS_FILE", ran.stderr)

    def test_one_task_is_put_back_not_the_array(self):
        self.note("status", "75")
        self.expect_status(self.task(3), 0)
        self.assertEqual(self.read(self.path("put-back")), "7_3\n")

    def test_by_hand_it_says_what_it_is(self):
        ran = self.job()
        self.assertNotEqual(ran.status, 0)
        self.assertIn("submit it with sbatch", ran.stderr)


if __name__ == "__main__":
    main()
