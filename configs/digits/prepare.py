#!/usr/bin/env python3
"""Unpacks the bundled digits to one PGM image a file and fits the model: prepare.py FOLDER.

Writes FOLDER/train/*.pgm, FOLDER/test/*.pgm, FOLDER/labels.csv (file name, part, digit) and FOLDER/model.json.
Whatever these held before is written anew. Standard library only.
"""

import csv
import gzip
import json
import shutil
import sys
from pathlib import Path

SIDE = 8
DARKEST = 16
TRAINING_DIGITS = 1000


def read_digits(path):
    """All digits of the bundled file, as (64 grey values, digit)."""
    with gzip.open(path, "rt", newline="") as file:
        for line in csv.reader(file):
            *pixels, digit = map(int, line)
            if len(pixels) != SIDE * SIDE or max(pixels) > DARKEST or digit > 9:
                raise SystemExit(f"prepare.py: {path}: not an {SIDE}×{SIDE} digit: {line}")
            yield pixels, digit


def write_image(path, pixels):
    """A binary PGM image, which any picture viewer shows."""
    path.write_bytes(f"P5\n{SIDE} {SIDE}\n{DARKEST}\n".encode("ascii") + bytes(pixels))


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: prepare.py FOLDER")
    folder = Path(sys.argv[1])
    for part in ("train", "test"):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / part).mkdir(parents=True)

    counts = {"train": 0, "test": 0}
    neighbours = []
    with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as labels:
        truth = csv.writer(labels)
        truth.writerow(["file", "part", "digit"])
        for number, (pixels, digit) in enumerate(read_digits(Path(__file__).with_name("digits.csv.gz"))):
            part = "train" if number < TRAINING_DIGITS else "test"
            name = f"digit_{number:04d}.pgm"
            write_image(folder / part / name, pixels)
            truth.writerow([name, part, digit])
            counts[part] += 1
            if part == "train":
                neighbours.append({"digit": digit, "pixels": pixels})

    # To fit a nearest-neighbour model is to remember what it was shown.
    model = folder / "model.json"
    model.write_text(json.dumps({"kind": "nearest neighbour", "neighbours": neighbours}), encoding="utf-8")
    print(f"{counts['train']} digits in {folder / 'train'}, fitted to {model}")
    print(f"{counts['test']} digits in {folder / 'test'}, to be classified")


if __name__ == "__main__":
    main()
