"""Files that are shared with other workers: appended to line by line, or put in place whole."""

import errno
import fcntl
import itertools
import os
import shutil

_numbers = itertools.count()
_HIGH = 512  # scripts that close "all" descriptors rarely go this far


class AppendFile:
    """Opened when the first line comes, and again should somebody have closed its descriptor."""

    def __init__(self, path):
        self.path = path
        self._descriptor = -1

    def write(self, data):
        for is_second in (False, True):
            if self._descriptor < 0:
                self._descriptor = _open_high(self.path)
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
                return
            except OSError as error:
                if error.errno != errno.EBADF or is_second:
                    raise
                self._descriptor = -1


def _open_high(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    low = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except OSError:  # a low limit of open files
        return low
    os.close(low)
    return high


def copy_whole(source, target):
    """A file or a folder; a reader of `target` never sees half of a file."""
    if os.path.isdir(source):
        for folder, _, names in os.walk(source, followlinks=True):
            inner = os.path.join(target, os.path.relpath(folder, source))
            os.makedirs(inner, exist_ok=True)
            for name in names:
                copy_whole(os.path.join(folder, name), os.path.join(inner, name))
        return
    with open(source, "rb") as stream:
        put_whole(stream, target)


def put_whole(stream, target):
    """The rest of a binary stream, under its name only once it is complete."""
    folder = os.path.dirname(os.path.abspath(target))
    os.makedirs(folder, exist_ok=True)
    building = os.path.join(folder, ".new-%d-%s-%d" % (os.getpid(), os.uname().nodename, next(_numbers)))
    try:
        with open(building, "xb") as file:
            shutil.copyfileobj(stream, file)
        os.replace(building, target)
    except BaseException:
        if os.path.lexists(building):
            os.unlink(building)
        raise


def inside(folder, name):
    """The path of `name` below `folder`; ValueError for a name that leads out of it."""
    path = os.path.normpath(os.path.join(folder, name))
    if os.path.isabs(name) or not path.startswith(os.path.normpath(folder) + os.sep):
        raise ValueError("'%s' is no name below %s; use a relative one without '..'" % (name, folder))
    return path
