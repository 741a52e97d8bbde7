"""The host's loop for tables, with a worker and a reader that are played: phases, times, recalls, whose a failure is."""

import os
import struct
import sys
import unittest

import host_python  # noqa: F401
import played_worker
import prs_entry  # noqa: F401, before what needs the stand-ins
import prs_failure
import prs_loop
import prs_partition
import prs_rows
import prs_wire as wire

LOAD_NS = 1000
PATH = os.fsencode("/data/t\udcff.csv")
HEADER = b"a,b"
TRAITS = 4


class PlayedWorker(played_worker.PlayedWorker):
    """Its frames are of tables: `texts` are the records of each."""

    def __init__(self, texts, key_values=b""):
        super().__init__(0, in_frames_of=1)
        self.is_memory_expected = False
        self._memories = []
        for sequence, text in enumerate(texts, 1):
            table = struct.pack("<II", 1, 1)
            table += struct.pack("<QQIIII", len(text), 70 + sequence, text.count(b"\n"), len(PATH), len(HEADER), TRAITS) + PATH + HEADER
            table += key_values
            body = struct.pack("<QQIII", sequence, sequence - 1, 2, text.count(b"\n"), len(table)) + table
            self._frames.append((wire.TABLE, struct.pack("<IHHQ", len(body), wire.TABLE, 1, 0) + body))
            memory = os.memfd_create("prs_table")
            os.write(memory, text)
            self._memories.append(memory)

    def add_rows(self, pieces):
        """A frame of rows of files, behind the others."""
        sequence = len(self._frames) + 1
        listed = b"".join(struct.pack("<QQI", first, behind, len(path)) + path for path, first, behind in pieces)
        body = struct.pack("<QQIII", sequence, sequence - 1, 2, 9, 8 + len(listed)) + struct.pack("<II", 1, len(pieces)) + listed
        self._frames.append((wire.ROWS, struct.pack("<IHHQ", len(body), wire.ROWS, 1, 0) + body))

    def expect_memory(self):
        self.is_memory_expected = True

    def take_memory(self):
        return self._memories.pop(0)


class Reader:
    """A DataFrame is the list of the lines. `calls`: what it was told each time, and the running word then."""

    def __init__(self, worker, of_lines=lambda lines: lines):
        self._worker, self._of_lines = worker, of_lines
        self.calls = []

    def frame_of_pieces(self, memory, input, pieces, partition_values):
        self._worker.time += LOAD_NS
        self.calls.append((input, *pieces, partition_values, self._worker.words[wire.RUNNING]))
        return self._of_lines(bytes(memory).decode().splitlines())

    def rows_frame(self, input, pieces, partition_values):
        self._worker.time += LOAD_NS
        self.calls.append((input, pieces, partition_values, self._worker.words[wire.RUNNING]))
        return self._of_lines(["%d" % row for _, begin, end in pieces for row in range(begin, end)])


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def serve(worker, reader, row, **more):
    encoder = prs_rows.make_encoder("text", False, {})
    script = played_worker.Script(worker, row)
    prs_loop.serve(worker, worker.memory, script, encoder, played_worker.Copy, worker.now, reader, **more)
    worker.read()


