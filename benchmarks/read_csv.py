#!/usr/bin/env python3
"""Bytes of CSV a second until they are DataFrames in run(), beside one process that reads the same file with pandas or pyarrow.

All sides take turns. prs_mpi is timed from the end of the first init() to the last DataFrame, and from the command, with planning,
the sample and all start-up. The others are timed without their imports, once held to one core and once not. Dask and Ray, where they are
installed, have all cores.
"""

import os
import random
import shutil
import sys

from bench_support import BENCH_FOLDER, argument_parser, describe_machine
from bench_tables import PlainReader, TableFarm, readers_there, take_turns

ROWS_OF_BLOCK = 10_000


def table_of(megabytes):
    """(path, rows) of a file with numbers and strings; made once, and kept for the next time."""
    folder = BENCH_FOLDER / f"table-{megabytes}"
    counted = folder / "rows"
    if not counted.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        counted.write_text(str(write_table(folder / "table.csv", megabytes * 1_000_000)), encoding="ascii")
    return folder / "table.csv", int(counted.read_text(encoding="ascii"))


def write_table(path, size):
    chance, number = random.Random(1), 0
    with open(path, "w", encoding="ascii") as file:
        file.write("number,x,y,count,name,text\n")
        while file.tell() < size:
            lines = []
            for number in range(number, number + ROWS_OF_BLOCK):
                x, y = chance.random(), chance.gauss(0, 1000)
                lines.append(f"{number},{x:.6f},{y!r},{number % 977},name {number % 5003},\"text, with {number:x}\"\n")
            number += 1
            file.write("".join(lines))
    return number


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="of the table, in millions of bytes")
    parser.add_argument("--mini-batch-size", default="8 MB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    path, count = table_of(options.megabytes)

    print(describe_machine(options.python))
    print(f"{count:,} rows, {os.path.getsize(path):,} bytes, mini-batches of {options.mini_batch_size}, {options.workers} workers")
    one_process = readers_there(options, {"pandas": "pandas", "pyarrow": "pyarrow"})
    many_processes = readers_there(options, {"dask": "dask.dataframe", "ray": "ray.data"})
    plain = [PlainReader(options, path, count, reader, cores) for reader in one_process for cores in (1, 0)]
    plain += [PlainReader(options, path, count, reader, 0) for reader in many_processes]
    take_turns(TableFarm("read-csv", options, path, {"format": "csv"}), plain, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
