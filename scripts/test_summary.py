#!/usr/bin/env python3
"""Says which tests were skipped, and why, and the counts, from the JUnit file that ctest writes.

Called by scripts/test after ctest. Exit status 1 where no test passed: a run in which all were skipped proves nothing.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

# What the test frameworks print: Python's unittest (-v), and GoogleTest, whose reason stands on the next line.
UNITTEST_SKIP = re.compile(r"^(?P<name>.+) \.\.\. skipped ['\"](?P<reason>.*)['\"]$")
GOOGLETEST_PART_SKIP = re.compile(r"^\[  SKIPPED \] (?P<name>\S+) \(\d+ ms\)$")
GOOGLETEST_SKIP = re.compile(r"^.*:\d+: Skipped$")


def output_of(case):
    return [line.strip() for line in (case.findtext("system-out") or "").splitlines()]


def parts_skipped(case):
    """The tests inside a test program that were skipped, as (name, reason)."""
    parts, reason, previous = [], "", ""
    for line in output_of(case):
        if GOOGLETEST_SKIP.match(previous):
            reason = line
        if match := UNITTEST_SKIP.match(line):
            parts.append((match["name"], match["reason"]))
        # A program of one test is a case of its own, and then skipped as a whole.
        elif (match := GOOGLETEST_PART_SKIP.match(line)) and case.get("status") == "run":
            parts.append((match["name"], reason))
        previous = line
    return parts


def reason_of(case):
    """Why a whole test was skipped: what it says itself, else what ctest knows."""
    lines = output_of(case)
    for line, following in zip(lines, [*lines[1:], ""]):
        if GOOGLETEST_SKIP.match(line):
            return following
        if line.lower().startswith("skipped: "):
            return line[len("skipped: ") :]
    skipped = case.find("skipped")
    return next((line for line in reversed(lines) if line), "" if skipped is None else skipped.get("message", ""))


def main():
    cases = ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
    failed = [case for case in cases if case.get("status") == "fail"]
    skipped = [case for case in cases if case.get("status") not in ("run", "fail")]
    reasons = []
    for case in cases:
        parts = parts_skipped(case)
        reasons += [(f"{case.get('name')}: {name}", reason) for name, reason in parts]
        if case in skipped and not parts:
            reasons.append((case.get("name"), reason_of(case)))
    if reasons:
        print("\nSkipped, and why:")
        for name, reason in reasons:
            print(f"  {name}: {reason}")
    passed = len(cases) - len(failed) - len(skipped)
    print(f"\n{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