class TableLoopTest(unittest.TestCase):
    def test_each_is_loaded_then_run_and_its_rows_are_published(self):
        before = descriptors()
        worker = PlayedWorker([b"a\nb\n", b"c\n"])
        reader, running = Reader(worker), []

        def run(frame):
            running.append(worker.words[wire.RUNNING])
            return [line + "!" for line in frame]

        serve(worker, reader, run)
        self.assertTrue(worker.is_memory_expected)
        self.assertEqual(worker.rows_of(), {1: b"a!\nb!\n", 2: b"c!\n"})
        path = os.fsdecode(PATH)
        self.assertEqual(reader.calls, [
            (1, (path, 70 + n, size, items, HEADER, TRAITS), {}, n << 8 | wire.PHASE_LOADING) for n, size, items in ((1, 4, 2), (2, 2, 1))])
        self.assertEqual(running, [1 << 8 | wire.PHASE_RUNNING, 2 << 8 | wire.PHASE_RUNNING])
        times = {(end.process_ns, end.run_ns) for end in worker.ends()}
        self.assertEqual(times, {(LOAD_NS + played_worker.RUN_NS, played_worker.RUN_NS)})
        self.assertEqual(worker.words[wire.PHASE_STARTED], worker.time - played_worker.RUN_NS, "of the last run()")
        self.assertEqual(descriptors(), before)

    def test_rows_of_files_are_read_by_the_reader_itself(self):
        before = descriptors()
        worker = PlayedWorker([b"a\n"])
        worker.add_rows([(PATH, 7, 9), (b"/b", 0, 1)])
        worker.add_rows([(b"/c", 1, 2)])
        reader = Reader(worker)
        serve(worker, reader, lambda frame: [line + "!" for line in frame])
        self.assertEqual(worker.rows_of(), {1: b"a!\n", 2: b"7!\n8!\n0!\n", 3: b"1!\n"})
        self.assertEqual(reader.calls[1:], [
            (1, [(os.fsdecode(PATH), 7, 9), ("/b", 0, 1)], {}, 2 << 8 | wire.PHASE_LOADING),
            (1, [("/c", 1, 2)], {}, 3 << 8 | wire.PHASE_LOADING),
        ])
        times = {(end.process_ns, end.run_ns) for end in worker.ends()}
        self.assertEqual(times, {(LOAD_NS + played_worker.RUN_NS, played_worker.RUN_NS)})
        self.assertEqual(descriptors(), before)

    def test_rows_that_were_recalled_are_given_back(self):
        worker = PlayedWorker([b"a\n"])
        worker.add_rows([(b"/b", 0, 1)])

        def run(frame):
            worker.words[wire.RECALL_FROM], worker.words[wire.RECALL_TO] = 2, 3
            return frame

        serve(worker, Reader(worker), run)
        self.assertEqual([record.kind for record in worker.records], [wire.DONE + 1, wire.RETURNED])

    def test_values_of_partition_keys_come_with_the_table(self):
        worker = PlayedWorker([b"a\n"], "2024-01-31T00:00:00\0ä\0".encode())
        reader = Reader(worker)
        keys = prs_partition.PartitionKeys([{"name": "on", "is_date": True}, {"name": "store", "is_date": False}])
        serve(worker, reader, lambda frame: frame, keys=keys)
        self.assertEqual(worker.rows_of(), {1: b"a\n"})
        self.assertEqual(reader.calls[0][2], {"on": "2024-01-31T00:00:00", "store": "ä"})

    def test_a_failure_of_the_reader_is_one_of_loading(self):
        def fail(error):
            def of_lines(lines):
                raise error
            return of_lines

        class TableError(Exception):
            pass

        for error in (TableError("byte 7"), MemoryError(), ValueError("could not convert"), SystemExit(1), OSError(12, "x")):
            worker = PlayedWorker([b"a\n", b"b\n"])
            serve(worker, Reader(worker, fail(error)), lambda frame: self.fail("nothing was loaded"))
            self.assertEqual([end.status for end in worker.ends()], [wire.LOAD_EXCEPTION] * 2)
            self.assertEqual({(end.process_ns, end.run_ns) for end in worker.ends()}, {(LOAD_NS, 0)})
            self.assertIn(type(error).__name__.encode(), worker.ends()[0].body)

    def test_a_failure_of_run_is_one_of_run(self):
        worker = PlayedWorker([b"a\n", b"b\n", b"c\n"])

        def run(frame):
            if frame == ["b"]:
                raise KeyError("x")
            return frame if frame == ["a"] else None

        serve(worker, Reader(worker), run)
        self.assertEqual([end.status for end in worker.ends()], [wire.RUN_DONE, wire.RUN_EXCEPTION, wire.BAD_RETURN])

    def test_a_bug_of_our_own_leaves(self):
        worker = PlayedWorker([b"a\n"])
        worker.take_memory = lambda: "no descriptor"
        try:
            serve(worker, Reader(worker), lambda frame: frame)
        except TypeError as error:
            self.assertTrue(prs_failure.is_ours(error))
        else:
            self.fail("nothing was raised")
        worker.read()
        self.assertEqual(worker.records, [], "no try is charged for it")

    def test_what_was_recalled_is_not_loaded_but_given_back(self):
        before = descriptors()
        worker = PlayedWorker([b"a\n", b"b\n", b"c\n"])

        def run(frame):
            worker.words[wire.RECALL_FROM], worker.words[wire.RECALL_TO] = 2, 4
            return frame

        reader = Reader(worker)
        serve(worker, reader, run)
        self.assertEqual(worker.rows_of(), {1: b"a\n"})
        self.assertEqual([record.kind for record in worker.records], [wire.DONE + 1, wire.RETURNED, wire.RETURNED])
        self.assertEqual(len(reader.calls), 1)
        self.assertEqual(descriptors(), before)

    def test_long_rows_stream_through_and_cost_the_try_no_time(self):
        worker = PlayedWorker([b"a\n"] * 40)
        serve(worker, Reader(worker), lambda frame: ["x" * 250000] * 3)
        self.assertGreater(worker.waits, 1)
        self.assertEqual(len(worker.rows_of()), 40)
        times = {(end.process_ns, end.run_ns) for end in worker.ends()}
        self.assertEqual(times, {(LOAD_NS + played_worker.RUN_NS, played_worker.RUN_NS)})

    def test_what_comes_from_aside_leaves_whole_results_only(self):
        target = struck = seen = 0
        while seen >= target:
            target, seen = seen + 1, 0

            def strike(frame, event, argument):
                nonlocal seen
                if frame.f_code.co_filename in prs_failure._MACHINERY:
                    seen += 1
                    if seen == target:
                        raise LookupError("from aside")

            worker = PlayedWorker([b"a\n", b"b\n"])
            try:
                sys.setprofile(strike)
                serve_quietly(worker)
            except LookupError as error:
                sys.setprofile(None)
                struck += 1
                self.assertFalse(prs_failure.is_ours(error))
            finally:
                sys.setprofile(None)
            worker.read()
            for sequence, rows in worker.rows_of().items():
                self.assertEqual(rows, b"ab"[sequence - 1:sequence] + b"\n", target)
        self.assertGreater(struck, 30)
        self.assertEqual(worker.rows_of(), {1: b"a\n", 2: b"b\n"}, "nothing struck the last time")


def serve_quietly(worker):
    encoder = prs_rows.make_encoder("text", False, {})
    script = played_worker.Script(worker, lambda frame: frame)
    prs_loop.serve(worker, worker.memory, script, encoder, played_worker.Copy, worker.now, Reader(worker))


if __name__ == "__main__":
    unittest.main()
