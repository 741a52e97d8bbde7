"""Rules 9.1, 9.3: what a run, `try` and `check` say on a terminal, without one, quietly, at length, and to scripts."""

import json
import os
import pty
import re
import select
import shutil
import subprocess

from run_testing import LIMIT_SECONDS, PROGRAM, RunTest, main

ECHO = "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"
RED, GREEN = "\x1b[31m", "\x1b[32m"


class Terminal:
    """A program that has a terminal of its own."""

    def __init__(self, test, words, extra=None):
        self.test, self.text = test, ""
        self.ours, theirs = pty.openpty()
        environment = test.environment({"TERM": "xterm", "COLUMNS": "100"})
        environment.pop("NO_COLOR", None)
        environment.update(extra or {})
        self.process = subprocess.Popen(
            words, cwd=test.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        test.started.append(self.process)
        os.close(theirs)

    def read_until(self, pattern):
        while not re.search(pattern, self.text):
            if not self.read():
                self.test.fail("%r did not come; there was:\n%s" % (pattern, self.text))

    def read(self):
        ready, _, _ = select.select([self.ours], [], [], LIMIT_SECONDS)
        try:
            got = os.read(self.ours, 65536) if ready else b""
        except OSError:  # the other end is closed
            got = b""
        self.text += got.decode(errors="replace")
        return got

    def type(self, line):
        os.write(self.ours, (line + "\n").encode())

    def end(self):
        while self.read():
            pass
        os.close(self.ours)
        return self.process.wait(LIMIT_SECONDS)


class Try(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(7)

    def test_pdb_can_be_used(self):
        self.write_script("def run(mini_batch):\n    total = 40\n    breakpoint()\n    return [str(total) for path in mini_batch]\n")
        self.write_config(mini_batch_size=2)
        terminal = Terminal(self, [PROGRAM, "try", "config.yaml", "--mini-batch", "1"])
        terminal.read_until(r"\(Pdb\) ")
        terminal.type("len(mini_batch) + total")
        terminal.read_until(r"\n42\r?\n\(Pdb\) ")
        terminal.type("total = 7")
        terminal.type("continue")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertIn("7\r\n7\r\n", terminal.text)
        self.assertIn("mini-batch 1: 2 rows for 2 items", terminal.text)

    def test_a_debugger_that_is_quit_fails_the_mini_batch_and_leaves_nothing(self):
        self.write_script("def run(mini_batch):\n    breakpoint()\n    return mini_batch\n")
        self.write_config()
        terminal = Terminal(self, [PROGRAM, "try", "config.yaml"])
        terminal.read_until(r"\(Pdb\) ")
        terminal.type("quit")
        self.assertEqual(terminal.end(), 1, terminal.text)
        self.assertIn("BdbQuit", terminal.text)

    def test_files_are_chosen_by_name_or_path(self):
        self.write_script(ECHO)
        self.write_config(mini_batch_size=2)
        ran = self.prs_mpi("try", "config.yaml", "--items", "item00005", "data/item00001")
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout, "item00001\nitem00005\n")
        self.assertIn("mini-batch 0: 2 rows for 2 items", ran.stderr)

    def test_rows_that_are_not_as_many_as_items_are_remarked(self):
        self.write_config(mini_batch_size=5)
        for rows, remark in (("[:2]", "; a run counts 3 items as failed, since run() returned fewer rows than items\n"),
                             ("* 2", "; a run warns of more rows than items\n"), ("", " s\n")):
            self.write_script("def run(mini_batch):\n    return list(mini_batch) %s\n" % rows)
            ran = self.prs_mpi("try", "config.yaml")
            self.expect_status(ran, 0)
            self.assertTrue(ran.stderr.endswith(remark), repr(ran))

    def test_a_file_that_is_not_there_is_named_with_the_nearest(self):
        self.write_script(ECHO)
        self.write_config()
        ran = self.prs_mpi("try", "config.yaml", "--items", "item0000a")
        self.expect_status(ran, 2)
        self.assertRegex(ran.stderr, "--items item0000a: the input has no such file; did you mean 'item0000.'")

    def test_all_that_is_not_there_is_named(self):
        self.write_script(ECHO)
        self.write_config()
        ran = self.prs_mpi("try", "config.yaml", "--items", "item00001", "zzz", "other/qqqqqq")
        self.expect_status(ran, 2)
        self.assertIn("--items zzz, other/qqqqqq: the input has no such files; prs_mpi check shows", ran.stderr)

    def test_files_of_two_partitions_are_no_mini_batch(self):
        for state in ("NY", "WA"):
            os.makedirs(self.path("pk", "state=" + state))
            for name in ("1.txt", "2.txt"):
                open(self.path("pk", "state=" + state, name), "w").close()
        self.write_script("def run(mini_batch, context):\n    return [context.partition_key_value['state'] for path in mini_batch]\n")
        self.write_config(top={"inputs": [{"name": "pk", "path": "pk"}]}, partition_keys=["state"], mini_batch_size=None)
        for items in (["pk/state=NY/1.txt", "pk/state=WA/1.txt"], ["1.txt"]):
            ran = self.prs_mpi("try", "config.yaml", "--items", *items)
            self.expect_status(ran, 2)
            self.assertRegex(ran.stderr, r"--items: /\S+NY/1.txt and /\S+WA/1.txt do not go together: their partition keys are NY and WA,")
            self.assertEqual(ran.stdout, "")
        ran = self.prs_mpi("try", "config.yaml", "--items", "pk/state=WA/1.txt", "pk/state=WA/2.txt")
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout, "WA\nWA\n")

    def test_files_of_two_inputs_are_no_mini_batch(self):
        os.mkdir(self.path("more"))
        open(self.path("more", "item00001"), "w").close()
        self.write_script(ECHO)
        self.write_config(top={"inputs": [{"name": "items", "path": "data"}, {"name": "others", "path": "more"}]})
        ran = self.prs_mpi("try", "config.yaml", "--items", "item00001")
        self.expect_status(ran, 2)
        self.assertRegex(ran.stderr, "item00001 and /\\S+/more/item00001 do not go together: they are of the inputs 'items' and 'others'")
        ran = self.prs_mpi("try", "config.yaml", "--items", "more/item00001")
        self.expect_status(ran, 0)
        self.assertEqual(ran.stdout, "item00001\n")

    def test_rows_of_a_table_are_not_chosen_by_name(self):
        self.write_script("def run(mini_batch):\n    return mini_batch\n")
        with open(self.path("data", "t.csv"), "w") as stream:
            stream.write("a\n1\n")
        self.write_config(top={"inputs": [{"name": "t", "path": "data/t.csv", "format": "csv"}]}, mini_batch_size="1 KB")
        ran = self.prs_mpi("try", "config.yaml", "--items", "t.csv")
        self.expect_status(ran, 2)
        self.assertIn("choose rows by --mini-batch", ran.stderr)


