"""One job: the program is started, its words are passed on as they come, and signals go on to it."""

import collections
import os
import re
import select
import signal
import subprocess
import sys
import threading

from . import terminal

_STARTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "starter.py")
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_BEGIN_OF_LAST = "prs_mpi: "
_INTERRUPTED = 75
_LOOK_SECONDS = 0.2
_MOST_TAIL = 65536  # characters; a message with a list of mistakes is shorter

# How a job ended: its exit status, the last thing that it said (a line, or more that belong together), whether a Ctrl-C was
# passed on.
Ended = collections.namedtuple("Ended", "exit_status last_words was_interrupted")


class Job:
    """A process of the program, in a session of its own: a Ctrl-C at the terminal reaches it once, through us. It is stopped
    when this process dies (starter.py)."""

    def __init__(self, words, is_quiet):
        self._words = [sys.executable or "python3", "-I", "-S", _STARTER, str(os.getpid())] + words
        self._is_quiet = is_quiet
        self._process = None
        self._signals = []
        self._passed = 0  # how many of them the process was sent

    def wait(self):
        """Starts it, and returns an Ended once it is over. Whatever is raised here meanwhile ends it first."""
        earlier = self._catch_signals()
        try:
            last_words = self._start_and_listen()
            status = self._process.wait()
            if status < 0 and self._signals:  # it was signalled before it could know what that means
                status = _INTERRUPTED
            return Ended(status, last_words, signal.SIGINT in self._signals)
        except BaseException:
            if self._process is not None:
                self._process.terminate()
                self._process.wait()
            raise
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _start_and_listen(self):
        reading, writing = terminal.pair() if self._has_terminal() else os.pipe()
        with open(reading, "rb", buffering=0) as words:
            try:
                self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing,
                                                 start_new_session=True)
            finally:
                os.close(writing)
            self._pass_signals_on()
            try:
                return self._pass_words_on(words)
            except BaseException:
                self._is_quiet = True
                self._process.terminate()
                self._pass_words_on(words)  # whose words nobody takes dies of it
                raise

    def _has_terminal(self):
        """Whether people watch: then the program draws its live line."""
        return not self._is_quiet and sys.stderr is sys.__stderr__ and sys.stderr is not None and sys.stderr.isatty()

    def _catch_signals(self):
        """Handlers of the user's own stay. Only the main thread may have any."""
        if threading.current_thread() is not threading.main_thread():
            return {}
        usual = (signal.SIG_DFL, signal.default_int_handler)
        return {number: signal.signal(number, self._on_signal) for number in _PASSED_ON if signal.getsignal(number) in usual}

    def _on_signal(self, number, _frame):
        self._signals.append(number)
        self._pass_signals_on()

    def _pass_signals_on(self):
        """Each once: a second one means more. One may come before there is a process, or in the midst of this."""
        while self._process is not None and self._passed < len(self._signals):
            self._passed += 1
            self._process.send_signal(self._signals[self._passed - 1])

    def _pass_words_on(self, words):
        """Until all is said. A process that is left behind keeps the other end open, and is not waited for."""
        tail = ""
        while True:
            is_over = self._process.poll() is not None
            if not select.select([words], [], [], 0 if is_over else _LOOK_SECONDS)[0]:
                if is_over:
                    break
                continue
            piece = terminal.read(words)
            if not piece:
                break
            text = piece.decode("utf-8", "replace")
            tail = (tail + text)[-_MOST_TAIL:]
            if not self._is_quiet:
                sys.stderr.write(text)
                sys.stderr.flush()
        return _last_words(tail)


def _last_words(text):
    """The last line that begins as the program's lines do, and what follows it; else the last line."""
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", plain) if line.strip()]
    begins = [place for place, line in enumerate(lines) if line.startswith(_BEGIN_OF_LAST)]
    return "\n".join(lines[begins[-1] if begins else -1:])
