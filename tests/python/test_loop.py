"""The host's loop (rules 1.2, 6.1), with a worker that is played: what stands in the result ring, whatever the script lets loose."""

import binascii
import datetime
import mmap
import os
import struct
import sys
import unittest

import host_python  # noqa: F401
import prs_end
import prs_entry  # noqa: F401, before what needs the stand-ins
import prs_failure
import prs_loop
import prs_partition
import prs_ring
import prs_rows
import prs_wire as wire

RUN_NS, SECOND = 7, 10**9


class Record:
    def __init__(self, kind, status, body):
        self.kind, self.status, self.body = kind, status, body
        if kind in (wire.DONE, wire.RESULT):
            self.sequence, self.rows, self.process_ns, self.run_ns = struct.unpack_from("<QQqq", body)

    def last_rows(self):
        return self.body[32:] if self.kind == wire.DONE else self.body[48 + sum(struct.unpack_from("<IIII", self.body, 32)) :]


class PlayedWorker:
    """The other end of the memory and of the socket. Its clock stands still but in run() and while the host waits for room."""

    def __init__(self, tasks, in_frames_of=None, texts_before=b""):
        self.memory = mmap.mmap(-1, wire.CONTROL_BYTES + wire.RING_BYTES)
        self.words = memoryview(self.memory)[: wire.CONTROL_BYTES].cast("Q")
        self.time = 1000 * SECOND
        self.waits = 0
        self.records = []
        self._at = 0
        self._texts_before = texts_before
        step = in_frames_of or tasks
        self._frames = [self._tasks(range(first, min(first + step, tasks + 1))) for first in range(1, tasks + 1, step)]

    def now(self):
        return self.time

    def _tasks(self, sequences):
        body = struct.pack("<I", len(sequences))
        for sequence in sequences:
            item = self._texts_before + b"item%d\0" % sequence
            body += struct.pack("<QQIII", sequence, sequence - 1, 0, 1, len(item)) + item
        return wire.TASKS, struct.pack("<IHHQ", len(body), wire.TASKS, 0, 0) + body

    def next_frame_now(self):
        return self._frames.pop(0) if self._frames else None

    def next_frame(self):
        return wire.SHUTDOWN, b""

    def notify(self):
        pass

    def wait_for_space(self):
        self.waits += 1
        self.time += 50 * SECOND
        self.read()

    def read(self):
        """Takes what is published; fails on anything that a worker would call broken."""
        while self._at < self.words[wire.PUBLISHED]:
            at = wire.CONTROL_BYTES + self._at % wire.RING_BYTES
            size, kind, status, check = struct.unpack_from("<IHHQ", self.memory, at)
            body = self.memory[at + 16 : at + 16 + size]
            if kind == wire.DONE:
                expected = binascii.crc32(body[32:], self._at) ^ struct.unpack_from("<Q", body, 8)[0]
            else:
                expected = binascii.crc32(b"" if kind == wire.PAD else body, self._at) ^ kind << 32 ^ status << 48
            if check != expected or at + 16 + size > len(self.memory):
                raise AssertionError("a record of kind %d at %d is broken" % (kind, self._at))
            if kind != wire.PAD:
                self.records.append(Record(kind, status, body))
            self._at += 16 + (size + 15 & -16)
        self.words[wire.CONSUMED] = self._at

    def ends(self):
        return [record for record in self.records if record.kind in (wire.DONE, wire.RESULT)]

    def rows_of(self):
        """{sequence: rows} of the tries that ended well."""
        found, open_rows = {}, b""
        for record in self.records:
            if record.kind == wire.CHUNK:
                open_rows += record.body
                continue
            if record.kind in (wire.DONE, wire.RESULT):
                if record.status == wire.RUN_DONE:
                    found[record.sequence] = open_rows + record.last_rows()
                open_rows = b""
        return found


class Copy:
    """This process is no copy of another one."""

    page = b"\1"

    @staticmethod
    def is_copy():
        return False


class Script:
    call_form = "batch"

    def __init__(self, worker, row):
        self._worker, self._row = worker, row

    def run(self, mini_batch):
        self._worker.time += RUN_NS
        return self._row(mini_batch)


def serve(worker, row, format="text", **more):
    encoder = prs_rows.make_encoder(format, format == "csv", {})
    prs_loop.serve(worker, worker.memory, Script(worker, row), encoder, Copy, worker.now, **more)
    worker.read()


