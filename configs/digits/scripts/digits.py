"""Entry script: says which digit each image shows. One row an item: "<file name>: <digit>"."""

import argparse
import json
import math
import os

from azureml.core.model import Model
from azureml_user.parallel_run import EntryScript


def init():
    """Called once in each script process, before its first mini-batch: what is costly to load is loaded here."""
    global labels, neighbours

    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", required=True, help="file with the name of each class, one a line")
    parser.add_argument("--extra_arg", help="goes to the log; any further argument is left alone")
    args, _ = parser.parse_known_args()

    with open(args.labels, encoding="utf-8") as file:
        labels = file.read().split()
    with open(Model.get_model_path("digits"), encoding="utf-8") as file:
        neighbours = [(known["pixels"], known["digit"]) for known in json.load(file)["neighbours"]]

    logger = EntryScript().logger
    logger.info("model with %d neighbours, %d labels, extra_arg %s", len(neighbours), len(labels), args.extra_arg)


def read_image(path):
    """The grey values of a binary PGM image with no comments."""
    with open(path, "rb") as file:
        kind, size, _darkest, pixels = file.read().split(b"\n", 3)
    width, height = map(int, size.split())
    if kind != b"P5" or len(pixels) != width * height:
        raise ValueError(f"{path} is not a whole PGM image")
    return list(pixels)


def run(mini_batch):
    """Called for each mini-batch, a list of paths; returns a row for each item that succeeded."""
    rows = []
    for path in mini_batch:
        image = read_image(path)
        _, digit = min(neighbours, key=lambda known: math.dist(known[0], image))
        rows.append(f"{os.path.basename(path)}: {labels[digit]}")
    return rows
