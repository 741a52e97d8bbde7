"""One job: the program is started, its words are passed on as they come, and signals go on to it."""

import collections
import os
import signal
import subprocess
import sys
import threading

_STARTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "starter.py")
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

# How a job ended: its exit status, the last line that it said, whether a Ctrl-C was passed on.
Ended = collections.namedtuple("Ended", "exit_status last_line was_interrupted")


class Job:
    """A process of the program, in a session of its own: a Ctrl-C at the terminal reaches it once, through us. It is stopped
    when this process dies (starter.py)."""

    def __init__(self, words, is_quiet):
        self._words = [sys.executable, "-I", "-S", _STARTER, str(os.getpid())] + words
        self._is_quiet = is_quiet
        self._process = None
        self._signals = []

    def wait(self):
        """Starts it, and returns an Ended once it is over."""
        earlier = self._catch_signals()
        try:
            self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=subprocess.STDOUT, start_new_session=True)
            for number in list(self._signals):  # what came before there was anybody to pass it on to
                self._process.send_signal(number)
            last_line = self._pass_words_on()
            return Ended(self._process.wait(), last_line, signal.SIGINT in self._signals)
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _catch_signals(self):
        """Handlers of the user's own stay. Only the main thread may have any."""
        if threading.current_thread() is not threading.main_thread():
            return {}
        usual = (signal.SIG_DFL, signal.default_int_handler)
        return {number: signal.signal(number, self._on_signal) for number in _PASSED_ON if signal.getsignal(number) in usual}

    def _on_signal(self, number, _frame):
        self._signals.append(number)
        if self._process is not None:
            self._process.send_signal(number)

    def _pass_words_on(self):
        last = b""
        with self._process.stdout as stream:
            for line in stream:
                last = line.strip() or last
                if not self._is_quiet:
                    sys.stderr.write(line.decode("utf-8", "replace"))
                    sys.stderr.flush()
        return last.decode("utf-8", "replace")
