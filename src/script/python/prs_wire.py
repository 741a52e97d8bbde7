"""The host's end of the socket and of the shared memory to its worker. The other end, and what the numbers mean, is
src/script/host_wire.hpp; tests/python/test_wire.py compares them all.

A script may close any descriptor that it did not open; what the host keeps has a high number.
"""

import array
import fcntl
import mmap
import os
import resource
import select
import socket
import struct

from prs_failure import arose_here, describe

SETUP, TASKS, SPACE, SHUTDOWN, TABLE, ROWS = 1, 2, 3, 4, 5, 6
READY, INIT_FAILED, NOTIFY, SHUTDOWN_DONE, HOST_FAILED, INTERRUPTED = 16, 17, 18, 19, 20, 21

RUNNING, PHASE_STARTED, PUBLISHED, HOST_WAITS, BLOCKED = 1, 2, 3, 4, 5
CONSUMED, RECALL_FROM, RECALL_TO = 16, 17, 18
PHASE_IDLE, PHASE_LOADING, PHASE_RUNNING = 0, 1, 2
PAD, CHUNK, DONE, RESULT, RETURNED = 1, 2, 3, 4, 5
RUN_DONE, RUN_EXCEPTION, LOAD_EXCEPTION, BAD_RETURN = 0, 1, 3, 7

CONTROL_BYTES = 4096
RING_BYTES = 4 << 20
LARGEST_PIECE_BYTES = 1 << 20  # of one record
_MAGIC = 0x313054534F485350

TASK_HEADER = struct.Struct("<QQIII")
TABLE_HEADER = struct.Struct("<II")
TABLE_PIECE = struct.Struct("<QQIIII")
ROWS_PIECE = struct.Struct("<QQI")
RECORD_HEADER = struct.Struct("<IHHQ")
DONE_BODY = struct.Struct("<QQqq")
RESULT_BODY = struct.Struct("<QQqqIIII")
DONE_RECORD = struct.Struct("<IHHQQQqq")
_FRAME = struct.Struct("<IHHQ")
FRAME_BYTES = _FRAME.size
_NOTIFY_FRAME = _FRAME.pack(0, NOTIFY, 0, 0)
_RECEIVE_BYTES = 1 << 16
_DESCRIPTOR_BYTES = socket.CMSG_SPACE(array.array("i").itemsize)
_MOST_TOLD = 3
_MADV_WIPEONFORK = 18


def raised_fd(fd):
    """A copy of a descriptor beyond those that a script is likely to close."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    for lowest in (512, 200, 64):
        if soft == resource.RLIM_INFINITY or lowest < soft - 16:
            return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 0)


class CopyMark:
    """Tells a copy that the script forked from this process (rule 4.9), without a system call: a page that the kernel empties
    in every copy, however it was made. `page[0]` is 0 in a copy; then is_copy() makes sure."""

    def __init__(self):
        self._pid = os.getpid()
        self.page = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        try:
            self.page.madvise(_MADV_WIPEONFORK)
            self.page[0] = 1
        except OSError:
            pass  # an old kernel: always 0, and each time the process id is asked for

    def is_copy(self):
        return os.getpid() != self._pid


class Channel:
    """Frames both ways. A worker that is gone ends the process at once: nobody is left to answer."""

    def __init__(self, path):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(path)
        self._socket = socket.socket(fileno=raised_fd(connection.fileno()))
        connection.close()
        self.stderr = raised_fd(2)
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        self._poll = poll.poll
        self._receive = self._socket.recv
        self._memories = []  # that came along with table frames
        self._rest = b""     # received, after the last frame
        self._backlog = []   # frames that came while the host waited for another one
        self._told = 0       # exceptions that were passed over

    def receive_setup(self):
        """The payload of the first frame, and the shared memory that comes with it."""
        self._rest = self._receive_with_memory(_RECEIVE_BYTES)
        if not self._rest or not self._memories:
            os._exit(1)
        descriptor = self.take_memory()
        memory = mmap.mmap(descriptor, CONTROL_BYTES + RING_BYTES)
        os.close(descriptor)
        if struct.unpack_from("<Q", memory)[0] != _MAGIC:
            raise RuntimeError("prs_host.py and prs_mpi are not of the same version")
        kind, frame = self._take(0)
        return bytes(frame[FRAME_BYTES:]), memory

    def expect_memory(self):
        """From now on frames may take a memory along."""
        self._receive = self._receive_with_memory

    def _receive_with_memory(self, size, flags=0):
        """The kernel ends a piece of the stream behind each frame with a descriptor, so they come in the frames' order."""
        data, ancillary, _, _ = self._socket.recvmsg(size, _DESCRIPTOR_BYTES, flags | socket.MSG_CMSG_CLOEXEC)
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptor, = array.array("i", content)
                self._memories.append(raised_fd(descriptor))
                os.close(descriptor)
        return data

    def take_memory(self):
        """The descriptor that came with the first frame whose memory was not taken yet. The caller closes it."""
        return self._memories.pop(0)

    def next_frame_now(self):
        """(type, header and payload), or None where nothing has come."""
        if self._backlog:
            return self._backlog.pop(0)
        try:
            return self._take(socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None

    def next_frame(self):
        """The same where next_frame_now() had none; waits for it."""
        self._wait()
        return self._take(0)

    def wait_for_space(self):
        """Until the worker says that the ring has room; what else comes is kept."""
        while True:
            try:
                frame = self._take(socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait()
                continue
            if frame[0] == SPACE:
                return
            self._backlog.append(frame)

    def _wait(self):
        """Until something can be received. Nothing is taken meanwhile, so an exception that code of the user's lets loose here
        (a timer that run() left behind) can be passed over: nobody's mini-batch fails for it. One that asks the process to end
        is obeyed."""
        while True:
            try:
                self._poll()
                return
            except Exception as error:
                if arose_here(error) or isinstance(error, (MemoryError, RecursionError)):
                    raise
                self._tell_passed_over(error)

    def _tell_passed_over(self, error):
        self._told += 1
        if self._told <= _MOST_TOLD:
            self.say(b"prs_mpi: an exception of the entry script's own came while none of its code was called, and is passed over"
                     + (b"; the next ones are not told" if self._told == _MOST_TOLD else b"") + b":\n" + describe(error)[2])

    def say(self, text):
        """On the standard error that the process began with, whatever the script made of it."""
        try:
            os.write(self.stderr, text)
        except OSError:
            pass  # it only helps

    def _take(self, flags):
        data = self._rest
        while True:
            if len(data) >= FRAME_BYTES:
                length, kind, _, _ = _FRAME.unpack_from(data)
                end = FRAME_BYTES + length
                if len(data) >= end:
                    self._rest = data[end:]
                    return kind, data
                if end > _RECEIVE_BYTES:
                    self._rest = b""
                    return kind, self._read_long(data, end)
            received = self._receive(_RECEIVE_BYTES, flags)
            if not received:
                os._exit(1)
            data = data + received if data else received
            self._rest = data

    def _read_long(self, start, end):
        frame = bytearray(end)
        have = len(start)
        frame[:have] = start
        view = memoryview(frame)
        while have < end:
            received = self._socket.recv_into(view[have:])
            if received == 0:
                os._exit(1)
            have += received
        return frame

    def send(self, kind, payload=b""):
        self._socket.sendall(_FRAME.pack(len(payload), kind, 0, 0) + payload)

    def notify(self):
        try:
            self._socket.send(_NOTIFY_FRAME, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass  # full of notices that the worker has yet to read
        except ConnectionError:
            os._exit(1)