class ScriptWithContext(Script):
    call_form = "context"

    def run(self, mini_batch, context):
        return self._row((mini_batch, context.partition_key_value))


class PartitionKeysTest(unittest.TestCase):
    KEYS = prs_partition.PartitionKeys([{"name": "on", "is_date": True}, {"name": "store", "is_date": False}])
    TEXTS = b"2024-01-31T23:59:01\0\0"

    def test_their_values_are_no_paths(self):
        worker = PlayedWorker(2, texts_before=self.TEXTS)
        serve(worker, lambda mini_batch: [str(mini_batch)], keys=self.KEYS)
        self.assertEqual(worker.rows_of(), {1: b"['item1']\n", 2: b"['item2']\n"})

    def test_the_context_has_them_in_the_order_of_the_keys(self):
        worker, seen = PlayedWorker(1, texts_before=self.TEXTS), []
        script = ScriptWithContext(worker, lambda got: seen.append(got) or ["x"])
        encoder = prs_rows.make_encoder("text", False, {})
        prs_loop.serve(worker, worker.memory, script, encoder, Copy, worker.now, keys=self.KEYS)
        (paths, values), = seen
        self.assertEqual(paths, ["item1"])
        self.assertEqual(list(values.items()), [("on", datetime.datetime(2024, 1, 31, 23, 59, 1)), ("store", "")])

    def test_there_are_none_in_most_runs(self):
        worker, seen = PlayedWorker(1), []
        script = ScriptWithContext(worker, lambda got: seen.append(got) or ["x"])
        encoder = prs_rows.make_encoder("text", False, {})
        prs_loop.serve(worker, worker.memory, script, encoder, Copy, worker.now)
        self.assertEqual(seen, [(["item1"], {})])


class TimesTest(unittest.TestCase):
    def test_the_time_that_a_result_waits_for_room_belongs_to_nobody(self):
        # One record each; then chunks, of which the last one is the record's own; then results with texts.
        def fail(mini_batch):
            raise ValueError("x" * 900 + "\n" + "y" * 60000)

        for row in (lambda _: ["x" * 60000], lambda _: ["x" * 250000] * 3, fail):
            worker = PlayedWorker(200)
            starts = []

            def run(mini_batch):
                starts.append(worker.time - RUN_NS - worker.words[wire.PHASE_STARTED])
                return row(mini_batch)

            serve(worker, run)
            self.assertGreater(worker.waits, 1)
            self.assertEqual(len(worker.ends()), 200)
            self.assertEqual({(end.process_ns, end.run_ns) for end in worker.ends()}, {(RUN_NS, RUN_NS)})
            self.assertEqual(set(starts), {0}, "the time limit of run() begins with run()")

    def test_a_recalled_task_that_waits_for_room_costs_the_next_one_nothing(self):
        worker = PlayedWorker(100)

        def recall_the_next(mini_batch):
            sequence = int(mini_batch[0][4:])
            if worker.words[wire.PUBLISHED] % wire.RING_BYTES > wire.RING_BYTES - 60100:
                worker.words[wire.RECALL_FROM], worker.words[wire.RECALL_TO] = sequence + 1, sequence + 2
            room = wire.RING_BYTES - worker.words[wire.PUBLISHED] % wire.RING_BYTES
            return ["x" * (room - 49 if room < 60100 else 60000)]

        serve(worker, recall_the_next)
        kinds = [record.kind for record in worker.records]
        self.assertIn(wire.RETURNED, kinds)
        self.assertGreater(worker.waits, 0)
        self.assertEqual({(end.process_ns, end.run_ns) for end in worker.ends()}, {(RUN_NS, RUN_NS)})


class RowsTest(unittest.TestCase):
    def test_each_result_has_its_own_rows(self):
        def row(mini_batch):
            number = int(mini_batch[0][4:])
            if number % 4 == 0:
                raise ValueError(number)
            return ({"n": number, "x": "x" * (50000 * (number % 3))} for _ in range(number % 5))

        worker = PlayedWorker(40, in_frames_of=7)
        serve(worker, row, "csv")
        self.assertEqual([end.rows for end in worker.ends()], [0 if n % 4 == 0 else n % 5 for n in range(1, 41)])
        self.assertEqual(
            worker.rows_of(),
            {n: b"%d,%s\n" % (n, b"x" * (50000 * (n % 3))) * (n % 5) for n in range(1, 41) if n % 4},
        )


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
