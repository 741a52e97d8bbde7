"""Rules 9.2, 9.3: report.html, while a run goes on and after it, and `prs_mpi report FOLDER`, which makes it anew."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import unittest

from run_testing import RunTest, main, PROGRAM
from simulated_run import SimulatedRun

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
ATTACK = "<script>alert(1)<&>'\".txt"
FAILING = """
import os, time
def run(mini_batch):
    number = int(os.path.basename(mini_batch[0])[4:9])
    if number % 5 == 0:
        raise ValueError("no fives: %d </script><script>alert(1)</script>" % number)
    if number % 7 == 0 and not os.path.exists(os.path.join({folder!r}, "again%d" % number)):
        open(os.path.join({folder!r}, "again%d" % number), "w").close()
        os._exit(3)
    return [number]
"""


# No mini-batch is over before each of two processes has come to one, so each of them has a part in the run.
SHARED = """import os, time
def busy(n):
    return sum(i * i for i in range(n))
def run(mini_batch):
    open(os.path.join({folder!r}, str(os.getpid())), "w").close()
    while len(os.listdir({folder!r})) < 2:
        time.sleep(0.01)
    return [busy(30000)]
"""


class _Page(html.parser.HTMLParser):
    """What a page says: its texts by section, how many scripts it has, and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.text, self.scripts, self.loads, self.refresh, self.sections, self.section = text, [], [], None, {}, None
        self.is_in_script = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.is_in_script = tag == "script"
        if tag == "script":
            self.scripts.append("")
        if tag == "section" or tag == "header":
            self.section = attributes.get("id", tag)
        self.loads += [attributes[name] for name in ("src", "href") if attributes.get(name)]
        if attributes.get("http-equiv") == "refresh":
            self.refresh = int(attributes["content"])

    def handle_endtag(self, tag):
        self.is_in_script = False
        if tag in ("section", "header"):
            self.section = None

    def handle_data(self, data):
        if self.is_in_script:
            self.scripts[-1] += data
        elif self.section:
            self.sections[self.section] = self.sections.get(self.section, "") + data + " "

    def data(self):
        return json.loads(self.scripts[0])


class ReportTest(RunTest):
    def page(self, path=None):
        page = _Page(self.read(path or self.out("report.html")))
        self.assertEqual(page.loads, [])
        self.assertEqual(len(page.scripts), 3)
        return page

    def write_failing_script(self):
        self.write_script(FAILING.format(folder=self.folder))

    def write_shared_script(self):
        os.mkdir(self.path("begun"))
        self.write_script(SHARED.format(folder=self.path("begun")))

    def report(self, *arguments):
        ran = self.prs_mpi("report", *arguments)
        self.expect_status(ran, 0)
        return ran.stdout


