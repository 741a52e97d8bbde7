"""A small disk for the run folder, that can be filled up. Where mounting is not allowed there is none, and that is said."""

import ctypes
import os
import subprocess

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC_PRIVATE = 0x4000 | 0x40000
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source, target, kind, flags, data=None):
    _call(_libc.mount, source.encode(), os.fsencode(target), kind and kind.encode(), ctypes.c_ulong(flags), data and data.encode())


def enter_mount_namespace():
    """Mounts of this process and of what it starts are its own from now on, and end with it. Why not, else None.
    Before the first thread."""
    user, group = os.geteuid(), os.getegid()
    try:
        _call(_libc.unshare, CLONE_NEWNS if user == 0 else CLONE_NEWUSER | CLONE_NEWNS)
        if user != 0:
            for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group))):
                with open("/proc/self/" + name, "w") as stream:
                    stream.write(text)
        _mount("none", "/", None, MS_REC_PRIVATE)
    except OSError as error:
        return str(error)
    return None


class SmallDisk:
    """A tmpfs at `path`. fill() takes all that is free, and whatever gets free meanwhile does not count; free() gives it back."""

    def __init__(self, path, megabytes):
        self.path = path
        self.filler = os.path.join(path, "filler")
        os.mkdir(path)
        _mount("tmpfs", path, "tmpfs", 0, "size=%dm" % megabytes)

    def fill(self):
        blocks = 1 << 20
        with open(self.filler, "ab", buffering=0) as stream:
            while blocks >= 4096:
                try:
                    stream.write(bytes(blocks))
                except OSError:
                    blocks //= 2

    def free(self):
        if os.path.exists(self.filler):
            os.unlink(self.filler)

    def is_full(self):
        return os.path.exists(self.filler)

    def unmount(self):
        _libc.umount2(os.fsencode(self.path), MNT_DETACH)

    def copy_to(self, folder):
        """What was on it, for people: the mount ends with this process."""
        subprocess.run(["cp", "-a", self.path, folder], check=False)