class Speech(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(4)
        self.write_script(ECHO)

    def on_terminal(self, *options, extra=None, status=0):
        terminal = Terminal(self, [PROGRAM, "config.yaml", *options], extra)
        self.assertEqual(terminal.end(), status, terminal.text)
        return terminal.text

    def test_a_terminal_gets_a_live_line_and_colours(self):
        self.write_config()
        text = self.on_terminal()
        self.assertIn("\r" + "prs_mpi: ", text)
        self.assertIn("prs_mpi: " + GREEN + "completed\x1b[0m: 4 mini-batches", text)

    def test_failures_are_red(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.write_config(run_max_try=1)
        text = self.on_terminal(status=1)
        self.assertIn(RED + "4 failed\x1b[0m", text)
        self.assertIn("prs_mpi: " + RED + "failed\x1b[0m: ", text)

    def test_no_colours_where_they_are_not_wanted(self):
        self.write_config()
        for number, (options, extra) in enumerate([(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})]):
            text = self.on_terminal("--output", "out%d" % number, *options, extra=extra)
            self.assertIn("prs_mpi: completed: 4 mini-batches", text)
            self.assertNotIn("\x1b[3", text)
            self.assertEqual("\x1b[K" in text, extra.get("TERM") != "dumb", "a dumb terminal cannot move its cursor")

    def test_without_a_terminal_there_are_none(self):
        self.write_config()
        ran = self.prs_mpi("config.yaml")
        self.expect_status(ran, 0)
        self.assertNotIn("\x1b", ran.stderr)

    def test_quietly_there_is_the_last_line_alone(self):
        self.write_config()
        ran = self.prs_mpi("config.yaml", "--quiet")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stderr, r"\Aprs_mpi: completed: 4 mini-batches, 4 rows in [^\n]+\n\Z")

    def test_quietly_warnings_stand_in_the_run_folder_alone(self):
        self.write_config(compute_target="gpu")
        ran = self.prs_mpi("config.yaml", "--quiet", extra={"SLURM_JOB_ID": ""})
        self.expect_status(ran, 0)
        self.assertRegex(ran.stderr, r"\Aprs_mpi: completed: [^\n]*\n\Z")
        warning = "compute_target is 'gpu', and this run is on this machine"
        self.assertIn("\nWarnings\n  " + warning, self.read(self.out("logs", "job_result.txt")))
        self.assertTrue(json.loads(self.prs_mpi("status", "out", "--json").stdout)["warnings"][0].startswith(warning))
        self.assertIn("compute_target is", self.read(self.out("report.html")))

    def test_quietly_what_failed_is_said(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('no')\n")
        self.write_config(run_max_try=1)
        ran = self.prs_mpi("config.yaml", "-q")
        self.expect_status(ran, 1)
        self.assertIn("ValueError: no", ran.stderr)
        self.assertNotIn("mini-batches over", ran.stderr)

    def test_at_length_the_masters_log_is_said(self):
        self.write_config()
        ran = self.prs_mpi("config.yaml", "--verbose")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stderr, r"prs_mpi: \d{4}-\d\d-\d\d [\d:.]+ info 4 mini-batches of 4 items, 2 workers on ")
        self.assertEqual(len(self.rows()), 4)

    def test_quiet_and_verbose_exclude_each_other(self):
        self.write_config()
        ran = self.prs_mpi("config.yaml", "--quiet", "--verbose")
        self.expect_status(ran, 2)
        self.assertIn("--quiet", ran.stderr)


