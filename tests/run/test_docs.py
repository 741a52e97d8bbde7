"""What README.md and docs/ tell people to type works, and what they show is what comes.

Each page has a folder with the example of the front page. The page's own files are written there and its commands are run
there, in their order and in one environment (document_blocks.py says what a block is).
"""

import os
import re
import shutil

from document_blocks import blocks, steps
from run_testing import PROGRAM, PYTHON, ROOT, RunTest, main

BUILD = os.path.dirname(os.path.dirname(PROGRAM))


def pages():
    """README.md, docs/ and the pages beside the examples."""
    found = ["README.md", "slurm/README.md"]
    found += ["docs/" + name for name in sorted(os.listdir(os.path.join(ROOT, "docs"))) if name.endswith(".md")]
    beside = [os.path.join("configs", name, "README.md") for name in sorted(os.listdir(os.path.join(ROOT, "configs")))]
    return found + [page for page in beside if os.path.exists(os.path.join(ROOT, page))]


def blocks_of(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as stream:
        return list(blocks(stream.read()))


class Docs(RunTest):
    """One test for each page; they are made below."""

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as stream:
            stream.write(text)

    def make_example(self):
        """count.yaml with its script and input, as the front page has them; the same as config.yaml, and as v1.yaml."""
        for block in blocks_of("README.md"):
            if block.kind == "file":
                self.write(block.name, block.text)
            elif block.kind == "console":
                for command, _ in steps(block.text):
                    if "prs_mpi" not in command and "runs/" not in command:
                        self.run_words(command, "README.md")
        with open(self.path("count.yaml")) as stream:
            text = stream.read()
        self.write("config.yaml", text)
        self.write("v1.yaml", text[text.index("parallel_run_config:"):])
        shutil.copytree(os.path.join(ROOT, "configs"), self.path("configs"))

    def run_words(self, words, where):
        """The lines that these shell commands say. What they export holds for the commands that come later."""
        state = self.path(".exported")
        script = "set -e; [ ! -e {0} ] || . {0}; cd {1}\n{2}\ndeclare -px > {0}\n".format(state, self.folder, words)
        path = os.pathsep.join([os.path.dirname(PROGRAM), os.path.dirname(PYTHON), os.environ["PATH"]])
        ran = self.finish(self.start(["bash", "-c", "exec 2>&1\n" + script.replace("/opt/prs_mpi", BUILD)], {"PATH": path}))
        self.assertEqual(ran.status, 0, "%s: %s\n%r\nA block that cannot be run here says so in the line before it: "
                         "<!-- not run: REASON -->. What is no command stands in a block ```text." % (where, words, ran))
        return ran.stdout.splitlines()

    def as_shown(self, lines):
        """What would differ from one machine, or one time, to the next."""
        text = re.sub(r"\([\d.]+ (?:s|ms)\)", "(0.4 s)", "\n".join(lines))
        return text.replace(os.path.realpath(self.folder), "/home/me").replace(self.folder, "/home/me").splitlines()

    def expect_shown(self, console, where):
        for command, shown in steps(console):
            said = self.as_shown(self.run_words(command, where))
            if re.match(r"(prs_mpi|python3) ", command):  # lines about progress come before
                said = said[len(said) - len(shown):] if shown else []
            self.assertEqual(said, shown, "%s: %s" % (where, command))

    def try_page(self, page):
        if page != "README.md":  # it makes the example itself
            self.make_example()
        for block in blocks_of(page):
            where = "%s:%d" % (page, block.line)
            if block.kind == "file":
                self.write(block.name, block.text)
            elif block.not_run or (block.run_with and not shutil.which(block.run_with)):
                continue
            elif block.kind == "console":
                self.expect_shown(block.text, where)
            elif block.kind == "commands":
                self.run_words(block.text, where)


class Reading(RunTest):
    def test_the_search_finds_the_blocks(self):
        found = [block for page in pages() for block in blocks_of(page)]
        kinds = {kind: len([block for block in found if block.kind == kind]) for kind in ("file", "commands", "console")}
        self.assertGreater(min(kinds.values()), 0, kinds)
        self.assertGreater(len([block for block in found if block.kind == "commands" and not block.not_run]), 3)


def _test_of(page):
    return lambda self: self.try_page(page)


for _page in pages():
    if any(block.kind in ("commands", "console") for block in blocks_of(_page)):
        setattr(Docs, "test_" + re.sub(r"\W", "_", _page), _test_of(_page))


if __name__ == "__main__":
    main()
