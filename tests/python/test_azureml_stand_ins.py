"""The stand-ins for azureml.core where none is installed (rule 4.6), each in an interpreter of its own."""

import json
import os
import subprocess
import unittest

from host_python import ScriptProcess


class RunTest(unittest.TestCase):
    def test_a_context_of_the_usual_form_works(self):
        script = ScriptProcess(self)
        self.assertEqual(
            script.run(
                """
            from azureml.core import Run, Workspace, Experiment, Model
            from azureml.core.run import Run as R
            from azureml.core.workspace import Workspace as W
            from azureml.core.experiment import Experiment as E
            from azureml.core.model import Model as M
            import azureml.core.run
            assert (Run, Workspace, Experiment, Model) == (R, W, E, M)
            assert (R, E) == (azureml.core.run.Run, azureml.core.Experiment)
            run = Run.get_context(allow_offline=True)
            assert run is Run.get_context() and isinstance(run.experiment.workspace, Workspace)
            print(run.id, run.experiment.name, run.experiment.workspace.name)
            """,
                AZUREML_RUN_ID="job-4",
            ),
            "job-4 run local",
        )

    def test_metrics_are_lines_in_the_run_folder(self):
        script = ScriptProcess(self)
        self.assertEqual(
            script.run("""
            from azureml.core import Run
            run = Run.get_context()
            run.log("loss", 0.5, step=3)
            run.log("loss", value=0.25, description="later")
            run.log_list("scores", (1, 2))
            run.log_row("point", x=1, y=[2])
            run.log_table("table", {"a": [1]})
            run.flush(); run.complete()
            print(run.get_metrics()["loss"], run.get_metrics("scores"))
            """),
            "[0.5, 0.25] {'scores': [1, 2]}",
        )
        found = [
            json.loads(line)
            for line in script.read("logs", "user", "metrics", "node0", "process001.jsonl").splitlines()
        ]
        self.assertEqual(
            [(line["type"], line["name"], line["value"]) for line in found],
            [
                ("value", "loss", 0.5),
                ("value", "loss", 0.25),
                ("list", "scores", [1, 2]),
                ("row", "point", {"x": 1, "y": [2]}),
                ("table", "table", {"a": [1]}),
            ],
        )
        self.assertEqual((found[0]["step"], found[1]["description"]), (3, "later"))

    def test_uploads_and_images_stay_in_the_run_folder(self):
        script = ScriptProcess(self, {"data/a.txt": "A\n", "data/deep/b.txt": "B\n"})
        script.run("""
            import io, os
            from azureml.core import Run
            run = Run.get_context()
            data = os.path.join(setup["import_folder"], "data")
            run.upload_file("outputs/a.txt", data + "/a.txt")
            run.upload_file("s.txt", io.BytesIO(b"stream"))
            run.upload_folder("all", data)
            run.log_image("a/b", path=data + "/a.txt")
            names = ["a.txt", "all/a.txt", "all/deep/b.txt", "s.txt"]
            assert run.get_file_names() == ["outputs/" + name for name in names]
            run.download_file("outputs/s.txt", data + "/back.txt")
            assert open(data + "/back.txt").read() == "stream"
            for name in ("../x", "/etc/x", "outputs/../../x"):
                try: run.upload_file(name, data + "/a.txt")
                except ValueError as error: assert name[-4:] in str(error)
                else: raise AssertionError(name)
            """)
        self.assertEqual(script.read("outputs", "all", "deep", "b.txt"), "B\n")
        images = os.path.join(script.run_folder, "logs", "user", "metrics", "node0", "process001_images")
        self.assertEqual(os.listdir(images), ["000001_a_b.txt"])

    def test_any_other_member_can_be_imported_and_is_named_when_used(self):
        script = ScriptProcess(self)
        lines = script.run("""
            import typing
            from azureml.core import Dataset, Datastore, Run, Model, Workspace
            from azureml.data.dataset_factory import FileDatasetFactory
            import azureml.data.deep.er as deeper
            import azureml.train
            from azureml.core import compute
            from azureml.exceptions import UserErrorException
            from azureml.core.model import InferenceConfig

            def annotated(data: Dataset, more: typing.Optional[Datastore] = None): pass
            try: raise KeyError("mine")
            except UserErrorException: raise AssertionError
            except KeyError: pass
            assert not isinstance(3, Dataset) and Dataset and not hasattr(Model, "deploy") and not hasattr(Run, "get")
            run = Run.get_context()
            workspace = Workspace.from_config()
            uses = {
                "azureml.core.Dataset.get_by_name": lambda: Dataset.get_by_name(None, "x"),
                "azureml.core.Dataset": lambda: Dataset(),
                "azureml.data.dataset_factory.FileDatasetFactory": lambda: FileDatasetFactory(),
                "azureml.data.deep.er.anything": lambda: deeper.anything(),
                "azureml.train.hyperdrive": lambda: azureml.train.hyperdrive.x,
                "azureml.core.compute.AmlCompute": lambda: compute.AmlCompute,
                "azureml.exceptions.UserErrorException": lambda: UserErrorException("x"),
                "azureml.core.model.InferenceConfig": lambda: type("Mine", (), {}) and list(InferenceConfig),
                "azureml.core.model.Model.deploy": lambda: Model.deploy(),
                "azureml.core.run.Run.submit_child": lambda: run.submit_child(),
                "azureml.core.workspace.Workspace.get_default_datastore": lambda: workspace.get_default_datastore(),
            }
            for name, use in uses.items():
                try: use()
                except NotImplementedError as error: print(name in str(error), "prs_mpi" in str(error))
                else: print("no error from", name)
            try:
                class Mine(Dataset): pass
            except NotImplementedError as error: print("azureml.core.Dataset" in str(error), True)
            """).splitlines()
        self.assertEqual(lines, ["True True"] * 12)


