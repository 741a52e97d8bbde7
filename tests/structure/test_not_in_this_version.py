"""The list "Not in this version" of docs/rules.md is what the program refuses: neither more nor less.

The program is PRS_MPI. It is asked about every name that stands in the rules or in the sources of the configuration and of the command
line, so nothing has to be known about how these are written.
"""

import os
import re
import subprocess
import tempfile
import unittest

import documents

PROGRAM = os.environ.get("PRS_MPI", os.path.join(documents.ROOT, "build", "bin", "prs_mpi"))
REFUSED = "not supported by this version"
PARALLEL = "parallel_run_config: {entry_script: s.py, error_threshold: 1, output_action: append_row}\n"


def documented():
    """Kind → the names that the list has of it."""
    text = documents.rules_text()
    table = next(table for table in documents.tables(text) if table[0][0] == "what is refused")
    return {re.sub(r"`", "", kind): names for kind, names, _ in table[1:]}


def candidates():
    """All names that may be keys, types or verbs."""
    spans = documents.names_in(documents.rules_text())
    found = {word for span in spans for word in re.findall(r"[a-z][a-z_0-9]+", span)}
    for path in documents.files((".cpp", ".hpp")):
        if "/config/" in path or "command_line" in path:
            found |= set(re.findall(r'"([a-z][a-z_0-9]+)"', documents.text_of(path)))
    return sorted(found)


@unittest.skipUnless(os.path.exists(PROGRAM), "there is no " + PROGRAM)
class NotInThisVersion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "data"))
        for name in ("s.py", "s.so", "data/one"):
            with open(os.path.join(self.folder, name), "w") as stream:
                stream.write("def run(mini_batch):\n    return mini_batch\n")

    def said(self, *words):
        ran = subprocess.run([PROGRAM, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=60, text=True, errors="replace")
        return ran.stdout

    def said_of(self, text, verb="config"):
        with open(os.path.join(self.folder, "c.yaml"), "w") as stream:
            stream.write(text)
        return self.said(verb, "c.yaml")

    def test_no_key_is_refused(self):
        keys = "".join("  %s: x\n" % name for name in candidates())
        said = self.said_of("inputs: [{name: a, path: data}]\noutput: out\nparallel_run_config:\n" + keys)
        self.assertIn("unknown key", said)
        self.assertEqual([line for line in said.splitlines() if REFUSED in line], [])
        keys = "".join("    %s: x\n" % name for name in candidates() if name not in ("name", "path", "format", "partition_format"))
        said = self.said_of("inputs:\n  - name: a\n    path: data\n" + keys + "output: out\n" + PARALLEL)
        self.assertIn("unknown key", said)
        self.assertEqual([line for line in said.splitlines() if REFUSED in line], [])

    def test_no_type_of_an_input_is_refused(self):
        inputs = "".join("  - {name: a%d, path: data, type: %s}\n" % pair for pair in enumerate(candidates()))
        said = self.said_of("inputs:\n" + inputs + "output: out\n" + PARALLEL)
        self.assertIn("allowed: files, tabular or mltable", said)
        self.assertEqual([line for line in said.splitlines() if REFUSED in line], [])

    def test_no_format_of_an_input_is_refused(self):
        inputs = "".join("  - {name: a%d, path: data, format: %s}\n" % pair for pair in enumerate(candidates()))
        said = self.said_of("inputs:\n" + inputs + "output: out\n" + PARALLEL)
        self.assertIn("format is '", said)
        self.assertNotIn(REFUSED, said)

    def test_no_value_of_a_key_of_an_input_is_refused(self):
        for key in ("header", "support_multi_line", "on_type_error"):
            inputs = "".join("  - {name: a%d, path: data, format: csv, %s: %s}\n" % (i, key, name) for i, name in enumerate(candidates()))
            said = self.said_of("inputs:\n" + inputs + "output: out\n" + PARALLEL)
            found = set(re.findall(key + r" is '(\w+)', which is " + REFUSED, said))
            self.assertEqual(found, set())

    def test_no_ending_of_the_row_file_is_refused(self):
        for name in {span for span in documents.names_in(documents.rules_text())
                     if re.fullmatch(r"\.\w+", span)}:
            said = self.said_of("inputs: [{name: a, path: data}]\noutput: out\n" + PARALLEL.replace(
                "}", ", append_row_file_name: rows%s}" % name))
            self.assertNotIn(REFUSED, said)

    def test_no_verb_is_refused(self):
        table = next(table for table in documents.tables(documents.rules_text()) if table[0][0] == "verb")
        words = {re.match(r"(?:prs_mpi )?\[?([a-z]+)", span).group(1) for row in table[1:] for span in documents.names_in(row[0])}
        self.assertLessEqual({"run", "join", "report", "manual"}, words)
        known = self.said("--help")
        for word in words:
            self.assertRegex(known, r"prs_mpi \[?%s\b" % word)
            self.assertNotIn(REFUSED, self.said(word, "c.yaml"))

    def test_what_has_no_name(self):
        head = "inputs: [{name: a, path: data}]\noutput: out\n"
        self.assertIn("only Python entry scripts", self.said_of(head + PARALLEL.replace("s.py", "s.so"), "check"))
        self.assertIn("cannot read", self.said_of(head.replace("path: data", "path: 's3://a/b'") + PARALLEL))
        self.assertIn("the tag '!x' is " + REFUSED, self.said_of(head + "name: !x y\n" + PARALLEL))
        self.assertIn("merge keys ('<<') are " + REFUSED, self.said_of(head + PARALLEL + "<<: {name: x}\n"))
        self.assertEqual(len(documented()["other"].split(";")), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