class AfterARun(ReportTest):
    def test_a_small_run(self):
        self.make_files(12)
        self.write_shared_script()
        self.write_config(environment_variables={"TOKEN": "very-secret"}, description="All of them")
        self.expect_status(self.mpirun(3), 0)
        page = self.page()
        self.assertIn("12 of 12 mini-batches done; it took", page.sections["header"])
        self.assertIn("All of them", page.sections["header"])
        self.assertIn("process001", page.sections["workers"])
        self.assertIn("No try failed", page.sections["failures"])
        self.assertIn("process_count_per_node: 2", page.sections["configuration"])
        self.assertNotIn("very-secret", page.text)
        self.assertIsNone(page.refresh)
        data = page.data()
        self.assertEqual(data["state"], "Completed")
        self.assertEqual(data["progress"]["done"][-1], 12)
        self.assertEqual(len(data["lanes"]["bars"]), 12)
        for lane, begin, end, *_ in data["lanes"]["bars"]:
            self.assertTrue(0 <= begin <= end <= data["lanes"]["end"], data["lanes"])

    def test_failures_by_cause_with_how_to_try_one(self):
        self.make_files(35)
        self.write_failing_script()
        self.write_config(run_max_try=2)
        self.expect_status(self.mpirun(3), 0)
        page = self.page()
        self.assertIn("28 of 35 mini-batches done, 7 given up, 7 items failed", page.sections["header"])
        failures = page.sections["failures"]
        self.assertIn("14 tries: ValueError: no fives", failures)
        self.assertIn("and alike", failures)
        self.assertIn("raise ValueError", failures)
        self.assertRegex(failures, "4 tries: ProcessDied")
        (command,) = set(re.findall(r"prs_mpi try (\S+) --mini-batch \d*[05]\b", failures))
        self.assertEqual(command, self.path("config.yaml"))
        self.assertRegex(page.sections["retries"], r"11 tries were a second or later one; 4 mini-batches came right")
        tried = self.prs_mpi("try", command, "--mini-batch", "5")
        self.assertIn("no fives: 5", tried.stderr)

    def test_what_users_name_and_throw_is_text(self):
        with open(self.path("data", ATTACK), "w"):
            pass
        self.write_script("def run(mini_batch):\n    raise ValueError(mini_batch[0] + '</script><img src=x onerror=alert(1)>')\n")
        self.write_config(top={"name": ATTACK}, run_max_try=1)
        self.expect_status(self.mpirun(3), 1)
        page = self.page()
        self.assertIn(ATTACK, page.sections["header"])
        self.assertIn("<img src=x onerror=alert(1)>", page.sections["failures"])
        self.assertIn(ATTACK, page.sections["run-times"])

    def test_the_hottest_functions_of_all_processes(self):
        self.make_files(6)
        self.write_shared_script()
        self.write_config(profiling_module="cProfile")
        self.expect_status(self.mpirun(3), 0)
        profile = self.page().sections["profile"]
        self.assertIn("Summed over 2 profiles", profile)
        self.assertIn("<genexpr>", profile)
        self.assertIn(self.path("scripts", "entry.py") + ":3", profile)
        self.assertRegex(self.report("out", "--text"), r"(?s)Hottest functions.*<genexpr>")


class TheVerb(ReportTest):
    def run_once(self):
        self.make_files(10)
        self.write_failing_script()
        self.write_config(run_max_try=1)
        self.expect_status(self.mpirun(3), 0)

    def test_makes_the_page_anew_and_says_where_it_is(self):
        self.run_once()
        first = self.page()
        os.unlink(self.out("report.html"))
        self.assertEqual(self.report("out"), self.out("report.html") + "\n")
        again = self.page()
        made = re.compile(r"Page made \S+")
        self.assertEqual(made.sub("", again.sections.pop("header")), made.sub("", first.sections.pop("header")))
        self.assertEqual(again.sections, first.sections)
        self.assertEqual(self.report("out/", "--to", self.path("other.html")), self.path("other.html") + "\n")
        self.page(self.path("other.html"))

    def test_a_summary_for_the_terminal(self):
        self.run_once()
        os.unlink(self.out("report.html"))
        text = self.report("out", "--text")
        self.assertIn("test: Completed. ", text)
        self.assertRegex(text, r"  2 tries     ValueError: no fives: \d </script>")
        self.assertIn("prs_mpi try " + self.path("config.yaml") + " --mini-batch ", text)
        self.assertFalse(os.path.exists(self.out("report.html")))

    def test_what_no_longer_has_prs_keeps_its_page(self):
        self.run_once()
        shutil.rmtree(self.out(".prs"))
        self.report("out")
        page = self.page()
        self.assertIn("2 tries: ValueError", page.sections["failures"])
        self.assertEqual(len(page.data()["lanes"]["bars"]), 10)

    def test_what_is_no_run_folder_is_refused(self):
        for words, message in ((["nowhere"], "there is no folder"), (["data"], "is not a run folder"), ([], "a run folder is missing"),
                               (["out", "--overwrite"], "'--overwrite' is an option of prs_mpi join or prs_mpi run")):
            ran = self.prs_mpi("report", *words)
            self.assertEqual(ran.status, 2)
            self.assertIn(message, ran.stderr)
        self.assertFalse(os.path.exists(self.path("data", "report.html")))


