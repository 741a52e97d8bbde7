"""What clang-format and shellcheck say of the repository: nothing. The versions are Debian 12's. clang-tidy's part is scripts/tidy."""

import os
import re
import shutil
import subprocess
import unittest

import documents

SHEBANG = re.compile(r"#!\s*\S*(/|/env )(ba|da|k)?sh\b")


def cpp_files():
    return [documents.relative(path) for path in documents.files((".cpp", ".hpp"))]


def is_shell(path):
    if path.endswith((".sh", ".bash", ".sbatch")):
        return True
    # Scripts that people call have no ending, such as scripts/build.
    if "." in os.path.basename(path):
        return False
    with open(path, encoding="utf-8", errors="replace") as stream:
        return bool(SHEBANG.match(stream.readline(100)))


def shell_scripts():
    return [documents.relative(path) for path in documents.files() if is_shell(path)]


class Gate(unittest.TestCase):
    def run_over(self, files, tool, *options):
        """The exit status of the tool and what it says."""
        self.assertIsNotNone(shutil.which(tool), "there is no %s; scripts/setup test installs it" % tool)
        ran = subprocess.run([tool, *options, *files], cwd=documents.ROOT, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return ran.returncode, ran.stdout


class Format(Gate):
    def test_every_cpp_file_is_laid_out_by_clang_format(self):
        files = cpp_files()
        self.assertGreater(len(files), 400, "the search has found the files")
        status, said = self.run_over(files, "clang-format", "--dry-run", "-Werror")
        wrong = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error: .*\[-Wclang-format-violations\]", said, re.M)))
        if status != 0:
            self.fail("clang-format lays this out otherwise:\n%s\nTo let it: clang-format -i %s" % (said, " ".join(wrong)))


class Shell(Gate):
    def test_shellcheck_finds_nothing(self):
        scripts = shell_scripts()
        for known in (".ci/run", "scripts/test", "slurm/prs_mpi-srun.sbatch", "tests/slurm/multihost.sh"):
            self.assertIn(known, scripts, "the search has found the scripts")
        status, said = self.run_over(scripts, "shellcheck", "--external-sources")
        if status != 0:
            self.fail("shellcheck has found this:\n%s\nOnce more: shellcheck -x FILE" % said)


class Reasons(unittest.TestCase):
    """A check is let off at one place only for a reason, which stands in the same line."""

    def places(self, files, let_off, with_reason):
        lines = [(path, line) for path in files for line in documents.text_of(os.path.join(documents.ROOT, path)).splitlines()
                 if re.search(let_off, line)]
        return ["%s: %s" % (path, line.strip()) for path, line in lines if not re.search(with_reason, line)]

    def test_nolint_names_its_check_and_has_a_reason(self):
        self.assertEqual(self.places(cpp_files(), r"\bNOLINT", r"NOLINT(NEXTLINE)?\([a-z-]+\): \w"), [])

    def test_shellcheck_is_let_off_with_a_reason(self):
        self.assertEqual(self.places(shell_scripts(), r"shellcheck disable", r"shellcheck disable=SC\d+  # \S"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
