"""The Python package prs: its arguments, what refuses them, its files, its stand-ins (rules 2.8, 2.9)."""

import ast
import glob
import json
import os

from python_door_testing import BEGIN, PACKAGE_FOLDER, DoorTest
from run_testing import main

# With the place of each argument and its default, as the class reference has them.
SIGNATURE = (
    "(environment, entry_script, error_threshold, output_action, compute_target, node_count, process_count_per_node=None, "
    "mini_batch_size=None, source_directory=None, description=None, logging_level='INFO', run_invocation_timeout=60, "
    "run_max_try=3, append_row_file_name=None, allowed_failed_count=None, allowed_failed_percent=None, partition_keys=None, "
    "environment_variables=None, **more)")
REFUSED = BEGIN + """
def refused(make):
    try:
        make()
    except ValueError as error:
        print(error)
"""


class PythonDoorKeys(DoorTest):
    def setUp(self):
        super().setUp()
        self.make_files(4)
        self.write_script("import sys\ndef run(mini_batch):\n    return [' '.join(sys.argv[1:])]\n")

    def test_the_arguments_are_those_of_the_class_reference(self):
        said = self.says("import inspect, sys\nimport prs\nprint(inspect.signature(prs.ParallelRunConfig))\n"
                         "print([name for name in sys.modules if name.startswith('azureml')])")
        self.assertEqual(said.splitlines(), [SIGNATURE, "[]"])

    def test_all_mistakes_come_at_once_in_the_programs_words(self):
        said = self.says(REFUSED + "refused(lambda: config(run_max_try=0, entry_script='none.py', run_max_tries=2, "
                         "partition_keys=['a']))").splitlines()
        self.assertEqual(len(said), 4, said)
        for text in ("run_max_try=0: run_max_try is '0'; allowed: an integer from 1", "entry_script is 'none.py', and there is no file '%s"
                     % self.path("scripts", "none.py"), "unknown key 'run_max_tries' in parallel_run_config; did you mean 'run_max_try'?",
                     "partition_keys and mini_batch_size are both given"):
            self.assertEqual(len([line for line in said if text in line]), 1, (text, said))
        self.assertNotIn("empty.yaml", "".join(said))

    def test_the_steps_mistakes_name_no_file_that_the_user_never_saw(self):
        said = self.says(REFUSED + "refused(step(output=None).run)\nrefused(step(inputs=['none']).run)\n"
                         "refused(step({'mini_batch_size': '1 MB'}).run)")
        self.assertIn("the step has no output; give output=FOLDER", said)
        self.assertIn("\ninput 'none': no file or folder '%s'" % self.path("none"), said)
        self.assertIn("mini_batch_size is '1 MB'; allowed: a number of files, without a unit", said)
        self.assertNotIn("/tmp/prs-", said.replace(self.folder, ""))

    def test_a_run_of_another_plan_says_what_differs(self):
        said = self.says(REFUSED + "step(arguments=['a']).run()\nrefused(step(arguments=['b']).run)")
        self.assertIn("holds a run of a different plan", said)
        self.assertIn("arguments: was [a], is [b]", said)

    def test_what_has_no_form_is_refused(self):
        ran = self.python(BEGIN + "config(environment=object())")
        self.assertRegex(ran.stderr, "TypeError: environment: <object object .*> has no form in a configuration")

    def test_what_is_no_path_is_refused_by_its_name(self):
        begin = BEGIN + "class Dataset:\n    def __repr__(self):\n        return 'a Dataset'\n"
        for what in ("inputs=[Dataset()]", "side_inputs=[Dataset()]", "output=Dataset()", "models={'a': Dataset()}"):
            self.assertIn("TypeError: a Dataset is no path; allowed: ", self.python(begin + "step(%s).run()" % what).stderr)
        self.assertIn("TypeError: parallel_run_config is None; allowed: ", self.python(BEGIN + "step(parallel_run_config=None)").stderr)
        self.assertIn("ConfigurationError: inputs is an empty list; allowed: ", self.python(BEGIN + "step(inputs=[]).run()").stderr)

    def test_a_changed_attribute_counts(self):
        said = self.says(BEGIN + "one = config()\none.mini_batch_size = 4\n"
                         "print(ParallelRunStep('x', one, ['data'], 'out').run(quiet=True).mini_batches)")
        self.assertEqual(said, "1")

    def test_what_is_saved_loads_to_an_equal_value(self):
        os.mkdir(self.path("else"))
        said = self.says(BEGIN + "one = config(init_timeout=7.5, environment_variables={'A': 'b c', 'É': '1'}, description='x: y # z')\n"
                         "one.save_to_yaml('else/saved.yaml')\ntwo = ParallelRunConfig.load_yaml(None, 'else/saved.yaml')\n"
                         "print(one == two, ParallelRunConfig.load_yaml('else/saved.yaml') == two, two.init_timeout, two.mini_batch_size, "
                         "two.allowed_failed_count, two.environment_variables)\ntwo.run_max_try = 4\nprint(one == two)")
        self.assertEqual(said.splitlines(), ["True True 7.5 1 None {'A': 'b c', 'É': '1'}", "False"])
        saved = self.read(self.path("else", "saved.yaml"))
        self.assertIn('source_directory: "../scripts"\n', saved)
        self.assertNotIn("allowed_failed_count", saved, "unset keys stay out")
        self.expect_status(self.prs_mpi("else/saved.yaml", "--input", "a=data", "--output", "by-hand"), 0)

    def test_a_file_of_the_cloud_loads(self):
        with open(self.path("cloud.yaml"), "w") as stream:
            stream.write("parallel_run_config:\n  entry_script: scripts/entry.py\n  error_threshold: 3\n  output_action: append_row\n"
                         "  compute_target_name: cpu\n  node_count: 2\n  environment: {name: e, version: 3}\n  unheard_of: 1\n")
        ran = self.python("import prs\none = prs.ParallelRunConfig.load_yaml(workspace=None, path='cloud.yaml')\n"
                          "print(one.node_count, one.compute_target, one.error_threshold, one.environment, one.run_max_try)")
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout, "2 cpu 3 None 3\n")
        for text in ("unheard_of", "environment"):
            self.assertRegex(ran.stderr, r"(?m)^\S+/program.py:2: UserWarning: cloud.yaml:.*" + text)
        ran = self.python(BEGIN + "config(environment={'name': 'e', 'version': 3})\n", package_folder=PACKAGE_FOLDER)
        self.assertRegex(ran.stderr, r"(?m)^\S+/program.py:6: UserWarning: environment=")

    def test_a_saved_step_is_a_configuration_file(self):
        self.says(BEGIN + "step({'mini_batch_size': 4}, arguments=['x']).save_to_yaml('step.yaml')")
        self.expect_status(self.prs_mpi("step.yaml"), 0)
        self.assertEqual(self.rows(), ["x"])

    def test_driver_arguments_are_taken_out(self):
        said = self.says(BEGIN + "s = step(arguments=['--error_threshold', '3', '--mine', 7, ''])\nprint(s.run().failed_items)")
        self.assertEqual(said, "0")
        self.assertEqual(self.rows(), ["--mine 7 "] * 4)
        file = glob.glob(self.out("step-*", "step.yaml"))[0]
        ran = self.prs_mpi("config", file, "--json")
        self.assertEqual(json.loads(ran.stdout)["parallel_run_config"]["error_threshold"], 3)

    def test_parameters_and_folders_of_the_cloud_have_stand_ins(self):
        said = self.says(REFUSED + "size = PipelineParameter('size', 4)\nwords = PipelineParameter('words', 'a b')\n"
                         "made = OutputFileDatasetConfig('made', destination='made/here').as_mount()\n"
                         "one = step({'mini_batch_size': size}, arguments=[words, made], output=OutputFileDatasetConfig(destination='out'))\n"
                         "print(one.run().mini_batches)\n"
                         "print(one.run(overwrite=True, pipeline_parameters={'size': 1, 'words': 'c'}).mini_batches)\n"
                         "refused(lambda: one.run(pipeline_parameters={'sice': 1}))")
        self.assertEqual(said.splitlines()[:2], ["1", "4"])
        self.assertIn("pipeline_parameters names 'sice', and the step has no such PipelineParameter; it has: size, words", said)
        self.assertEqual(self.rows(), ["c " + self.path("made", "here")] * 4)
        self.assertTrue(os.path.isdir(self.path("made", "here")))

    def test_the_output_of_a_step_is_the_input_of_the_next(self):
        said = self.says(BEGIN + "first = OutputFileDatasetConfig('rows', destination='first')\nstep(output=first).run()\n"
                         "print(step(inputs=[{'name': 'rows', 'path': 'first/parallel_run_step.txt'}]).run().succeeded_items)")
        self.assertEqual(said, "1")

    def test_what_has_no_meaning_is_refused_by_name(self):
        for name in ("Workspace", "Environment", "Dataset", "AmlCompute", "Pipeline"):
            ran = self.python("from prs import " + name)
            self.assertRegex(ran.stderr, r"ImportError: %s has no meaning here: \w+" % name)
        self.assertIn("cannot import name 'Nothing'", self.python("from prs import Nothing").stderr)


