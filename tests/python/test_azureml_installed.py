"""An azureml that the user installed wins, module by module, and what it lacks is filled in beside it (rule 4.6)."""

import os
import unittest

from host_python import ScriptProcess

REAL = "WHOSE = 'installed'\n"


def installed(test, files, **setup):
    """The files lie where packages do; the folder is put on sys.path as PYTHONPATH would."""
    return ScriptProcess(test, {os.path.join("..", "packages", name): text for name, text in files.items()}, **setup)


WITH_PACKAGES = "import os; sys.path.insert(0, os.path.join(setup['import_folder'], '..', 'packages'))\n"


class InstalledAzuremlTest(unittest.TestCase):
    def run_with(self, files, code):
        import textwrap

        return installed(self, files).run(WITH_PACKAGES + textwrap.dedent(code))

    def test_an_installed_core_wins_whole(self):
        self.assertEqual(
            self.run_with(
                {"azureml/__init__.py": "", "azureml/core/__init__.py": "class Run: mine = 1\n"},
                """
            from azureml.core import Run
            print(Run.mine)
            try: from azureml.core import Model
            except ImportError: print("no Model in it")
            """,
            ),
            "1\nno Model in it",
        )

    def test_modules_that_an_installed_core_lacks_are_filled_in(self):
        self.assertEqual(
            self.run_with(
                {"azureml/__init__.py": "", "azureml/core/__init__.py": REAL},
                """
            import azureml.core
            from azureml.core.run import Run
            from azureml.core.model import Model
            print(azureml.core.WHOSE, Run.get_context().id, Model.list(None))
            """,
            ),
            "installed run []",
        )

    def test_a_package_without_core_gets_ours_and_keeps_its_own(self):
        for top in ({"azureml/__init__.py": REAL}, {}):  # a package, and a bare folder
            self.assertEqual(
                self.run_with(
                    dict({"azureml/data/__init__.py": REAL, "azureml/data/deep.py": REAL}, **top),
                    """
                from azureml.core import Run, Dataset
                import azureml.data.deep, azureml.data
                import azureml.other
                print(azureml.data.WHOSE, azureml.data.deep.WHOSE, Run.get_context().id)
                try: azureml.other.thing()
                except NotImplementedError as error: print("azureml.other.thing" in str(error))
                """,
                ),
                "installed installed run\nTrue",
            )

    def test_single_modules_in_a_bare_core_folder_are_found_inside_ours(self):
        for top in ({"azureml/__init__.py": REAL}, {}):
            self.assertEqual(
                self.run_with(
                    dict({"azureml/core/dataset.py": REAL, "azureml/core/model.py": "class Model: mine = 2\n"}, **top),
                    """
                from azureml.core import Run, Model
                from azureml.core.dataset import WHOSE
                from azureml.core import dataset
                from azureml.core.workspace import Workspace
                print(WHOSE, Model.mine, dataset.WHOSE, Run.get_context().experiment.workspace.name)
                """,
                ),
                "installed 2 installed local",
            )

    def test_a_finder_of_the_users_counts_as_installed(self):
        self.assertEqual(
            self.run_with(
                {"elsewhere/run.py": "class Run: mine = 3\n"},
                """
            import importlib.util
            place = os.path.join(setup["import_folder"], "..", "packages", "elsewhere", "run.py")
            class Editable:
                @staticmethod
                def find_spec(name, path=None, target=None):
                    return importlib.util.spec_from_file_location(name, place) if name == "azureml.core.run" else None
            sys.meta_path.append(Editable)
            from azureml.core.run import Run
            print(Run.mine)
            """,
            ),
            "3",
        )

    def test_an_installed_azureml_that_probes_for_its_optional_parts_is_told_the_truth(self):
        probing = """
            try:
                import azureml.optional.part
                FOUND = True
            except ImportError:
                FOUND = False
            """
        self.assertEqual(
            self.run_with(
                {"azureml/__init__.py": "", "azureml/data/__init__.py": probing},
                """
            import azureml.data
            print(azureml.data.FOUND)
            """,
            ),
            "False",
        )

    def test_a_module_with_an_error_in_it_fails_as_it_would_without_us(self):
        self.assertEqual(
            self.run_with(
                {"azureml/__init__.py": "", "azureml/core/__init__.py": "import not_there_at_all\n"},
                """
            try: import azureml.core
            except ImportError as error: print(error.name)
            """,
            ),
            "not_there_at_all",
        )

    def test_other_modules_of_azureml_user_are_the_users(self):
        self.assertEqual(
            self.run_with(
                {
                    "azureml_user/__init__.py": "",
                    "azureml_user/mine.py": REAL,
                    "azureml_user/parallel_run.py": "class EntryScript: pass\n",
                },
                """
            from azureml_user.parallel_run import EntryScript
            from azureml_user.mine import WHOSE
            print(EntryScript().agent_name, WHOSE)
            """,
            ),
            "process001 installed",
        )


if __name__ == "__main__":
    unittest.main()
