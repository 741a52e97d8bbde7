"""Entry script: which digit each image shows: the one whose mean image is nearest. An array comes in, and a list goes out."""

import argparse
import logging

import numpy


def init():
    """Called once in each script process, before its first mini-batch."""
    global means

    parser = argparse.ArgumentParser()
    parser.add_argument("--means", required=True, help="file with the mean image of each digit, one a line")
    args, _ = parser.parse_known_args()

    means = numpy.loadtxt(args.means, delimiter=",")
    logging.info("means of %d digits", len(means))


def run(mini_batch):
    """`mini_batch` is a numpy.ndarray of shape (n, 8, 8): some rows of the dataset. Returns a digit for each of them."""
    images = mini_batch.reshape(len(mini_batch), -1)
    # One row for each image, one column for each digit.
    apart = images[:, None, :] - means[None, :, :]
    return (apart**2).sum(axis=2).argmin(axis=1).tolist()
