"""Entry script of hdf5_in.py, which makes its table: so many rows of numbers and texts for each file. Argument: the number of rows."""

import sys
import zlib

import numpy
import pandas


def run(mini_batch):
    count = int(sys.argv[1])
    chance = numpy.random.default_rng(zlib.crc32(mini_batch[0].encode()))
    number = numpy.arange(count)
    return pandas.DataFrame(
        {
            "number": number,
            "x": chance.random(count),
            "y": chance.normal(0, 1000, count),
            "count": number % 977,
            "text": ["text with %x" % value for value in number],
        }
    )
