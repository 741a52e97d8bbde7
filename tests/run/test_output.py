"""Rules 5.2–5.4, 5.7: the formats of the output file, and what happens to files that are there already."""

import csv
import io
import json
import os
import signal

from run_testing import PROGRAM, RunTest, main, processes_with

FRAME = """
import os, pandas as pd
def run(mini_batch, context):
    return pd.DataFrame({{"file": [os.path.basename(p) for p in mini_batch], "text": ['a, "b"'] * len(mini_batch), "x": [0.1] * len(mini_batch)}}){more}
"""


class Formats(RunTest):
    def run_to(self, name, script, ranks=3, **keys):
        self.make_files(7)
        self.write_script(script)
        self.write_config(mini_batch_size=2, append_row_file_name=name, workers=ranks - 1, **keys)
        ran = self.mpirun(ranks)
        self.expect_status(ran, 0)
        return self.read(self.out(name))

    def test_txt_of_a_dataframe_is_what_pandas_writes(self):
        text = self.run_to("rows.txt", FRAME.format(more=""))
        self.assertEqual(text.splitlines()[0], 'item00000 "a, ""b""" 0.1')
        self.assertEqual(len(text.splitlines()), 7)

    def test_csv_has_one_header_and_quotes(self):
        rows = list(csv.reader(io.StringIO(self.run_to("rows.csv", FRAME.format(more="")))))
        self.assertEqual(rows[0], ["file", "text", "x"])
        self.assertEqual(rows[1:], [["item%05d" % i, 'a, "b"', "0.1"] for i in range(7)])

    def test_csv_without_a_header_when_asked(self):
        rows = list(csv.reader(io.StringIO(self.run_to("rows.csv", FRAME.format(more=""), append_row_dataframe_header=False))))
        self.assertEqual(len(rows), 7)

    def test_tsv(self):
        rows = list(csv.reader(io.StringIO(self.run_to("rows.tsv", FRAME.format(more=""))), delimiter="\t"))
        self.assertEqual(rows[0], ["file", "text", "x"])
        self.assertEqual(len(rows), 8)

    def test_jsonl(self):
        rows = [json.loads(line) for line in self.run_to("rows.jsonl", FRAME.format(more="")).splitlines()]
        self.assertEqual(rows, [{"file": "item%05d" % i, "text": 'a, "b"', "x": 0.1} for i in range(7)])

    def test_text_rows_in_a_csv_stand_as_they_are(self):
        text = self.run_to("rows.csv", "def run(mini_batch):\n    return ['a;\"b', 'c'][:len(mini_batch)]\n")
        self.assertEqual(text, 'a;"b\nc\n' * 3 + 'a;"b\n')

    def test_another_set_of_columns_fails_its_try_with_both_named(self):
        self.make_files(7)
        self.write_script(FRAME.format(more=".rename(columns={'x': 'y'} if context.minibatch_index == 3 else {})"))
        self.write_config(mini_batch_size=2, append_row_file_name="rows.csv", run_max_try=2)
        ran = self.mpirun(2, "config.yaml", "--set", "process_count_per_node=1")
        self.expect_status(ran, 0)
        rows = list(csv.reader(io.StringIO(self.read(self.out("rows.csv")))))
        self.assertEqual(len(rows), 7)
        self.assertEqual([row["Status"] for row in self.tries() if row["Mini-batch Id"] == "3"], ["BAD_RETURN"] * 2)
        errors = self.read(self.out("logs", "job_error.txt"))
        self.assertIn("file,text,x", errors)
        self.assertIn("file,text,y", errors)

    def test_settings_beside_the_entry_script_override_to_csv(self):
        with open(self.path("scripts", "parallel_run_step.settings.json"), "w") as stream:
            json.dump({"append_row": {"pandas.DataFrame.to_csv": {"sep": "|", "float_format": "%.3f"}}}, stream)
        text = self.run_to("rows.txt", FRAME.format(more=""))
        self.assertEqual(text.splitlines()[0], 'item00000|"a, ""b"""|0.100')


