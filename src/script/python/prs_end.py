"""How the process ends by an exception that no try can be charged for. Used by prs_host and prs_loop only."""

import os
import signal
import sys

import prs_wire as wire
from prs_failure import arose_here, describe, describe_own, is_ours

_ATTEMPTS = 10


def end_by(error, channel, copy_mark):
    """Tells the worker of an exception that left serve(), and whose it is: a bug of ours, or code of the user's that ran
    from aside. Either way no mini-batch is to blame. Never returns."""
    if copy_mark.is_copy():  # rule 4.9
        os._exit(exit_code(error))
    for _ in range(_ATTEMPTS):
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            sys.settrace(None)
            sys.setprofile(None)
            flush_all()
            _tell(error, channel)
            break
        except BaseException as other:  # what was let loose once may come again
            if arose_here(other):
                break  # the script closed the socket
    os._exit(1)


def _tell(error, channel):
    kind, texts = (wire.HOST_FAILED, describe_own(error)) if is_ours(error) else (wire.INTERRUPTED, describe(error))
    channel.say(texts[2])
    channel.send(kind, b"\0".join(texts))


def exit_code(error):
    """What a process that ends by this exception would exit with."""
    if not isinstance(error, SystemExit):
        return 1
    return error.code & 255 if isinstance(error.code, int) else 0 if error.code is None else 1


def flush_all():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # the script closed it