class WhereItIsWritten(ReportTest):
    def setUp(self):
        super().setUp()
        self.make_files(3)
        self.write_script("def run(mini_batch):\n    return list(mini_batch)\n")
        self.write_config()
        self.expect_status(self.mpirun(3), 0)

    def expect_refused(self, to, *texts):
        names = sorted(os.listdir(self.folder))
        ran = self.prs_mpi("report", "out", "--to", to)
        self.expect_status(ran, 2)
        for text in texts:
            self.assertIn(text, ran.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), names)

    def test_what_is_no_page_is_never_replaced(self):
        rows = self.rows()
        ran = self.prs_mpi("report", "out", "--to", "out/parallel_run_step.txt")
        self.expect_status(ran, 2)
        self.assertIn("out/parallel_run_step.txt is there already and is no page of prs_mpi", ran.stderr)
        self.assertEqual(self.rows(), rows)
        with open(self.path("my.html"), "w") as stream:
            stream.write("<html>mine")
        os.symlink("my.html", self.path("link.html"))
        for name in ("my.html", "link.html"):
            self.expect_refused(name, "give --to FILE to make the page elsewhere")
            self.assertEqual(self.read(self.path(name)), "<html>mine")
        self.assertTrue(os.path.islink(self.path("link.html")))

    def test_what_is_no_file_is_refused_with_its_name(self):
        os.mkdir(self.path("pages"))
        os.mkfifo(self.path("fifo"))
        os.symlink("nowhere", self.path("broken"))
        for name, kind in (("pages", "a folder"), ("fifo", "no regular file"), ("broken", "a link that leads nowhere")):
            self.expect_refused(name, "%s is %s, so it stays as it is: give --to the name of a new file" % (name, kind))
        self.expect_refused("new/page.html", "there is no folder new for the page")

    def test_a_page_is_made_anew_through_a_link(self):
        os.mkdir(self.path("pages"))
        self.report("out", "--to", "pages/a.html")
        os.symlink("pages/a.html", self.path("a.html"))
        os.truncate(self.path("pages", "a.html"), 1000)
        self.report("out", "--to", "a.html")
        self.assertTrue(os.path.islink(self.path("a.html")))
        self.page(self.path("pages", "a.html"))
        self.assertEqual(os.listdir(self.path("pages")), ["a.html"])

    def test_several_at_once(self):
        for _ in range(5):
            for job in [self.start([PROGRAM, "report", "out"]) for _ in range(4)]:
                self.expect_status(self.finish(job), 0)
        self.page()
        self.assertEqual([name for name in os.listdir(self.out()) if name.endswith(".part")], [])

    @unittest.skipUnless(os.geteuid() == 0, "a test of what somebody else may do needs root")
    def test_who_may_not_write_there_is_told_of_another_place(self):
        other = 65534
        os.chmod(self.folder, 0o755)
        ran = self.finish(self.start([PROGRAM, "report", "out"], user=other, group=other, extra_groups=[]))
        self.expect_status(ran, 3)
        self.assertIn("you may not write in %s, where %s would be (Permission denied): --to FILE" % (self.out(), self.out("report.html")), ran.stderr)
        os.mkdir(self.path("theirs"))
        os.chown(self.path("theirs"), other, other)
        there = ["report", "out", "--to", "theirs/page.html"]
        self.expect_status(self.finish(self.start([PROGRAM] + there, user=other, group=other, extra_groups=[])), 0)
        self.page(self.path("theirs", "page.html"))
        ran = self.finish(self.start([PROGRAM, "run", "config.yaml"], user=other, group=other, extra_groups=[]))
        self.expect_status(ran, 3)
        self.assertIn("you may not write in the run folder: %s: Permission denied; choose another `output`" % self.out(".prs", "lease"), ran.stderr)