class EarlierOutput(RunTest):
    def setUp(self):
        super().setUp()
        self.make_files(5)
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n")
        self.write_config()

    def test_a_foreign_file_is_never_overwritten_in_silence(self):
        os.mkdir(self.out())
        with open(self.out("parallel_run_step.txt"), "w") as stream:
            stream.write("precious")
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)
        self.assertEqual(self.read(self.out("parallel_run_step.txt")), "precious")
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.assertEqual(len(self.rows()), 5)

    def test_overwrite_deletes_nothing_of_the_users_in_a_folder_that_held_no_run(self):
        os.makedirs(self.out("logs"))
        for name in ("logs/diary.txt", "report.html"):
            with open(self.out(name), "w") as stream:
                stream.write("mine")
        self.expect_status(self.mpirun(3, "config.yaml", "--overwrite"), 0)
        self.assertEqual(self.read(self.out("logs", "diary.txt")), "mine")
        self.assertEqual(self.read(self.out("report.html")), "mine")
        ran = self.prs_mpi("report", self.out())
        self.expect_status(ran, 2)
        self.assertIn("report.html is there already and is no page of prs_mpi", ran.stderr)
        self.assertEqual(self.read(self.out("report.html")), "mine")

    def test_a_foreign_failed_items_file_is_refused_too(self):
        os.mkdir(self.out())
        with open(self.out("failed_items.csv"), "w") as stream:
            stream.write("mine")
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("failed_items.csv", ran.stderr)
        self.assertEqual(self.read(self.out("failed_items.csv")), "mine")

    def test_each_failed_item_has_its_own_message(self):
        self.write_script("def run(mini_batch):\n    raise ValueError('bad page %s' % mini_batch[0][-1])\n")
        self.write_config(run_max_try=2)
        self.expect_status(self.mpirun(3), 1)
        rows = list(csv.DictReader(io.StringIO(self.read(self.out("failed_items.csv")))))
        self.assertEqual([row["Error Message"][-10:] for row in rows], ["bad page %d" % i for i in range(5)])

    def test_short_returns_are_a_cause_and_point_to_the_items(self):
        self.write_script("def run(mini_batch):\n    return []\n")
        self.write_config(error_threshold=2)
        ran = self.mpirun(3)
        self.expect_status(ran, 1)
        self.assertIn("ShortReturn: run() returned fewer rows than items", ran.stderr)
        self.assertIn("see " + self.out("failed_items.csv"), ran.stderr)
        self.assertIn("ShortReturn", self.read(self.out("logs", "job_error.txt")))
        self.assertNotIn("--retry-failed", self.read(self.out("logs", "job_result.txt")))

    def test_a_finished_run_is_reported_and_not_run_again(self):
        self.expect_status(self.mpirun(3), 0)
        before = os.stat(self.out("parallel_run_step.txt")).st_mtime_ns
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertIn("nothing to do", ran.stderr)
        self.assertNotIn("--retry-failed", ran.stderr)
        self.assertEqual(os.stat(self.out("parallel_run_step.txt")).st_mtime_ns, before)
        self.write_config(top={"allow_reuse": False})
        self.expect_status(self.mpirun(3), 2)

    def test_another_plan_in_the_same_folder_is_refused_with_what_differs(self):
        self.expect_status(self.mpirun(3), 0)
        self.make_files(6)
        ran = self.mpirun(3)
        self.expect_status(ran, 2)
        self.assertIn("--overwrite", ran.stderr)
        self.assertIn("5", ran.stderr)
        self.assertIn("6", ran.stderr)

    def test_retry_failed_gives_what_was_given_up_a_new_set_of_tries(self):
        text = ("import os\nflag = %r\ndef run(mini_batch):\n    if mini_batch[0].endswith('2') and not os.path.exists(flag):\n"
                "        raise ValueError('no')\n    open(flag + 'ran', 'a').write('x')\n"
                "    return [os.path.basename(p) for p in mini_batch]\n" % self.path("flag"))
        self.write_script(text)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(len(self.rows()), 4)
        open(self.path("flag"), "w").close()
        self.assertIn("nothing to do", self.mpirun(3).stderr)
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])
        self.assertEqual(self.read(self.path("flagran")), "xxxxx", "what was done ran again")
        self.assertFalse(os.path.exists(self.out("failed_items.csv")))
        self.assertIn("nothing to do", self.mpirun(3).stderr)

    def test_an_aborted_run_goes_on_with_other_limits(self):
        self.write_script("import os\ndef run(mini_batch):\n    if mini_batch[0].endswith('2'):\n        raise ValueError('no')\n"
                          "    return [os.path.basename(p) for p in mini_batch]\n")
        self.write_config(error_threshold=0)
        self.expect_status(self.mpirun(3), 1)
        again = self.mpirun(3)
        self.expect_status(again, 1)
        self.assertIn("counted from earlier starts; --retry-failed", again.stderr)
        self.assertIn("ValueError: no", again.stderr)
        self.write_config(error_threshold=1)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(len(self.rows()), 4)

    def test_damaged_rows_are_made_again(self):
        """By whichever script ends first: all rows are written by then."""
        self.write_script("import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n"
                          "def shutdown():\n    try:\n        open(%r, 'x').close()\n    except FileExistsError:\n        return\n"
                          "    parts = os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], '.prs', 'parts')\n"
                          "    for name in os.listdir(parts):\n        with open(os.path.join(parts, name), 'r+b') as part:\n"
                          "            part.seek(20)\n            part.write(b'#')\n" % self.path("damaged"))
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])
        self.assertIn("damaged", self.read(self.out("logs", "job_result.txt")))

    def test_failed_items_can_be_used_again(self):
        self.write_script("import os\ndef run(mini_batch):\n    if mini_batch[0].endswith('2'):\n        raise ValueError('a, \"b\"')\n"
                          "    return [os.path.basename(p) for p in mini_batch]\n")
        self.expect_status(self.mpirun(3), 0)
        rows = list(csv.DictReader(io.StringIO(self.read(self.out("failed_items.csv")))))
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0]["Item"], self.path("data", "item00002"))
        self.assertEqual(rows[0]["Tries"], "3")
        self.assertIn('a, "b"', rows[0]["Error Message"])
        self.assertEqual(self.read(rows[0]["Item"]), "2")


