#!/usr/bin/env python3
"""What a mini-batch of one item costs, beside multiprocessing.Pool.imap_unordered doing the same in the same minutes.

Both sides call the same run(), which uses --run-time of CPU of its own and returns its item; prs_mpi also writes every row and a ledger.
Pairs are interleaved, first one side and then the other; of each time the start-up is taken off: the median of runs with two items.
Efficiency = (N × t ÷ workers) ÷ wall.
"""

import json
import os
import subprocess
import sys

from bench_support import ROOT, FarmRun, argument_parser, describe_machine, folder_of_empty_files, median, spread

DEFAULT_COUNTS = {"0": 1_000_000, "1ms": 40_000, "10ms": 4_000}
RUN_SECONDS = {"0": 0.0, "1ms": 0.001, "10ms": 0.01}


def pool_seconds(options, folder, expected_rows):
    command = [options.python, str(ROOT / "benchmarks" / "pool_of_processes.py"), str(folder)]
    command += [str(RUN_SECONDS[options.run_time]), str(options.workers)]
    os.sync()
    result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    if result["count"] != expected_rows:
        raise SystemExit(f"the pool returned {result['count']} items of {expected_rows}")
    return result["seconds"]


class Side:
    """One of the two, and the times that it took."""

    def __init__(self, name, few, many, options, count):
        self.name, self.many, self.count, self.workers = name, many, count, options.workers
        self.run_seconds = RUN_SECONDS[options.run_time]
        self.start_up = median(few() for _ in range(options.start_up_runs))
        self.walls = []

    def measure(self):
        self.walls.append(max(self.many() - self.start_up, 1e-9))

    def rates(self):
        return [self.count / wall for wall in self.walls]

    def overheads(self):
        """Of each mini-batch: a worker's time that was not spent in run(), in µs."""
        return [(wall * self.workers / self.count - self.run_seconds) * 1e6 for wall in self.walls]

    def efficiencies(self):
        return [self.count * self.run_seconds / self.workers / wall for wall in self.walls]

    def report(self):
        print(f"{self.name}, start-up {self.start_up:.2f} s taken off; median (least … most)")
        print(f"  mini-batches a second       {spread(self.rates(), '{:,.0f}')}")
        print(f"  overhead of each, µs        {spread(self.overheads(), '{:.2f}')}")
        if self.run_seconds:
            print(f"  efficiency                  {spread(self.efficiencies(), '{:.4f}')}")


def main():
    parser = argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--run-time", choices=DEFAULT_COUNTS, default="0", help="CPU time of one run() call")
    parser.add_argument("--count", type=int, help="mini-batches (default: 1000000, 40000, 4000 by run time)")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--start-up-runs", type=int, default=3)
    options = parser.parse_args()
    count = options.count or DEFAULT_COUNTS[options.run_time]
    seconds = RUN_SECONDS[options.run_time]

    print(describe_machine(options.python))
    print(f"{count:,} mini-batches of one file, run() of {options.run_time}, {options.workers} workers, {options.pairs} pairs")
    many_files, two_files = folder_of_empty_files(count), folder_of_empty_files(2)
    many = FarmRun("farm-overhead", options, many_files, "spin.py", [seconds])
    few = FarmRun("farm-overhead-two", options, two_files, "spin.py", [seconds])
    farm = Side("prs_mpi", lambda: few.seconds(2), lambda: many.seconds(count), options, count)
    pool = Side(
        "multiprocessing.Pool.imap_unordered",
        lambda: pool_seconds(options, two_files, 2),
        lambda: pool_seconds(options, many_files, count),
        options,
        count,
    )

    ratios = []
    for pair in range(options.pairs):
        for side in (farm, pool) if pair % 2 == 0 else (pool, farm):
            side.measure()
        ratios.append(pool.walls[-1] / farm.walls[-1])
        print(f"pair {pair + 1}: prs_mpi {farm.walls[-1]:.3f} s, pool {pool.walls[-1]:.3f} s, rate ratio {ratios[-1]:.3f}", flush=True)
    print()
    farm.report()
    pool.report()
    print(f"rate of prs_mpi ÷ rate of the pool: {spread(ratios, '{:.3f}')}; all: {' '.join(f'{r:.3f}' for r in ratios)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
