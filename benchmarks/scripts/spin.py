"""Entry script of farm_overhead.py: run() uses so much CPU time of its own (argument, seconds) and returns what it got.

multiprocessing.Pool calls the very same run(), from pool_of_processes.py.
"""

import sys
import time

seconds = 0.0


def init():
    global seconds
    seconds = float(sys.argv[1])


def run(mini_batch):
    if seconds:
        clock = time.thread_time
        end = clock() + seconds
        while clock() < end:
            pass
    return mini_batch
