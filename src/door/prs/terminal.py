"""A terminal between the program and the one that people watch, so that the program's live line is drawn there."""

import errno
import os
import shutil


def pair():
    """The two ends of a new terminal as wide as the one of stderr: (what is read from, what the program writes to)."""
    import fcntl
    import struct
    import termios

    reading, writing = os.openpty()
    size = shutil.get_terminal_size()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))
    attributes = termios.tcgetattr(writing)
    attributes[1] &= ~termios.OPOST  # the outer terminal does it
    termios.tcsetattr(writing, termios.TCSANOW, attributes)
    return reading, writing


def read(words):
    """What has come, at least a byte; nothing at the end, which a terminal calls an error."""
    try:
        return words.read(65536)
    except OSError as error:
        if error.errno == errno.EIO:
            return b""
        raise
