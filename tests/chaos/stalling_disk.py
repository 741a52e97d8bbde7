"""A disk that stalls or hangs for a while, by tests/run/faulty_disk.cpp, which is preloaded into all processes of a start."""

import os


class StallingDisk:
    """The rules of a round. A file that does not exist yet is a disk without any."""

    def __init__(self, folder, library):
        self.library = library
        self.path = os.path.join(folder, "disk-rules")
        self.rules = []
        self._write()

    def environment(self):
        return {"LD_PRELOAD": self.library, "PRS_FAULTY_DISK": self.path}

    def add(self, rule):
        self.rules.append(rule)
        self._write()

    def remove(self, rule):
        if rule in self.rules:
            self.rules.remove(rule)
            self._write()

    def hits(self, rule):
        """How often it has struck in this round."""
        call, part = rule.split()[:2]
        try:
            with open(self.path + ".hits", errors="replace") as stream:
                return sum(line.startswith(call + " ") and part in line for line in stream)
        except FileNotFoundError:
            return 0

    def _write(self):
        beside = self.path + ".new"
        with open(beside, "w") as stream:
            stream.write("".join(rule + "\n" for rule in self.rules))
        os.rename(beside, self.path)
