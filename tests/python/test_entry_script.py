"""EntryScript, logging, MiniBatch and Context (rules 4.2, 4.6), each in an interpreter of its own."""

import os
import pickle
import unittest

from host_python import ScriptProcess

import prs_entry

LOG = ("logs", "user", "entry_script_log", "node0", "process001.log.txt")


class EntryScriptTest(unittest.TestCase):
    def test_it_is_a_singleton_that_knows_its_folders(self):
        script = ScriptProcess(self)
        found = script.run("""
            from azureml_user.parallel_run import EntryScript
            from entry_script import EntryScript as Older
            import os
            it = EntryScript()
            assert it is Older() and it is EntryScript() and it.logger is it.logger
            assert all(os.path.isdir(folder) for folder in (it.log_dir, it.output_dir, it.working_dir, it.dir))
            print(it.log_dir, it.output_dir, it.agent_name, it.working_dir, it.dir, sep="|")
            """).split("|")
        run = script.run_folder
        self.assertEqual(
            found, [os.path.join(run, "logs", "user"), run, "process001", os.path.join(run, "work"), script.scripts]
        )

    def test_a_users_own_module_named_entry_script_wins(self):
        script = ScriptProcess(self, {"entry_script.py": "MINE = 7\n"})
        self.assertEqual(script.run("import entry_script; print(entry_script.MINE)"), "7")

    def test_a_script_that_is_itself_named_entry_script_finds_ours(self):
        script = ScriptProcess(
            self, {"entry_script.py": "from entry_script import EntryScript\nAGENT = EntryScript().agent_name\n"}
        )
        script.setup["entry_script"] = os.path.join(script.scripts, "entry_script.py")
        self.assertEqual(
            script.run("""
            import runpy
            print(runpy.run_path(setup["entry_script"])["AGENT"])
            """),
            "process001",
        )

    def test_files_of_the_users_that_are_named_like_standard_modules_do_no_harm(self):
        names = "json csv logging shutil types io re datetime pkgutil fcntl errno typing itertools collections".split()
        script = ScriptProcess(self, {name + ".py": "raise RuntimeError('the user\\'s own file')\n" for name in names})
        self.assertEqual(
            script.run("""
            from azureml_user.parallel_run import EntryScript
            from azureml.core import Run, Model, Dataset
            EntryScript().logger.warning("fine")
            run = Run.get_context()
            run.log("a", 1)
            run.upload_file("outputs/x", __file__)
            print(Model.register(None, __file__, "m").download(setup["working_folder"]) != "")
            """),
            "True",
        )

    def test_the_module_runs_in_spawned_processes_too(self):
        script = ScriptProcess(
            self,
            {"main.py": """
            from azureml_user.parallel_run import EntryScript
            from azureml.core import Run

            def work(batch):
                EntryScript().logger.info("in a child")
                return "%s %s %s" % (EntryScript().agent_name, batch.task_id, Run.get_context().id)
            """},
        )
        self.assertEqual(
            script.run(
                """
            import multiprocessing, main
            if __name__ == "__main__":
                batch = prs_entry.MiniBatch(["a"])
                batch.task_id = "12"
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    print(pool.map(main.work, [batch])[0])
            """,
                AZUREML_RUN_ID="run-9",
            ),
            "process001 12 run-9",
        )
        self.assertIn("INFO in a child", script.read(*LOG))


