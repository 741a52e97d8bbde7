#!/usr/bin/env python3
"""Compares the rows of a digits run with the truth: score.py ROWS LABELS. Exit status 1 where a digit is missing or doubled."""

import collections
import csv
import sys


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: score.py ROWS LABELS")
    rows_path, labels_path = sys.argv[1:]
    with open(labels_path, newline="", encoding="utf-8") as file:
        truth = {line["file"]: line["digit"] for line in csv.DictReader(file) if line["part"] == "test"}
    with open(rows_path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(": ") for line in file]

    print(f"== The first rows of {rows_path}")
    for name, digit in rows[:5]:
        print(f"{name}: {digit}")

    if sorted(name for name, _ in rows) != sorted(truth):
        missing = sorted(set(truth) - {name for name, _ in rows})
        raise SystemExit(f"score.py: {len(rows)} rows for {len(truth)} images; without a row: {missing[:5]}")

    mistakes = collections.Counter((truth[name], digit) for name, digit in rows if truth[name] != digit)
    right = len(rows) - sum(mistakes.values())
    print(f"\n== Accuracy: {right} of {len(rows)} digits are right, {100 * right / len(rows):.1f} %")
    taken = ", ".join(f"{was} for {said} ({count})" for (was, said), count in mistakes.most_common(5))
    if taken:
        print(f"Most often mistaken: {taken}")


if __name__ == "__main__":
    main()