class ChangedOutput(RunTest):
    """The file of an earlier start is replaced only where it is what that start wrote; its length alone says little."""

    def setUp(self):
        super().setUp()
        self.make_files(5)
        self.write_script(
            "import os\nfolder = %r\n"
            "def run(mini_batch):\n"
            "    if mini_batch[0].endswith('2'):\n"
            "        if os.path.exists(folder + '/edit'):\n"
            "            with open(folder + '/out/parallel_run_step.txt', 'r+b') as stream: stream.write(b'EDIT')\n"
            "        if not os.path.exists(folder + '/mended'): raise ValueError('no')\n"
            "    return [os.path.basename(p) for p in mini_batch]\n" % self.folder
        )
        self.write_config(run_max_try=1)
        self.output = self.out("parallel_run_step.txt")

    def touch(self, name):
        open(self.path(name), "w").close()

    def write_output(self, text):
        with open(self.output, "r+") as stream:
            stream.write(text)

    def expect_refused(self, ran, content):
        self.expect_status(ran, 2)
        for part in (self.output, "move it away", "--overwrite"):
            self.assertIn(part, ran.stderr)
        self.assertEqual(self.read(self.output), content)

    def test_an_edit_of_the_same_length_is_not_replaced(self):
        self.expect_status(self.mpirun(3), 0)
        whole = self.read(self.output)
        self.write_output("EDIT")
        self.touch("mended")
        self.expect_refused(self.mpirun(3, "config.yaml", "--retry-failed"), "EDIT" + whole[4:])
        self.write_output(whole)  # another time, but the rows as they were
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])

    def test_an_edit_during_the_run_is_not_replaced(self):
        self.expect_status(self.mpirun(3), 0)
        whole = self.read(self.output)
        self.touch("edit")
        self.touch("mended")
        ran = self.mpirun(3, "config.yaml", "--retry-failed")
        self.expect_status(ran, 3)
        self.assertIn("move it away", ran.stderr)
        self.assertEqual(self.read(self.output), "EDIT" + whole[4:])
        os.rename(self.output, self.path("moved"))
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])

    def kill_while_reports_are_written(self):
        """The output has its name, and the ledger does not say so that the run is finished."""
        job = self.start(self.mpirun_words(3, "config.yaml"), self.faulty_disk("write processed_mini-batches.csv.part hang"))
        self.wait_until(self.disk_hits, "the reports are being written")
        for pid, words in processes_with(self.mark).items():
            if pid == job.pid or words.startswith(PROGRAM):
                os.kill(pid, signal.SIGKILL)
        self.finish(job)
        self.expect_no_process_left(limit=20)

    def test_an_edit_after_a_kill_between_rows_and_reports_is_not_replaced(self):
        self.kill_while_reports_are_written()
        whole = self.read(self.output)
        self.write_output("EDIT")
        self.expect_refused(self.mpirun(3), "EDIT" + whole[4:])
        self.write_output(whole)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.read(self.output), whole)

    def test_a_file_that_holds_what_it_should_is_not_written_again(self):
        self.kill_while_reports_are_written()
        before = os.stat(self.output)
        self.expect_status(self.mpirun(3), 0)
        self.expect_status(self.mpirun(3, "config.yaml", "--retry-failed"), 0)  # it fails again
        after = os.stat(self.output)
        self.assertEqual((after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
        self.assertEqual(len(self.rows()), 4)

    def test_a_finished_run_whose_output_was_deleted_puts_it_together_again(self):
        self.touch("mended")
        self.expect_status(self.mpirun(3), 0)
        os.unlink(self.output)
        self.expect_status(self.mpirun(3), 0)
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(5)])
        self.assertIn("nothing to do", self.mpirun(3).stderr)

    def test_a_finished_run_leaves_an_edited_output_alone(self):
        self.touch("mended")
        self.expect_status(self.mpirun(3), 0)
        self.write_output("EDIT")
        ran = self.mpirun(3)
        self.expect_status(ran, 0)
        self.assertIn("nothing to do", ran.stderr)
        self.assertEqual(self.rows()[0], "EDIT00000")


if __name__ == "__main__":
    main()