class Check(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(7)
        self.write_script(ECHO)

    def test_the_plan_is_shown_with_sizes_and_workers(self):
        self.write_config(mini_batch_size=2)
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("workers        2 script processes on 1 machine\n", ran.stdout)
        self.assertIn("mini-batches   4, of 2 files\n  0  items, 2 items: ", ran.stdout)
        self.assertRegex(ran.stdout, r"  3  items, 1 item: \S+/item00006\n\Z")

    def test_scripts_get_json(self):
        self.write_config(mini_batch_size=1, workers=8)
        ran = self.prs_mpi("check", "config.yaml", "--json")
        self.expect_status(ran, 0)
        found = json.loads(ran.stdout)
        fields = "version name entry_script interpreter python_version run_folder world_size workers node_count input mini_batches shown warnings"
        self.assertEqual(list(found), fields.split())
        self.assertEqual((found["world_size"], found["mini_batches"]), (9, 7))
        self.assertEqual([one["index"] for one in found["shown"]], [0, 1, 2, 6])
        self.assertEqual(found["shown"][3]["last"], self.path("data", "item00006"))
        self.assertTrue(any("fewer mini-batches (7) than script processes (8)" in warning for warning in found["warnings"]))

    def test_what_usually_goes_wrong_is_warned_of(self):
        self.write_script("def run(mini_batch):\n    for path in mini_batch:\n        print(path)\n    return mini_batch\n")
        self.write_config(environment_variables={"OMP_NUM_THREADS": "4096"}, workers=1)
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("prs_mpi: warning: OMP_NUM_THREADS is 4096", ran.stderr)
        self.assertIn("entry.py:3: run() prints something for each item", ran.stderr)

    def test_a_script_that_is_no_python_is_refused(self):
        self.write_script("import os\ndef run(mini_batch:\n    return mini_batch\n")
        self.write_config()
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 2)
        self.assertRegex(ran.stderr, r"prs_mpi: entry_script: /\S+/entry.py:2: SyntaxError: .*, in Python 3\S+; mend it, else")
        self.assertFalse(os.path.exists(self.out()))

    def test_a_script_without_run_or_packages_is_warned_of(self):
        self.write_script("import nowhere_at_all\ndef rum(mini_batch):\n    return mini_batch\n")
        self.write_config()
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stderr, r"warning: /\S+/entry.py: no run\(mini_batch\) is defined")
        self.assertRegex(ran.stderr, r"warning: /\S+/entry.py: the interpreter does not find .* \(nowhere_at_all\); install it")

    def test_a_module_is_looked_at_too_and_not_imported(self):
        os.makedirs(self.path("scripts", "pack"))
        self.write_script("raise ValueError('imported')\n", "pack/__init__.py")
        self.write_script("def run(mini_batch):\n    for path in mini_batch:\n        print(path)\n", "pack/work.py")
        self.write_config(entry_script="pack.work")
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("pack/work.py:3: run() prints something for each item", ran.stderr)


    def test_what_a_terminal_takes_for_commands_is_shown_and_not_obeyed(self):
        os.mkdir(self.path("odd"))
        for name in ("\x1b[31ma\x1b]0;title\x07", "b\nname           other", "c\xc2\x9b31m"):
            open(os.path.join(self.path("odd").encode(), name.encode("latin-1")), "w").close()
        self.write_config(top={"name": "red \x1b[31m", "inputs": [{"name": "items", "path": "odd"}]}, process_count_per_node=7)
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertEqual(re.findall("[^\n -~]", ran.stdout + ran.stderr), [])
        self.assertIn("name           red \\x1b[31m\n", ran.stdout)
        self.assertIn("odd/\\x1b[31ma\\x1b]0;title\\x07\n", ran.stdout)
        self.assertIn("odd/b name other\n", ran.stdout)
        self.assertIn("odd/c\\xc2\\x9b31m\n", ran.stdout)
        self.write_config(top={"inputs": [{"name": "items", "path": "no\x1b[31m"}]})
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 2)
        self.assertIn("no\\x1b[31m", ran.stderr)
        self.assertNotIn("\x1b", ran.stderr)

    def test_one_is_not_many(self):
        with open(self.path("data", "t.csv"), "w") as stream:
            stream.write("a\n1\n")
        self.write_config(top={"inputs": [{"name": "t", "path": "data/t.csv", "format": "csv"}]}, mini_batch_size="1")
        ran = self.prs_mpi("check", "config.yaml")
        self.expect_status(ran, 0)
        self.assertRegex(ran.stdout, r"of about 1 byte\n")
        self.write_config()
        ran = self.prs_mpi("try", "config.yaml")
        self.expect_status(ran, 0)
        self.assertIn("mini-batch 0: 1 row for 1 item, run() took ", ran.stderr)


