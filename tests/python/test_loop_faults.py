"""The host's loop (rules 1.2, 4.5): what the script lets loose costs its try, and a bug of the host's own is told from it."""

import os
import sys
import unittest

import host_python  # noqa: F401
import prs_end
import prs_entry  # noqa: F401, before what needs the stand-ins
import prs_failure
import prs_loop
import prs_ring
import prs_rows
import prs_wire as wire
from played_worker import Copy, PlayedWorker, Script, serve


class AsideTest(unittest.TestCase):
    """What the user's code lets loose on the host's own, at any point of it."""

    ROWS = {"short": lambda item: [item], "long": lambda item: [item * 20000] * 4, "odd": lambda item: (item for _ in [1])}

    def struck_at(self, target, rows, hook):
        """Serves three tasks; a function of the user's, set by sys.setprofile (for calls and returns) or sys.settrace (for
        lines too), raises when it is told of event number `target` in the host's own modules. The exception that left
        serve(), or None; the worker; how many events it was told of."""
        worker = PlayedWorker(3, in_frames_of=2)
        seen = 0

        def strike(frame, event, argument):
            nonlocal seen
            if frame.f_code.co_filename in prs_failure._MACHINERY:
                seen += 1
                if seen == target:
                    raise LookupError("from aside")
                return strike
            return None

        encoder = prs_rows.make_encoder("text", False, {})
        script = Script(worker, lambda mini_batch: rows(mini_batch[0]))
        try:
            hook(strike)
            prs_loop.serve(worker, worker.memory, script, encoder, Copy, worker.now)
        except LookupError as error:
            hook(None)
            worker.read()
            return error, worker, seen
        finally:
            hook(None)
        worker.read()
        return None, worker, seen

    def strike_everywhere(self, name, rows, hook):
        expected = {sequence: "".join(row + "\n" for row in rows("item%d" % sequence)).encode() for sequence in (1, 2, 3)}
        target = left = charged = seen = 0
        while seen >= target:
            target = seen + 1
            error, worker, seen = self.struck_at(target, rows, hook)
            failed = [end for end in worker.ends() if end.status != wire.RUN_DONE]
            if error is not None:  # nobody's: the worker has whole results, and gives the rest to another process
                left += 1
                self.assertFalse(prs_failure.is_ours(error))
                self.assertEqual(failed, [])
            elif failed:  # it struck while the values that run() returned were walked: as if in run()
                charged += 1
                self.assertEqual(len(failed), 1)
                self.assertIn(b"from aside", failed[0].body)
            for sequence, bytes_of_rows in worker.rows_of().items():
                self.assertEqual(bytes_of_rows, expected[sequence], "%s, struck at %d" % (name, target))
        self.assertEqual(worker.rows_of(), expected, "nothing struck the last time")
        return left, charged

    def test_an_exception_at_any_point_leaves_whole_results_only(self):
        for hook in (sys.setprofile, sys.settrace):
            for name, rows in self.ROWS.items():
                left, charged = self.strike_everywhere(name, rows, hook)
                self.assertGreater(left, 30, name)
                self.assertGreater(charged, 0, name)


    def test_what_strikes_a_host_that_waits_is_passed_over_and_told(self):
        strikes = [LookupError("from aside")] * 5
        told = []

        class Channel(wire.Channel):
            def __init__(self):
                self._told = 0

            def _poll(self):
                if strikes:
                    self.raise_from_aside(strikes.pop())

            raise_from_aside = staticmethod(_raise)
            say = staticmethod(told.append)

        channel = Channel()
        channel._wait()
        self.assertEqual(strikes, [])
        self.assertEqual(len(told), 3)
        self.assertIn(b"LookupError: from aside", told[0])
        self.assertIn(b"the next ones are not told", told[2])
        for request in (KeyboardInterrupt(), SystemExit(0), MemoryError()):
            strikes.append(request)
            with self.assertRaises(type(request)):
                channel._wait()


def _raise(error):
    raise error


class OwnFaultTest(unittest.TestCase):
    def caught(self, function, *arguments):
        try:
            function(*arguments)
        except BaseException as error:
            return error
        self.fail("nothing was raised")

    def test_a_bug_of_ours_is_told_from_what_the_user_lets_loose(self):
        ring = prs_ring.RingWriter(PlayedWorker(1).memory, None, Copy)
        ring.published = "not a number"
        error = self.caught(ring.place_for, 16)
        self.assertTrue(prs_failure.is_ours(error))
        category, message, detail = prs_failure.describe_own(error)
        self.assertRegex(message, rb"^TypeError: .* \(prs_ring\.py:\d+\)$")
        self.assertIn(b"in place_for", detail)

        class Ring(prs_ring.RingWriter):
            def _wait_for_room(self, size):
                raise self.error

        ring = Ring(PlayedWorker(1).memory, None, Copy)
        for ring.error in (ValueError("of the user's handler"), MemoryError(), KeyboardInterrupt(), SystemExit(1)):
            self.assertFalse(prs_failure.is_ours(self.caught(ring.place_for, 16)), ring.error)

    def test_short_memory_and_the_systems_refusals_are_no_bugs(self):
        for kind in (MemoryError, RecursionError, OSError):
            ring = prs_ring.RingWriter(PlayedWorker(1).memory, None, Copy)
            ring.failure = kind("here")
            self.assertFalse(prs_failure.is_ours(self.caught(ring.place_for, 16)), kind)

    def test_an_exception_of_a_class_alone_came_from_another_thread(self):
        for kind in (TimeoutError, type("Mine", (Exception,), {})):
            ring = prs_ring.RingWriter(PlayedWorker(1).memory, None, Copy)
            ring.failure = kind()
            self.assertFalse(prs_failure.is_ours(self.caught(ring.place_for, 16)), kind)

    def test_describing_never_fails(self):
        class Odd(type):
            @property
            def __name__(cls):
                raise RuntimeError("no name")

        class Nameless(Exception, metaclass=Odd):
            pass

        class Untouchable(Exception):
            def __getattribute__(self, name):
                raise RuntimeError("no " + name)

            def __setattr__(self, name, value):
                raise RuntimeError("no " + name)

        for kind in (Nameless, Untouchable):
            worker = PlayedWorker(2)

            def fail(mini_batch):
                raise kind()

            serve(worker, fail)
            self.assertEqual([record.status for record in worker.records], [wire.RUN_EXCEPTION] * 2)
            self.assertFalse(prs_failure.is_ours(kind()))

    def test_the_host_ends_and_says_whose_it_is(self):
        for error, kind in ((ValueError("the user's"), wire.INTERRUPTED), (None, wire.HOST_FAILED)):
            ring = prs_ring.RingWriter(PlayedWorker(1).memory, None, Copy)
            ring.failure = "no exception at all"
            error = error or self.caught(ring.place_for, 16)
            reader, writer = os.pipe()
            if os.fork() == 0:
                prs_end.end_by(error, _Sends(writer), Copy)
            os.close(writer)
            with os.fdopen(reader, "rb") as stream:
                self.assertEqual(stream.read(1)[0], kind)
            self.assertEqual(os.WEXITSTATUS(os.wait()[1]), 1)


class _Sends:
    """The end of a channel that notes the kinds of frames."""

    def __init__(self, fd):
        self._fd = fd

    def say(self, text):
        pass

    def send(self, kind, payload):
        os.write(self._fd, bytes([kind]))


if __name__ == "__main__":
    unittest.main()