class LoggingTest(unittest.TestCase):
    def test_the_logger_writes_time_level_and_message_to_the_log_file(self):
        script = ScriptProcess(self)
        script.run("""
            from azureml_user.parallel_run import EntryScript
            EntryScript().logger.info("loaded %s", "\\u00e9\\udcff")
            EntryScript().logger.debug("too fine")
            """)
        self.assertRegex(script.read(*LOG), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO loaded é\\udcff\n$")
        self.assertEqual(script.errors, "")

    def test_the_file_is_made_with_the_first_line_only(self):
        script = ScriptProcess(self)
        script.run("from azureml_user.parallel_run import EntryScript; EntryScript().logger")
        self.assertFalse(os.path.exists(os.path.join(script.run_folder, *LOG)))

    def test_the_level_is_the_runs_for_root_and_entry_script(self):
        for level, expected in (
            ("WARNING", ["WARNING"]),
            ("info", ["INFO", "WARNING"]),
            ("Debug", ["DEBUG", "INFO", "WARNING"]),
        ):
            script = ScriptProcess(self, logging_level=level)
            script.run("""
                import logging
                from azureml_user.parallel_run import EntryScript
                for logger in (logging.getLogger("mine"), EntryScript().logger):
                    logger.debug("D"), logger.info("I"), logger.warning("W")
                """)
            self.assertEqual([line.split()[2] for line in script.errors.splitlines()], expected)
            self.assertEqual([line.split()[2] for line in script.read(*LOG).splitlines()], expected)

    def test_info_through_the_logging_module_reaches_stderr(self):
        script = ScriptProcess(self)
        script.run("import logging; logging.info('seen'); logging.debug('unseen')")
        self.assertIn("seen", script.errors)
        self.assertNotIn("unseen", script.errors)

    def test_a_script_may_configure_logging_as_ever(self):
        script = ScriptProcess(self)
        script.run("""
            import logging, logging.config
            logging.basicConfig(format="MINE %(message)s")
            logging.getLogger("x").info("first")
            logging.config.dictConfig({"version": 1, "root": {"level": "ERROR"}})
            from azureml_user.parallel_run import EntryScript
            EntryScript().logger.info("still here")
            """)
        self.assertEqual(script.errors, "MINE first\n")
        self.assertIn("still here", script.read(*LOG))

    def test_closing_descriptors_does_not_stop_the_log(self):
        script = ScriptProcess(self)
        script.run("""
            import os
            from azureml_user.parallel_run import EntryScript
            logger = EntryScript().logger
            logger.info("one")
            os.closerange(3, 51)
            logger.info("two")
            os.closerange(3, 1024)
            logger.info("three")
            """)
        self.assertEqual([line.split()[-1] for line in script.read(*LOG).splitlines()], ["one", "two", "three"])

    def test_in_the_foreground_the_logger_writes_to_the_terminal(self):
        script = ScriptProcess(self, is_foreground=True)
        script.run("from azureml_user.parallel_run import EntryScript; EntryScript().logger.info('on the terminal')")
        self.assertRegex(script.errors, r" INFO on the terminal\n$")
        self.assertFalse(os.path.exists(os.path.join(script.run_folder, *LOG)))

    def test_without_a_log_file_the_logger_writes_to_stderr(self):
        script = ScriptProcess(self, entry_script_log_file="")
        script.run("from azureml_user.parallel_run import EntryScript; EntryScript().logger.info('on the terminal')")
        self.assertIn("on the terminal", script.errors)


class MiniBatchTest(unittest.TestCase):
    def test_a_mini_batch_is_a_list_with_a_task_id(self):
        batch = prs_entry.MiniBatch(["/a", "/b"])
        batch.task_id = "17"
        self.assertIsInstance(batch, list)
        self.assertEqual((batch, batch.task_id, len(batch)), (["/a", "/b"], "17", 2))
        copy = pickle.loads(pickle.dumps(batch))
        self.assertEqual((copy, copy.task_id), (batch, "17"))

    def test_a_context_has_the_members_that_scripts_ask_for(self):
        context = prs_entry.Context(3, {"state": "WA"}, 1, 40, ["/a"])
        self.assertEqual(
            (
                context.minibatch_index,
                context.partition_key_value,
                context.retry_count,
                context.global_row_index_lower_bound,
                context.dataset,
            ),
            (3, {"state": "WA"}, 1, 40, ["/a"]),
        )
        self.assertIn("minibatch_index=3", repr(context))


if __name__ == "__main__":
    unittest.main()
