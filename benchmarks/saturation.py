#!/usr/bin/python3
"""How many hand-outs a second go through one master, and what does it spend on each rank at the start and at the end?

Runs build/bin/bench_messages under mpirun with 2 to 64 ranks: the real master and real MPI messages, with workers that have no script
and report at once. Processor time of rank 0's main thread counts, since the ranks share the machine's cores.
"""

import argparse
import os
import statistics
import subprocess
import time

from bench_support import ROOT, describe_machine

WORDS = ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]


def run_once(options, ranks, btl, credit):
    """The figures of one run by their names, and `all_seconds`: from the command to the end of mpirun."""
    program = str(ROOT / "build" / "bin" / "bench_messages")
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    begun = time.time()
    command = ["mpirun", *WORDS, "--mca", "btl", btl + ",self", "-n", str(ranks), program, "--begun", repr(begun)]
    command += ["--mini-batches", str(options.mini_batches * credit), "--credit", str(credit)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=options.limit)
    line = next(line for line in answer.stdout.splitlines() if line.startswith("ranks="))
    figures = {name: float(value) for name, value in (word.split("=") for word in line.split())}
    figures["all_seconds"] = time.time() - begun
    return figures


def medians(options, ranks, btl, credit):
    runs = [run_once(options, ranks, btl, credit) for _ in range(options.repeat)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 4, 8, 16, 32, 64])
    parser.add_argument("--btl", nargs="+", default=["vader", "tcp"], help="Open MPI's ways: shared memory, TCP")
    parser.add_argument("--credit", type=int, nargs="+", default=[1, 64], help="mini-batches that a worker may hold")
    parser.add_argument("--mini-batches", type=int, default=20000, help="for a credit of 1")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each kind; medians are printed")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run")
    options = parser.parse_args()
    print(describe_machine("/usr/bin/python3"), flush=True)
    print("| over | ranks | credit | hand-outs a second: in this run | one core of rank 0 | µs to send | to receive |"
          " start, s | open: ms, µs a worker | close: ms, µs a worker | last rounds, ms | leave, µs a worker | all, s |")
    print("|" + " --- |" * 13, flush=True)
    for btl in options.btl:
        for credit in options.credit:
            for ranks in options.ranks:
                f = medians(options, ranks, btl, credit)
                print(f"| {btl} | {ranks} | {credit} | {f['hand_outs_a_second']:.0f} |"
                      f" {1e6 / f['processor_microseconds_a_hand_out']:.0f} | {f['send_microseconds']:.2f} |"
                      f" {f['receive_microseconds']:.2f} | {f['start_seconds']:.2f} |"
                      f" {f['open_seconds'] * 1e3:.1f}, {f['open_processor_microseconds_a_worker']:.1f} |"
                      f" {f['close_seconds'] * 1e3:.1f}, {f['close_processor_microseconds_a_worker']:.1f} |"
                      f" {f['last_rounds_seconds'] * 1e3:.1f} | {f['leave_processor_microseconds_a_worker']:.1f} |"
                      f" {f['all_seconds']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
