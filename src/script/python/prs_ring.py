"""The host's end of the result ring (host_wire.hpp says what lies where, and what the worker can tell of it).

Nothing here touches a value of the user's: an exception that arises here is the host's own (prs_failure.is_ours).
"""

import os
import struct
import time
from binascii import crc32

import prs_wire as wire

_HEADER_BYTES = wire.RECORD_HEADER.size
_LARGE_PIECE = 1 << 16
_pack_header = wire.RECORD_HEADER.pack_into
_pack_numbers = wire.RESULT_BODY.pack
_pack_sequence = struct.Struct("<Q").pack


class RingWriter:
    """Publishes records. `published` and `consumed` are bytes since ever, the latter as last seen; `blocked_ns` is the time
    spent in waiting for room; `pending` is the last piece of the rows, which goes into the result's own record.

    The loop writes the record of a usual short result itself, where there is room: see TaskRunner.run."""

    def __init__(self, memory, channel, copy_mark, now=time.monotonic_ns):
        self.memory = memory
        self.words = memoryview(memory)[:wire.CONTROL_BYTES].cast("Q")
        self.published = self.consumed = self.blocked_ns = 0
        self.pending = b""
        self.failure = None
        self._channel = channel
        self._copy_mark = copy_mark
        self._now = now

    def place_for(self, size):
        """The place in the ring of a record of that many bytes; a pad fills the end of the ring where it would be cut."""
        if self.failure is not None:
            raise self.failure
        offset = self.published & wire.RING_BYTES - 1
        if offset + size > wire.RING_BYTES:
            pad = wire.RING_BYTES - offset
            self._wait_for_room(pad)
            _pack_header(self.memory, wire.CONTROL_BYTES + offset, pad - _HEADER_BYTES, wire.PAD, 0, crc32(b"", self.published) ^ wire.PAD << 32)
            self._go_on(pad)
            offset = 0
        self._wait_for_room(size)
        return offset

    def emit(self, piece):
        """A piece of the running task's rows."""
        if self.pending:
            self._publish_chunk(self.pending)
            self.pending = b""
        if len(piece) <= _LARGE_PIECE:
            self.pending = piece
            return
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), wire.LARGEST_PIECE_BYTES):
            self._publish_chunk(view[start:start + wire.LARGEST_PIECE_BYTES])

    def publish_result(self, status, numbers, texts):
        """The end of a try with texts: columns, category, message, detail. `numbers`: sequence, rows, the two times."""
        self._publish(wire.RESULT, status, b"".join((_pack_numbers(*numbers, *map(len, texts)), *texts, self.pending)))
        self.pending = b""

    def publish_returned(self, sequence):
        self._publish(wire.RETURNED, 0, _pack_sequence(sequence))
        self.forget_blocked_time()

    def forget_blocked_time(self):
        """The next task begins with none."""
        if self.blocked_ns:
            self.blocked_ns = self.words[wire.BLOCKED] = 0

    def _publish_chunk(self, piece):
        if not self._copy_mark.page[0] and self._copy_mark.is_copy():
            os._exit(0)
        try:
            self._publish(wire.CHUNK, 0, piece)
        except BaseException as error:
            # Below code of the user's, which may take it for one of its own: then the next record finds no room, and
            # place_for() raises it again. Else rows would be missing.
            self.failure = error
            self.consumed = -wire.RING_BYTES - 1
            raise

    def _publish(self, kind, status, body):
        size = len(body)
        total = _HEADER_BYTES + (size + 15 & -16)
        at = wire.CONTROL_BYTES + self.place_for(total)
        _pack_header(self.memory, at, size, kind, status, crc32(body, self.published) ^ kind << 32 ^ status << 48)
        self.memory[at + _HEADER_BYTES:at + _HEADER_BYTES + size] = body
        self._go_on(total)

    def _go_on(self, size):
        self.published += size
        self.words[wire.PUBLISHED] = self.published

    def _wait_for_room(self, size):
        if self.published + size - self.consumed <= wire.RING_BYTES:
            return
        words = self.words
        self.consumed = words[wire.CONSUMED]
        while self.published + size - self.consumed > wire.RING_BYTES:
            words[wire.HOST_WAITS] = start = self._now()
            self._channel.notify()
            self._channel.wait_for_space()
            self.consumed = words[wire.CONSUMED]
            self.blocked_ns += self._now() - start  # the worker's time, not the script's
            words[wire.BLOCKED] = self.blocked_ns
            words[wire.HOST_WAITS] = 0
