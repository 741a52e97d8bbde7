"""Runs mini-batches of tables: from the worker's `table` and `rows` frames, through a reader that makes a DataFrame and the
user's run(), into the result ring (host_wire.hpp).

Each is a try of two phases with a time limit of its own: it is loaded, then it runs. Whose an exception is says prs_try.py;
while the DataFrame is made it is the try's, unless it arose in the host's own machinery.
"""

import mmap
import os
import sys
import threading

from prs_rows import header_bytes
from prs_table_piece import Piece
from prs_try import failed_try, run_with_context
from prs_wire import (FRAME_BYTES, LOAD_EXCEPTION, PHASE_LOADING, PHASE_RUNNING, PHASE_STARTED, RECALL_FROM, RECALL_TO,
                      ROWS_PIECE, RUN_EXCEPTION, RUNNING, TABLE_HEADER, TABLE_PIECE, TASK_HEADER)

_NO_TEXTS = (b"", b"", b"", b"")


class TableTaskRunner:
    """Runs the task of one frame after the other. `reader` has `frame_of_pieces(memory, input, pieces, partition_values)`: a
    DataFrame of the records in `memory`, which it does not keep. It also has `rows_frame(input, pieces, partition_values)`: a
    DataFrame of rows that it reads itself, each piece a path and two numbers of rows. Clock and lock are bound before the
    user's code can replace them."""

    def __init__(self, ring, channel, script, encoder, reader, copy_mark, now, keys, new_lock=threading.Lock):
        channel.expect_memory()
        self._keys = keys
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
        frame, key_values = load()
        times.run_started = self._now()
        self._enter(sequence, PHASE_RUNNING, times.run_started)
        script = self._script
        result = run_with_context(script.run, script.call_form, frame, index, retries, key_values)
        times.run_end = self._now()
        frame = None
        self._end_copy()
        rows, columns = self._encode(result, self._ring.emit)
        return rows, 0, (header_bytes(columns), b"", b"", b"") if columns else _NO_TEXTS

    def _loaded(self, data, descriptor):
        """(DataFrame, values of the partition keys)"""
        input, pieces, texts = self._table_of(data, self._piece_at)
        try:
            memory = mmap.mmap(descriptor, sum(piece.size for piece in pieces), flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        try:
            frame = self._reader.frame_of_pieces(memory, input, pieces, self._keys.texts_by_name(texts))
        finally:
            _let_go(memory)
        return frame, self._keys.values(texts)

    def _read(self, data, _):
        """The same of rows that the reader reads itself."""
        input, pieces, texts = self._table_of(data, self._rows_at)
        return self._reader.rows_frame(input, pieces, self._keys.texts_by_name(texts)), self._keys.values(texts)

    def _table_of(self, data, piece_at):
        """What a frame says of its table: (input, pieces, texts of the partition keys)."""
        at = FRAME_BYTES + TASK_HEADER.size
        end = at + TASK_HEADER.unpack_from(data, FRAME_BYTES)[-1]
        input, count = TABLE_HEADER.unpack_from(data, at)
        at += TABLE_HEADER.size
        pieces = []
        for _ in range(count):
            piece, at = piece_at(data, at)
            pieces.append(piece)
        texts = bytes(data[at:end]).decode(*self._codec).split("\0")
        return input, pieces, texts[:-1]

    def _piece_at(self, data, at):
        size, begin, items, path_size, header_size, traits = TABLE_PIECE.unpack_from(data, at)
        path_at = at + TABLE_PIECE.size
        end = path_at + path_size + header_size
        path = bytes(data[path_at:path_at + path_size]).decode(*self._codec)
        return Piece(path, begin, size, items, bytes(data[path_at + path_size:end]) or None, traits), end

    def _rows_at(self, data, at):
        first, behind, path_size = ROWS_PIECE.unpack_from(data, at)
        path_at = at + ROWS_PIECE.size
        path = bytes(data[path_at:path_at + path_size]).decode(*self._codec)
        return (path, first, behind), path_at + path_size

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
