"""A worker that is played, for tests of the host's loop: it gives tasks, and reads what stands in the result ring."""

import binascii
import mmap
import struct

import host_python  # noqa: F401
import prs_entry  # noqa: F401, before what needs the stand-ins
import prs_loop
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
