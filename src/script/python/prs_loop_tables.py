"""Runs mini-batches of tables: from the worker's `table` and `rows` frames, through a reader that makes a DataFrame and the
user's run(), into the result ring (host_wire.hpp).

Each is a try of two phases with a time limit of its own: it is loaded, then it runs. Whose an exception is says prs_try.py;
while the DataFrame is made it is the try's, unless it arose in the host's own machinery.
"""

import mmap
import os
import struct
import sys
import threading

from prs_rows import header_bytes
from prs_try import failed_try, run_with_context
from prs_wire import (FRAME_BYTES, LOAD_EXCEPTION, PHASE_LOADING, PHASE_RUNNING, PHASE_STARTED, RECALL_FROM, RECALL_TO,
                      ROWS_HEADER, RUN_EXCEPTION, RUNNING, TABLE_HEADER, TASK_HEADER)

_NO_TEXTS = (b"", b"", b"", b"")
_INPUT = struct.Struct("<I")


class TableTaskRunner:
    """Runs the task of one frame after the other. `reader` has `frame(memory, input, path, byte_offset, header)`: a
    DataFrame of the records in `memory`, which it does not keep; `header`: the file's header record, where it was read. It
    also has `rows_frame(input, pieces)`: a DataFrame of rows that it reads itself, each piece a path and two numbers of rows.
    Clock and lock are bound before the user's code can replace them."""

    def __init__(self, ring, channel, script, encoder, reader, copy_mark, now, new_lock=threading.Lock):
        channel.expect_memory()
        self._ring, self._channel, self._script, self._reader = ring, channel, script, reader
        self._encode, self._copy_mark, self._now, self._lock = encoder.encode, copy_mark, now, new_lock()
        self._codec = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()

    def run_loaded(self, data):
        """Of a `table` frame: the records came along in a memory."""
        self._run(data, self._loaded, self._channel.take_memory())

    def run_rows(self, data):
        """Of a `rows` frame."""
        self._run(data, self._read, None)

    def _run(self, data, load, memory):
        ring, now = self._ring, self._now
        sequence, index, retries, _, _ = TASK_HEADER.unpack_from(data, FRAME_BYTES)
        started = now()
        self._enter(sequence, PHASE_LOADING, started)
        with self._lock:  # a full fence between the word and what is read next
            pass
        if ring.words[RECALL_FROM] <= sequence < ring.words[RECALL_TO]:
            if memory is not None:
                os.close(memory)
            ring.publish_returned(sequence)
            return
        times = _Times()
        try:
            rows, status, texts = self._tried(sequence, index, retries, lambda: load(data, memory), times)
        except BaseException as error:
            is_loaded = times.run_started != 0
            rows, status, texts = failed_try(
                error, not is_loaded or times.run_end, ring, self._copy_mark, RUN_EXCEPTION if is_loaded else LOAD_EXCEPTION)
        self._end_copy()
        ended = now()
        run_ns = (times.run_end or ended) - times.run_started if times.run_started else 0
        ring.publish_result(status, (sequence, rows, ended - started - ring.blocked_ns, run_ns), texts)
        ring.forget_blocked_time()
        self._channel.notify()

    def _tried(self, sequence, index, retries, load, times):
        """(rows, status, texts) of a try that ends well. No object of it is kept."""
        frame = load()
        times.run_started = self._now()
        self._enter(sequence, PHASE_RUNNING, times.run_started)
        script = self._script
        if script.call_form == "batch":
            result = script.run(frame)
        else:
            result = run_with_context(script.run, script.call_form, frame, index, retries)
        times.run_end = self._now()
        frame = None
        self._end_copy()
        rows, columns = self._encode(result, self._ring.emit)
        return rows, 0, (header_bytes(columns), b"", b"", b"") if columns else _NO_TEXTS

    def _loaded(self, data, descriptor):
        at = FRAME_BYTES + TASK_HEADER.size
        size, byte_offset, number, path_size = TABLE_HEADER.unpack_from(data, at)
        end = at + TASK_HEADER.unpack_from(data, FRAME_BYTES)[-1]
        at += TABLE_HEADER.size
        path = bytes(data[at:at + path_size]).decode(*self._codec)
        header = bytes(data[at + path_size:end]) or None
        try:
            memory = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        try:
            return self._reader.frame(memory, number, path, byte_offset, header=header)
        finally:
            _let_go(memory)

    def _read(self, data, _):
        at = FRAME_BYTES + TASK_HEADER.size
        end = at + TASK_HEADER.unpack_from(data, FRAME_BYTES)[-1]
        number, = _INPUT.unpack_from(data, at)
        at += _INPUT.size
        pieces = []
        while at < end:
            first, behind, path_size = ROWS_HEADER.unpack_from(data, at)
            at += ROWS_HEADER.size + path_size
            pieces.append((bytes(data[at - path_size:at]).decode(*self._codec), first, behind))
        return self._reader.rows_frame(number, pieces)

    def _enter(self, sequence, phase, time):
        words = self._ring.words
        words[PHASE_STARTED] = time
        words[RUNNING] = sequence << 8 | phase

    def _end_copy(self):
        """A copy that the script forked never answers (rule 4.9)."""
        if not self._copy_mark.page[0] and self._copy_mark.is_copy():
            os._exit(0)


class _Times:
    """When the run of one try began and ended; 0: it has not."""

    run_started = run_end = 0


def _let_go(memory):
    try:
        memory.close()
    except BufferError:
        pass  # of a failure whose traceback still holds a view of it: it goes with that
