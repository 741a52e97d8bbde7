"""Becomes the program, which gets SIGTERM when the process that started it dies, by kill -9 too:

    python -I -S starter.py PID PROGRAM ARGUMENTS...

A process of its own, since code between fork and exec can hang where there are threads.
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main():
    parent, words = int(sys.argv[1]), sys.argv[2:]
    try:
        import ctypes
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (ImportError, OSError, AttributeError):
        pass  # then only the signals that are passed on stop it
    if os.getppid() != parent:
        return 75
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(words[0], words)


if __name__ == "__main__":
    sys.exit(main())
