"""Runs mini-batches: from the worker's frames, through the user's run(), into the result ring (host_wire.hpp).

Written for speed: a short mini-batch costs no system call, no log line, and few objects. The words of
the control page are plain 8-byte stores. On x86 stores become visible in order; where a store has to be visible before a
later load (`running` before the recall is read) a lock operation lies between them, which is a full fence there. Where
memory is weaker the worker hands out one task at a time, so that system calls lie between.
"""

import os
import struct
import sys
import threading
import time

import prs_wire as wire
from prs_failure import describe
from prs_rows import BadReturn
from prs_standin.batch import Context, MiniBatch

_NOTICE_GAP_NS = 20000000
_LARGE_PIECE = 1 << 16
_LONGEST_COLUMNS = 1 << 20


def serve(channel, memory, script, encoder, copy_mark):
    """Until the worker asks for the end. `script.run` and `encoder.encode` are called; nothing else of the user's."""
    words = memoryview(memory)[:wire.CONTROL_BYTES].cast("Q")
    running, phase_started, published_word, host_waits = wire.RUNNING, wire.PHASE_STARTED, wire.PUBLISHED, wire.HOST_WAITS
    consumed_word, recall_from, recall_to = wire.CONSUMED, wire.RECALL_FROM, wire.RECALL_TO
    control_bytes, ring_bytes, mask = wire.CONTROL_BYTES, wire.RING_BYTES, wire.RING_BYTES - 1
    unpack_task = struct.Struct("<QQIII").unpack_from
    unpack_count = struct.Struct("<I").unpack_from
    pack_header = struct.Struct("<IHH").pack_into
    pack_done = struct.Struct("<IHHQQQQ").pack_into
    pack_result = struct.Struct("<IHHQQQQIIII").pack_into
    pack_returned = struct.Struct("<IHHQ").pack_into
    lock = threading.Lock()
    fence_one, fence_two = lock.acquire, lock.release
    now, encode, notify = time.monotonic_ns, encoder.encode, channel.notify
    mark, is_copy = copy_mark.page, copy_mark.is_copy
    encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    run, call_form = script.run, script.call_form
    is_plain = call_form == "batch"
    done = wire.DONE
    published = consumed = blocked_ns = 0
    pending = b""  # the last piece of rows: it goes into the result's own record

    def wait_for_room(size):
        nonlocal consumed, blocked_ns
        while published + size - consumed > ring_bytes:
            consumed = words[consumed_word]
            if published + size - consumed <= ring_bytes:
                return
            words[host_waits] = 1
            start = now()
            notify()
            channel.wait_for_space()
            words[host_waits] = 0
            consumed = words[consumed_word]
            blocked_ns += now() - start  # the worker's time, not the script's

    def place_for(size):
        """Where a record of that many bytes goes; a pad fills the end of the ring where it would be cut."""
        nonlocal published
        offset = published & mask
        if offset + size > ring_bytes:
            pad = ring_bytes - offset
            wait_for_room(pad)
            pack_header(memory, control_bytes + offset, pad - 8, wire.PAD, 0)
            published += pad
            words[published_word] = published
            offset = 0
        wait_for_room(size)
        return control_bytes + offset

    def publish_chunk(piece):
        nonlocal published
        if not mark[0] and is_copy():
            os._exit(0)
        size = 8 + (len(piece) + 7 & -8)
        at = place_for(size)
        pack_header(memory, at, len(piece), wire.CHUNK, 0)
        memory[at + 8:at + 8 + len(piece)] = piece
        published += size
        words[published_word] = published

    def emit(piece):
        nonlocal pending
        if pending:
            publish_chunk(pending)
            pending = b""
        if len(piece) <= _LARGE_PIECE:
            pending = piece
            return
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), wire.LARGEST_PIECE_BYTES):
            publish_chunk(view[start:start + wire.LARGEST_PIECE_BYTES])

    def publish_result(status, sequence, rows, process_ns, run_ns, texts, piece):
        nonlocal published
        body = b"".join((*texts, piece))
        size = 56 + (len(body) + 7 & -8)
        at = place_for(size)
        pack_result(memory, at, 48 + len(body), wire.RESULT, status, sequence, rows, process_ns, run_ns, *map(len, texts))
        memory[at + 56:at + 56 + len(body)] = body
        published += size
        words[published_word] = published

    def publish_returned(sequence):
        nonlocal published
        pack_returned(memory, place_for(16), 8, wire.RETURNED, 0, sequence)
        published += 16
        words[published_word] = published

    last_notice = 0
    while True:
        frame = channel.next_frame_now()
        if frame is None:
            words[running] = words[running] & -256
            notify()
            frame = channel.next_frame()
            last_notice = now()
        kind, data = frame
        if kind == wire.SHUTDOWN:
            return
        if kind != wire.TASKS:
            continue
        count, = unpack_count(data, 16)
        notice_at = count // 2 - 1
        at = 20
        started = now()
        for position in range(count):
            sequence, index, retries, item_count, size = unpack_task(data, at)
            at += 28
            items = data[at:at + size - 1].decode(encoding, errors).split("\0") if size else []
            at += size
            words[phase_started] = started
            words[running] = sequence << 8 | 2
            fence_one()
            if sequence < words[recall_to] and sequence >= words[recall_from]:
                fence_two()
                publish_returned(sequence)
                continue
            mini_batch = MiniBatch(items)
            mini_batch.task_id = str(index)
            run_end = 0
            try:
                if is_plain:
                    result = run(mini_batch)
                elif call_form == "context":
                    result = run(mini_batch, Context(index, {}, retries, None, mini_batch))
                else:
                    result = run(mini_batch, context=Context(index, {}, retries, None, mini_batch))
                run_end = now()
                if not mark[0] and is_copy():  # SPEC 4.9: a copy that the script forked never answers
                    os._exit(0)
                rows, columns = encode(result, emit, item_count)
                if columns:
                    columns = columns.encode("utf-8", "backslashreplace")
                    if len(columns) > _LONGEST_COLUMNS:
                        raise BadReturn("the header of the DataFrame that run() returned is longer than 1 MiB")
                failure = None
            except BaseException as error:
                if not mark[0] and is_copy():
                    os._exit(_exit_code(error))
                failure = describe(error)
                status = wire.BAD_RETURN if type(error) is BadReturn else wire.RUN_EXCEPTION
                pending = b""
                error.__traceback__ = None  # its frames hold the user's objects
            result = mini_batch = items = None
            if not mark[0] and is_copy():
                os._exit(0)
            ended = now()
            if not run_end:
                run_end = ended
            if failure is None and not columns:
                size = len(pending)
                total = 40 + (size + 7 & -8)
                offset = published & mask
                if offset + total > ring_bytes or published + total - consumed > ring_bytes:
                    place = place_for(total)
                else:
                    place = control_bytes + offset
                pack_done(memory, place, 32 + size, done, 0, sequence, rows, ended - started - blocked_ns,
                          run_end - started)
                if size:
                    memory[place + 40:place + 40 + size] = pending
                    pending = b""
                fence_two()
                published += total
                words[published_word] = published
            else:
                fence_two()
                if failure is None:
                    publish_result(wire.RUN_DONE, sequence, rows, ended - started - blocked_ns, run_end - started,
                                   (columns, b"", b"", b""), pending)
                    pending = b""
                else:
                    publish_result(status, sequence, 0, ended - started - blocked_ns, run_end - started,
                                   (b"", *failure), b"")
            blocked_ns = 0
            if position == notice_at or ended - last_notice > _NOTICE_GAP_NS:
                notify()
                last_notice = ended
            started = ended


def _exit_code(error):
    """What a process that ends by this exception would exit with."""
    if not isinstance(error, SystemExit):
        return 1
    return error.code & 255 if isinstance(error.code, int) else 0 if error.code is None else 1
