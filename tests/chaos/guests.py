"""Processes that a launcher has below it and that are none of its own: they must outlive it."""

import os
import select
import signal

from run_testing import MARK
from victims import variable

# The launcher takes the place of a shell that has a child already; or gets an orphan of such a child, once it is there.
# "$1" is the file for the guest's process id; guests carry no mark, so that nothing else in a round hits them.
SHELL = {
    "launcher has a child": 'env -u %s sleep 1000 & echo $! >"$1"; shift; exec "$@"' % MARK,
    "launcher has an orphan": """
        env -u %s sh -c 'while kill -0 "$PPID" && ! pgrep -P "$PPID" "^(mpirun|prterun|prte)$"; do sleep 0.02; done
                         sleep 1000 & echo $! >"$1"' - "$1" >/dev/null 2>&1 &
        shift; exec "$@" """ % MARK,
}


class Guest:
    """`is_ready()` comes before anything else is done to the start: a guest that begins still looks like one of its processes."""

    def __init__(self, kind, file):
        self.kind, self.file = kind, file
        self.handle = None

    def words(self, launcher):
        """What starts the launcher so that it has the guest."""
        return ["bash", "-c", SHELL[self.kind], "-", self.file] + launcher

    def is_ready(self):
        if self.handle is None:
            try:
                with open(self.file) as stream:
                    text = stream.read()
                if text.endswith("\n") and variable(int(text), MARK) is None:
                    self.handle = os.pidfd_open(int(text))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return self.handle is not None

    def is_alive(self):
        return not select.select([self.handle], [], [], 0)[0]

    def end(self):
        if self.handle is not None:
            if self.is_alive():
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            os.close(self.handle)