class ModelTest(unittest.TestCase):
    def script(self):
        script = ScriptProcess(self, {"weights/model.bin": "W", "weights/deep/x.bin": "X", "one.bin": "1"})
        script.setup["models"] = {
            "digits": {"path": os.path.join(script.scripts, "one.bin"), "version": "3", "tags": {"kind": "tree"}},
            "net": {"path": os.path.join(script.scripts, "weights"), "version": None, "tags": None},
        }
        return script

    def test_models_of_the_configuration_are_found(self):
        script = self.script()
        self.assertEqual(
            script.run("""
            from azureml.core import Model, Run
            workspace = Run.get_context().experiment.workspace
            print(Model.get_model_path("digits"),
                  Model.get_model_path(model_name="net", version=1, _workspace=workspace))
            model = Model(workspace, name="digits", version=3)
            print(model.name, model.version, model.tags, model.id, Model(workspace, id="digits:3").name)
            print([m.name for m in Model.list(workspace)], len(Model.list(workspace, name="digits")),
                  [m.name for m in Model.list(workspace, tags=["kind"])],
                  len(Model.list(workspace, tags=[["kind", "none"]])))
            print(sorted(workspace.models))
            """).splitlines(),
            [
                "%s/one.bin %s/weights" % (script.scripts, script.scripts),
                "digits 3 {'kind': 'tree'} digits:3 digits",
                "['digits', 'net'] 1 ['digits'] 0",
                "['digits', 'net']",
            ],
        )

    def test_an_unknown_model_is_an_error_that_says_where_to_add_it(self):
        script = self.script()
        lines = script.run("""
            from azureml.core import Model
            for use in (lambda: Model.get_model_path("digit"), lambda: Model(None, "other"),
                        lambda: Model.get_model_path("digits", 7)):
                try: use()
                except LookupError as error: print(error)
            """).splitlines()
        self.assertIn("no model 'digit' in this run; known: digits, net. Add it to `models:`", lines[0])
        self.assertIn("no model 'other'", lines[1])
        self.assertIn("version 7", lines[2])
        self.assertIn("known versions: 3", lines[2])

    def test_a_path_with_nothing_there_is_named(self):
        script = self.script()
        script.setup["models"] = {"gone": {"path": "/nowhere/model", "version": "1", "tags": {}}}
        self.assertIn(
            "/nowhere/model",
            script.run("""
            from azureml.core import Model
            try: Model.get_model_path("gone")
            except LookupError as error: print(error)
            """),
        )

    def test_a_download_copies_files_and_folders(self):
        script = self.script()
        self.assertEqual(
            script.run("""
            import os
            from azureml.core import Model
            target = os.path.join(setup["working_folder"], "models")
            print(open(Model(None, "digits").download(target_dir=target)).read())
            net = Model(None, "net").download(target_dir=target, exist_ok=True)
            print(open(os.path.join(net, "deep", "x.bin")).read(), net == os.path.join(target, "weights"))
            Model(None, "net").download(target_dir=target, exist_ok=True)
            try: Model(None, "net").download(target_dir=target)
            except FileExistsError as error: print("exist_ok" in str(error))
            print(sorted(os.listdir(target)), sorted(os.listdir(net)))
            """).splitlines(),
            ["1", "X True", "True", "['one.bin', 'weights'] ['deep', 'model.bin']"],
        )

    def test_registered_models_are_kept_in_the_run_folder_and_seen_by_others(self):
        script = self.script()
        self.assertEqual(
            script.run("""
            import os
            from azureml.core import Model, Run
            weights = os.path.join(setup["import_folder"], "weights")
            first = Model.register(workspace=None, model_path=weights, model_name="fit", tags={"a": 1}, description="d")
            second = Run.get_context().register_model("fit", weights + "/model.bin", tags=["b"])
            third = Model.register(None, weights + "/model.bin", "digits")
            print(first.version, second.version, third.version)
            """),
            "1 2 4",
        )
        self.assertEqual(
            script.run("""
            from azureml.core import Model
            newest = Model.list(None, name="fit", latest=True)
            print(open(Model.get_model_path("fit")).read(), Model(None, "fit", version=1).tags,
                  Model(None, "fit").version,
                  [m.version for m in Model.list(None, name="fit")], [m.version for m in newest])
            print(open(Model.get_model_path("fit", 1) + "/deep/x.bin").read())
            """).splitlines(),
            ["W {'a': 1} 2 [1, 2] [2]", "X"],
        )
        self.assertEqual(sorted(os.listdir(os.path.join(script.run_folder, "models", "fit"))), ["1", "2"])

    def test_workers_that_register_at_once_get_versions_of_their_own(self):
        script = self.script()
        lines = script.run("""
            import os
            from azureml.core import Model
            start = os.pipe()
            for _ in range(4):
                if os.fork() == 0:
                    os.close(start[1])
                    os.read(start[0], 1)
                    for _ in range(10):
                        version = Model.register(None, setup["import_folder"] + "/one.bin", "shared").version
                        os.write(1, b"%d\\n" % version)
                    os._exit(0)
            os.close(start[1])
            for _ in range(4):
                assert os.wait()[1] == 0
            """).split()
        self.assertEqual(sorted(map(int, lines)), list(range(1, 41)))

    def test_names_that_are_no_names_are_refused(self):
        self.assertEqual(
            self.script().run("""
            from azureml.core import Model
            for name in ("../x", "", "a/b", ".hidden"):
                try: Model.register(None, setup["import_folder"] + "/one.bin", name)
                except ValueError as error: print("no name" in str(error), end=" ")
            """),
            "True True True True ",
        )

    def test_the_model_folder_is_in_the_environment_where_there_is_one_model(self):
        show = "import os; print(os.environ.get('AZUREML_MODEL_DIR'))"
        script = self.script()
        self.assertEqual(script.run(show), "None")
        del script.setup["models"]["net"]
        self.assertEqual(script.run(show), script.scripts)
        self.assertEqual(script.run(show, AZUREML_MODEL_DIR="/mine"), "/mine")


class ForeignProcessTest(unittest.TestCase):
    def test_a_process_that_belongs_to_no_run_is_told_so(self):
        from host_python import PYTHON_FOLDER
        import sys

        ended = subprocess.run(
            [sys.executable, "-B", "-c", "from azureml_user.parallel_run import EntryScript; EntryScript().log_dir"],
            env={"PYTHONPATH": PYTHON_FOLDER + "/prs_shims", "PATH": os.environ["PATH"]},
            stderr=subprocess.PIPE,
        )
        self.assertIn(b"a script that prs_mpi runs", ended.stderr)


if __name__ == "__main__":
    unittest.main()
