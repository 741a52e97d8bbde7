"""The profile of run() (rule 2.3): the profiler's own file, and beside it the hottest functions, of both profilers of Python's."""

import csv
import os
import pstats
import tempfile
import unittest

import host_python  # noqa: F401 - puts the host's own modules on the path
import prs_profile


def busy(n):
    return sum(i * i for i in range(n))


class RunProfile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "process001.profile")

    def write(self, module="cProfile", runs=3):
        profile = prs_profile.RunProfile(module)
        run = profile.of(lambda mini_batch: [busy(2000) for _ in mini_batch])
        for _ in range(runs):
            self.assertEqual(len(run([1, 2])), 2)
        profile.write(self.path)

    def rows(self, path):
        with open(path, newline="") as stream:
            return list(csv.DictReader(stream))

    def test_both_profilers_tell_the_hottest_functions(self):
        for module in ("cProfile", "profile"):
            self.write(module)
        for path in (self.path, self.path + ".2"):
            self.assertGreater(pstats.Stats(path).total_calls, 6)
            rows = self.rows(path + ".hot.csv")
            (found,) = [row for row in rows if row["Function"] == "busy"]
            self.assertEqual(found["Calls"], "6")
            self.assertEqual(found["Place"], "%s:%d" % (__file__, busy.__code__.co_firstlineno))
            self.assertGreaterEqual(float(found["Seconds"]), float(found["Own Seconds"]))
            times = [float(row["Own Seconds"]) for row in rows]
            self.assertEqual(times, sorted(times, reverse=True))

    def test_a_name_with_line_breaks_stays_in_its_line(self):
        scope = {}
        exec(compile("def odd():\n    pass\n", "a\n\"b\",c", "exec"), scope)
        profile = prs_profile.RunProfile("cProfile")
        profile.of(scope["odd"])()
        profile.write(self.path)
        self.assertIn('a "b",c:1', [row["Place"] for row in self.rows(self.path + ".hot.csv")])

    def test_of_many_functions_the_hottest_are_kept(self):
        stats = {("f.py", i, "f"): (1, 1, i / 1000, i / 1000, {}) for i in range(500)}
        rows = prs_profile.hottest(stats)
        self.assertEqual(len(rows), prs_profile.HOTTEST)
        self.assertEqual(rows[0][3], "f.py:499")

    def test_a_function_has_the_same_name_in_each_process(self):
        stats = {("~", 0, "<built-in method of type object at 0x7f%d>" % i): (1, 1, i, i, {}) for i in range(2)}
        self.assertEqual({row[4] for row in prs_profile.hottest(stats)}, {"<built-in method of type object>"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
