#!/usr/bin/env python3
"""The other side of farm_overhead.py: the same run() over the same items by multiprocessing.Pool.imap_unordered, chunksize 1.

pool_of_processes.py FOLDER SECONDS WORKERS: prints, as JSON, how many items came back and the seconds from before the pool was made to
after it was closed. The folder is listed before the clock starts. There is no durability, timeout or retry here, and no output.
"""

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))
import spin  # noqa: E402  (the entry script)


def run_one(path):
    return spin.run([path])


def main():
    folder, seconds, workers = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    spin.seconds = seconds  # the forked processes inherit it
    paths = sorted(entry.path for entry in os.scandir(folder))
    begin = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        count = sum(len(rows) for rows in pool.imap_unordered(run_one, paths, chunksize=1))
        pool.close()
        pool.join()
    print(json.dumps({"seconds": time.perf_counter() - begin, "count": count}))


if __name__ == "__main__":
    main()