class Pages(RunTest):
    def complete(self, *words):
        """What bash offers for the last word."""
        with open(self.path("completion"), "w") as stream:
            stream.write(self.prs_mpi("completion", "bash").stdout)
        script = 'source ./completion; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _prs_mpi; printf "%s\\n" "${COMPREPLY[@]}"'
        ran = subprocess.run(
            ["bash", "--norc", "-c", script, "bash", "prs_mpi", *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout.split()

    def test_bash_completes_verbs_options_and_keys(self):
        self.assertEqual(self.complete("sta"), ["status"])
        self.assertIn("run", self.complete(""))
        self.assertEqual(self.complete("try", "c.yaml", "--mini"), ["--mini-batch"])
        self.assertEqual(self.complete("c.yaml", "--over"), ["--overwrite"])
        self.assertEqual(self.complete("check", "c.yaml", "--over"), [])
        self.assertEqual(self.complete("c.yaml", "--set", "run_max"), ["run_max_try="])
        self.assertEqual(self.complete("status", "--wa"), ["--watch"])
        self.assertEqual(self.complete("c.yaml", "--sl"), ["--slice"])
        self.assertEqual(self.complete("join", "c.yaml", "--sl"), ["--slices"])
        self.assertEqual(self.complete("slurm", "c.yaml", "--arr"), ["--array"])
        self.assertEqual(self.complete("check", "c.yaml", "--st"), ["--step"])
        self.assertEqual(self.complete("config", "c.yaml", "--g"), ["--given"])
        self.assertEqual(self.complete("report", "--t"), ["--to", "--text"])
        self.assertEqual(self.complete("completion", ""), ["bash"])
        self.assertEqual(self.complete("c.yaml", "--", "--over"), [])

    def test_the_manual_page_is_sound_and_whole(self):
        ran = self.prs_mpi("manual")
        self.expect_status(ran, 0)
        for word in ("run_max_try", "\\-\\-overwrite", "\\-\\-slice\\fR", "\\-\\-slices\\fR", "\\-\\-array", "\\-\\-step", "\\-\\-given", "\\-\\-text", "mini_batch_size", ".SH EXIT STATUS"):
            self.assertIn(word, ran.stdout)
        with open(self.path("prs_mpi.1"), "w") as stream:
            stream.write(ran.stdout)
        checkers = [["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"], ["mandoc", "-T", "lint", "-W", "warning"]]
        for words in [words for words in checkers if shutil.which(words[0])]:
            checked = subprocess.run(words + [self.path("prs_mpi.1")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout[-2000:])

    def test_the_manual_page_lists_all_options_of_each_verb_and_explains_each_once(self):
        page = self.prs_mpi("manual").stdout.replace("\\-", "-")
        sections = dict(re.findall(r"^\.SS Options of (.*)\n((?:(?!\.S[SH] ).*\n)*)", page, re.MULTILINE))
        verbs = [name for name in sections if not name.startswith("every verb")]
        self.assertEqual(len(verbs), 11)
        for verb in verbs:
            in_help = re.findall(r"^  (?:-\w,)?(--[\w-]+)", self.prs_mpi(verb, "--help").stdout, re.MULTILINE)
            self.assertEqual(sorted(re.findall(r"\\fB(--[\w-]+)", sections[verb])), sorted(in_help), verb)
        explained = [name + text for section in sections.values() for name, text in re.findall(r"\.TP\n(.*)\n(.*)", section)]
        self.assertEqual(len(explained), len(set(explained)))
        self.assertIn("Those of check: \\fB--json\\fR", sections["status"])
        self.assertRegex(sections["run"], r"--restarts.*\n.*Default: 3\.")
        self.assertRegex(sections["slurm"], r"--launcher.*\n.*Default: srun\.")
        for of_the_parser in ("UINT", " in [", "{srun"):
            self.assertNotIn(of_the_parser, page + self.prs_mpi("--help").stdout)


if __name__ == "__main__":
    main()
