"""A mount namespace of our own: what is mounted in it concerns nobody else, and ends with it.

As a command, own_mounts.py COMMAND…: becomes the command in such a namespace; exit status 77, with the reason, where there can be none.
"""

import ctypes
import errno
import os
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
SKIPPED = 77

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def mount(source, target, kind, flags, data=None):
    _call(_libc.mount, source.encode(), os.fsencode(target), kind and kind.encode(), ctypes.c_ulong(flags), data and data.encode())


def unmount(path):
    """At once for whoever comes; those who use it keep it."""
    _libc.umount2(os.fsencode(path), MNT_DETACH)


def enter():
    """Mounts of this process and of what it starts are its own from now on. Why not, else None. Before the first thread."""
    user, group = os.geteuid(), os.getegid()
    try:
        _call(_libc.unshare, CLONE_NEWNS if user == 0 else CLONE_NEWUSER | CLONE_NEWNS)
        if user != 0:
            for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group))):
                with open("/proc/self/" + name, "w") as stream:
                    stream.write(text)
        try:
            mount("none", "/", None, MS_REC | MS_PRIVATE)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            _enter_in_a_chroot()
    except OSError as error:
        return str(error)
    return None


def _enter_in_a_chroot():
    """There "/" is no mount point, so that nothing can be said of what is mounted below it: the same files once more, as one."""
    folder = os.getcwd()
    # Tried with one mount alone: where others see it, taking away a whole tree would take away its original, too.
    mount("/mnt", "/mnt", None, MS_BIND)
    if _is_shared("/mnt"):
        unmount("/mnt")
        raise OSError(errno.EINVAL, "in this chroot all mounts are seen outside of it, too")
    mount("/", "/mnt", None, MS_BIND | MS_REC)
    mount("none", "/mnt", None, MS_REC | MS_PRIVATE)
    os.chroot("/mnt")
    os.chdir(folder)


def _is_shared(place):
    """Whether other namespaces see what is mounted there (proc(5), mountinfo: optional fields before the dash)."""
    with open("/proc/self/mountinfo") as stream:
        lines = [line.split() for line in stream]
    fields = [words[6:words.index("-")] for words in lines if words[4] == place]
    return any(field.startswith("shared:") for field in fields[-1])


if __name__ == "__main__":
    why_not = enter()
    if why_not:
        print("skipped: no mount namespace of its own can be had here: " + why_not)
        sys.exit(SKIPPED)
    os.execvp(sys.argv[1], sys.argv[1:])