class PythonDoorPlaces(DoorTest):
    def test_the_scripts_own_module_of_that_name_is_not_disturbed(self):
        self.make_files(1)
        self.write_script("ours = 'the user\\'s'\n", "prs.py")
        self.write_script("import prs\ndef run(mini_batch):\n    return [prs.ours]\n")
        self.says(BEGIN + "step().run()")
        self.assertEqual(self.rows(), ["the user's"])

    def test_a_run_in_a_thread_completes(self):
        self.make_files(2)
        self.write_script("def run(mini_batch):\n    return [1]\n")
        self.assertEqual(self.says(BEGIN + "import threading\nthread = threading.Thread(target=lambda: print(step().run().rows))\n"
                                   "thread.start()\nthread.join()"), "2")

    def test_a_failed_run_raises_with_the_last_line_and_has_its_result(self):
        self.make_files(2)
        self.write_script("def run(mini_batch):\n    raise ValueError('too bad')\n")
        said = self.says(BEGIN + "try:\n    step(dict(run_max_try=1)).run()\nexcept RunFailed as failure:\n"
                         "    print(failure)\n    print(failure.result.exit_status, failure.result.failed_items, failure.result.output_file)")
        self.assertRegex(said, r"^prs_mpi: failed: not one item succeeded.*; see \S+/job_error.txt\n1 2 None$")

    def test_names_that_are_not_utf8_and_names_with_marks_arrive(self):
        os.mkdir(self.path("scripts", "s"))
        names = [b"a \xff.txt", "ü: 'x' # \"y\" \\n \x85.txt".encode()]
        for name in names:
            os.makedirs(os.path.join(os.fsencode(self.path("d")), name))
            open(os.path.join(os.fsencode(self.path("d")), name, b"item"), "w").close()
        self.write_script("import os\ndef run(mini_batch):\n    return [repr(os.fsencode(os.path.dirname(p))) for p in mini_batch]\n")
        self.says(BEGIN + "import os\nstep(inputs=[os.path.join(b'd', name) for name in %r]).run()" % (names,))
        self.assertEqual([os.path.basename(ast.literal_eval(row)) for row in self.rows()], names)

    def test_the_sources_are_python_3_8(self):
        files = glob.glob(os.path.join(PACKAGE_FOLDER, "prs", "*.py"))
        self.assertGreater(len(files), 5)
        for file in files:
            ast.parse(self.read(file), file, feature_version=(3, 8))
        self.assertEqual(sorted(os.listdir(PACKAGE_FOLDER)), ["prs"], "nothing else comes onto the import path")


if __name__ == "__main__":
    main()
