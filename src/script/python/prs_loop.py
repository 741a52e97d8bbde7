"""Runs mini-batches of files: from the worker's frames, through the user's run(), into the result ring (host_wire.hpp).

Written for speed: a short mini-batch costs no system call, no log line, and few objects. The words of the
control page are plain 8-byte stores. On x86 stores become visible in order; where a store has to be visible before a
later load (`running` before the recall is read) a lock operation lies between them, which is a full fence there. Where
memory is weaker the worker hands out one task at a time, so that system calls lie between.

Whose an exception is says prs_try.py.
"""

import os
import struct
import sys
import threading
import time
from binascii import crc32

from prs_partition import PartitionKeys
from prs_ring import RingWriter
from prs_rows import header_bytes
from prs_standin.batch import MiniBatch
from prs_loop_tables import TableTaskRunner
from prs_try import failed_try, run_with_context
from prs_wire import (CONTROL_BYTES, DONE, DONE_BODY, DONE_RECORD, FRAME_BYTES, PHASE_RUNNING, PHASE_STARTED, PUBLISHED,
                      RECALL_FROM, RECALL_TO, RING_BYTES, RUNNING, SHUTDOWN, TABLE, TASK_HEADER, TASKS)

_NOTICE_GAP_NS = 20000000
_COUNT = struct.Struct("<I")


def serve(channel, memory, script, encoder, copy_mark, now=time.monotonic_ns, reader=None, keys=PartitionKeys()):
    """Until the worker asks for the end. `script.run` and `encoder.encode` are called; nothing else of the user's. `reader`
    makes DataFrames, where the run has tables (prs_loop_tables.py). `keys`: the run's partition keys."""
    ring = RingWriter(memory, channel, copy_mark, now)
    tasks = TaskRunner(ring, channel, script, encoder, copy_mark, now, keys)
    tables = None if reader is None else TableTaskRunner(ring, channel, script, encoder, reader, copy_mark, now, keys)
    words = ring.words
    while True:
        frame = channel.next_frame_now()
        if frame is None:
            words[RUNNING] = words[RUNNING] & -256
            channel.notify()
            frame = channel.next_frame()
            tasks.last_notice = now()
        kind, data = frame
        if kind == SHUTDOWN:
            return
        if kind == TASKS:
            tasks.run(data)
        if kind == TABLE:
            tables.run(data)


class TaskRunner:
    """Runs the tasks of one frame after the other. Clock and lock are bound before the user's code can replace them."""

    def __init__(self, ring, channel, script, encoder, copy_mark, now, keys, new_lock=threading.Lock):
        lock = new_lock()
        self.last_notice = 0
        self._ring, self._now, self._keys = ring, now, keys
        self._run, self._call_form = script.run, script.call_form
        self._bound = (
            ring, ring.words, ring.memory, script.run, encoder.encode, ring.emit, channel.notify,
            copy_mark, copy_mark.page, copy_mark.is_copy, now, lock.acquire, lock.release, TASK_HEADER.unpack_from, TASK_HEADER.size,
            DONE_RECORD.pack_into, DONE_RECORD.size, DONE_BODY.size, sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(),
        )

    def run(self, data):
        (ring, words, memory, run, encode, emit, notify, copy_mark, mark, is_copy, now, fence_one, fence_two, unpack_task,
         header_size, pack_done, done_size, body_size, encoding, errors) = self._bound
        is_plain, mask = self._call_form == "batch" and not len(self._keys), RING_BYTES - 1
        count, = _COUNT.unpack_from(data, FRAME_BYTES)
        notice_at = count // 2 - 1
        at, started = FRAME_BYTES + _COUNT.size, now()
        for position in range(count):
            sequence, index, retries, _, size = unpack_task(data, at)
            at += header_size
            items = data[at:at + size - 1].decode(encoding, errors).split("\0") if size else []
            at += size
            words[PHASE_STARTED] = started
            words[RUNNING] = sequence << 8 | PHASE_RUNNING
            fence_one()
            fence_two()
            if sequence < words[RECALL_TO] and sequence >= words[RECALL_FROM]:
                ring.publish_returned(sequence)
                started = now()
                continue
            mini_batch = MiniBatch(items)
            mini_batch.minibatch_index = index
            run_end = status = 0
            try:
                result = run(mini_batch) if is_plain else self._run_with_more(mini_batch, index, retries)
                run_end = now()
                if not mark[0] and is_copy():  # rule 4.9: a copy that the script forked never answers
                    os._exit(0)
                rows, texts = encode(result, emit)
                texts = texts and (header_bytes(texts), b"", b"", b"")
            except BaseException as error:
                rows, status, texts = failed_try(error, run_end, ring, copy_mark)
            result = mini_batch = items = None
            if not mark[0] and is_copy():
                os._exit(0)
            ended = now()
            process_ns, run_ns = ended - started - ring.blocked_ns, (run_end or ended) - started
            if texts:
                ring.publish_result(status, (sequence, rows, process_ns, run_ns), texts)
                ended = now()
            else:
                piece = ring.pending
                size = len(piece)
                total = done_size + (size + 15 & -16)
                published = ring.published
                offset = published & mask
                if offset + total > RING_BYTES or published + total - ring.consumed > RING_BYTES:
                    offset, published, ended = self._wait_for_place(total)
                place = CONTROL_BYTES + offset
                pack_done(memory, place, body_size + size, DONE, 0, crc32(piece, published) ^ rows, sequence, rows, process_ns, run_ns)
                if size:
                    memory[place + done_size:place + done_size + size] = piece
                    ring.pending = b""
                ring.published = words[PUBLISHED] = published + total
            if ring.blocked_ns:
                ring.forget_blocked_time()
            if position == notice_at or ended - self.last_notice > _NOTICE_GAP_NS:
                notify()
                self.last_notice = ended
            started = ended

    def _run_with_more(self, mini_batch, index, retries):
        """Where run() gets a context, or values of partition keys came before the paths."""
        key_values = self._keys.values(self._keys.take_from(mini_batch)) if len(self._keys) else {}
        return run_with_context(self._run, self._call_form, mini_batch, index, retries, key_values)

    def _wait_for_place(self, size):
        """(offset, published, now): what a result waits for room is no try's time, nor the next one's."""
        offset = self._ring.place_for(size)
        return offset, self._ring.published, self._now()
