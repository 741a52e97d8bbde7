"""The example of README.md gives what README.md shows."""

import os
import re

from run_testing import PROGRAM, ROOT, RunTest, main


def blocks():
    """The code blocks of the front page: (the line before the block, its language, its text)."""
    with open(os.path.join(ROOT, "README.md")) as stream:
        return re.findall(r"([^\n]*)\n\n```(\w*)\n(.*?)```", stream.read(), re.S)


def steps(console):
    """The commands of the console, each with the lines that it shows."""
    return [(step.splitlines()[0], step.splitlines()[1:]) for step in console.split("$ ")[1:]]


class FrontPage(RunTest):
    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as stream:
            stream.write(text)

    def said(self, command):
        path = os.path.dirname(os.path.abspath(PROGRAM)) + os.pathsep + os.environ["PATH"]
        ran = self.finish(self.start(["bash", "-c", command + " 2>&1"], {"PATH": path}))
        self.expect_status(ran, 0)
        return ran.stdout.splitlines()

    def test_the_example_gives_what_is_shown(self):
        files, console = {}, ""
        for before, language, text in blocks():
            if language in ("python", "yaml"):
                files[re.search(r"`([^`]+)`", before).group(1)] = text
            elif text.startswith("$ "):
                console = text
        self.assertEqual(sorted(files), ["count.yaml", "scripts/count_words.py"])
        for name, text in files.items():
            self.write(name, text)
        compared = 0
        for command, shown in steps(console):
            said = self.said(command)
            if command.startswith("prs_mpi"):  # the lines about progress come before the last one
                said = [re.sub(r" /\S*/runs/", " /home/me/runs/", re.sub(r"\([\d.]+ s\)", "(0.4 s)", said[-1]))]
            self.assertEqual(said, shown, command)
            compared += len(shown)
        self.assertEqual(compared, 4)


if __name__ == "__main__":
    main()