class WhileItGoesOn(ReportTest):
    def test_the_page_follows_and_a_browser_is_told_to_look_again(self):
        self.make_files(8)
        self.write_noting_script("wait_while_held('run')")
        self.write_config()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: os.path.exists(self.out("report.html")), "a page is made while the run goes on")
        page = self.page()
        self.assertEqual(page.data()["state"], "Running")
        self.assertIn("0 of 8 mini-batches done", page.sections["header"])
        self.assertGreaterEqual(page.refresh, 1)
        self.let_go()
        self.expect_status(self.finish(job), 0)
        self.assertEqual(self.page().data()["state"], "Completed")

    def test_several_starts_are_one_run(self):
        self.make_files(30)
        self.write_noting_script("time.sleep(0.02); wait_while_held('run') if os.path.basename(mini_batch[0]) > 'item00015' else None")
        self.write_config()
        self.hold()
        job = self.start(self.mpirun_words(3, "config.yaml"))
        self.wait_until(lambda: self.count("ended") >= 14, "half of the mini-batches ended")
        self.wait_until(lambda: os.path.exists(self.out("report.html")) and self.page().data()["lanes"]["bars"], "the page has tries")
        self.assertIn("Running", self.report("out", "--text"))
        self.kill_job(job, 0)
        self.assertIn("Not ended", self.report("out", "--text"))
        self.let_go()
        self.expect_status(self.mpirun(3), 0)
        page = self.page()
        self.assertIn("30 of 30 mini-batches done", page.sections["header"])
        self.assertIn("of 2 starts", page.sections["header"])
        data = page.data()
        self.assertEqual(len(data["starts"]), 2)
        self.assertEqual(data["progress"]["t"], sorted(data["progress"]["t"]))
        self.assertLess(data["lanes"]["end"], 100)


@unittest.skipUnless(BROWSER, "there is no chromium here (Debian's package chromium)")
class InABrowser(ReportTest):
    def browse(self, path, *options):
        """What the page became, and that nothing was said against it."""
        words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--enable-logging=stderr", "--virtual-time-budget=5000", "--user-data-dir=" + self.path("profile")]
        ran = subprocess.run(words + list(options) + ["file://" + path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=100, text=True, errors="replace")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual([line for line in ran.stderr.splitlines() if "CONSOLE" in line], [])
        return ran.stdout

    def expect_drawn(self, path, charts, *options):
        page = self.browse(path, "--dump-dom", *options)
        self.assertEqual(re.findall(r'data-drawn="(\d+) charts', page), [str(charts)])
        shot = self.path("shot.png")
        self.browse(path, "--screenshot=" + shot, "--window-size=1240,2400", *options)
        self.assertGreater(os.path.getsize(shot), 20000)
        return page

    def test_a_run_with_failures(self):
        self.make_files(35)
        self.write_failing_script()
        self.write_config(run_max_try=2, resource_monitor_interval=0.05)
        self.expect_status(self.mpirun(3), 0)
        page = self.expect_drawn(self.out("report.html"), 5)
        self.assertNotIn("<figure class=\"lanes\" hidden", page)

    def test_it_can_be_read_without_scripts(self):
        SimulatedRun(self.out(), mini_batches=200, workers=3, failing=0.1).write()
        self.report("out")
        page = self.page()
        self.assertEqual(len(re.findall("<figure[^>]*hidden", page.text)), len(re.findall("<figure", page.text)))
        for section in ("progress", "workers", "efficiency", "run-times", "nodes"):
            self.assertRegex(page.sections[section], r"\d")
        # Headless, a browser with scripts switched off makes no picture: it gets a page that has none.
        with open(self.path("plain.html"), "w") as stream:
            stream.write(re.sub("<script.*?</script>", "", page.text, flags=re.DOTALL))
        shot = self.path("shot.png")
        self.browse(self.path("plain.html"), "--screenshot=" + shot, "--window-size=1240,2400")
        self.assertGreater(os.path.getsize(shot), 20000)

    def test_a_large_run_is_a_small_page(self):
        SimulatedRun(self.out(), mini_batches=30000, workers=300, nodes=12, failing=0.01).write()
        self.report("out")
        self.assertLess(os.path.getsize(self.out("report.html")), 1 << 20)
        data = self.page().data()
        self.assertEqual(data["lanes"]["bars"], [])
        self.assertEqual(len(data["lanes"]["busy"]), 300)
        self.expect_drawn(self.out("report.html"), 5)


if __name__ == "__main__":
    main()
