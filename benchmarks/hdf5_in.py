#!/usr/bin/env python3
"""Bytes of HDF5 a second until they are DataFrames in run(), beside one process that reads the same file with h5py.

The file is prs_mpi's own output: numbers and texts, in chunks. All sides take turns and are timed as in read_csv.py. Where the interpreter
has no h5py there is no other side.
"""

import os
import sys

from bench_support import BENCH_FOLDER, FarmRun, argument_parser, describe_machine, folder_of_empty_files
from bench_tables import PlainReader, TableFarm, readers_there, take_turns

ROWS_OF_FILE = 50_000  # that one mini-batch of the maker returns


def table_of(options):
    """(path, rows) of the HDF5 file; made once, and kept for the next time."""
    files = max(1, options.megabytes * 1_000_000 // (ROWS_OF_FILE * 48))
    maker = FarmRun(
        f"hdf5-{files}", options, folder_of_empty_files(files), "random_columns.py", [ROWS_OF_FILE],
        append_row_file_name="table.h5",
    )  # fmt: skip
    path = maker.output / "table.h5"
    if not path.exists() and maker.start().wait() != 0:
        maker.give_up("the table could not be made")
    return path, files * ROWS_OF_FILE


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="of the table, in millions of bytes, about")
    parser.add_argument("--mini-batch-size", default="8 MB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    BENCH_FOLDER.mkdir(parents=True, exist_ok=True)
    path, count = table_of(options)

    print(describe_machine(options.python))
    print(f"{count:,} rows, {os.path.getsize(path):,} bytes, mini-batches of {options.mini_batch_size}, {options.workers} workers")
    readers = readers_there(options, {"h5py": "h5py"})
    plain = [PlainReader(options, path, count, reader, cores) for reader in readers for cores in (1, 0)]
    take_turns(TableFarm("hdf5-in", options, path, {"format": "hdf5"}), plain, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
