"""A small disk for the run folder, that can be filled up. It needs a mount namespace (tests/run/own_mounts.py)."""

import os

from own_mounts import mount, unmount


class SmallDisk:
    """A tmpfs at `path`. fill() takes all that is free, and whatever gets free meanwhile does not count; free() gives it back."""

    def __init__(self, path, megabytes):
        self.path = path
        self.filler = os.path.join(path, "filler")
        os.mkdir(path)
        mount("tmpfs", path, "tmpfs", 0, "size=%dm" % megabytes)

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
        unmount(self.path)
