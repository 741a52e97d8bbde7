"""Who includes whom: every #include "…" against the table of rooms in src/README.md, so that the picture stays true."""

import os
import re
import unittest

from documents import ROOT, relative, text_of
from source_code import CPP, PROGRAM, files, lines_of

# Room → what it may use beside itself. Rooms of one level never include each other; a word that two need moves to `model`.
ROOMS_OF_ONE_LEVEL = {"config", "dataset", "scheduling", "ledger", "script", "output", "report"}
TABLE = {
    "support": set(),
    "model": set(),
    "config": {"model", "support", "prs"},
    "dataset": {"model", "support"},
    "scheduling": {"model"},
    "ledger": {"model", "support"},
    "script": {"model", "support"},
    "loader": {"dataset", "script", "model", "support"},
    "output": {"model", "support"},
    "report": {"model", "support"},
    "cluster": {"model", "support"},
    "farm": ROOMS_OF_ONE_LEVEL | {"cluster", "model", "support", "prs"},
    "app": ROOMS_OF_ONE_LEVEL | {"farm", "cluster", "model", "support", "prs"},
    "mpi": {"app", "farm", "cluster", "model", "support"},
    "prs": set(),
}
# What a room may use of another one, where that is not all of it: programs that talk share no more than what they say.
ONLY = {("loader", "script"): {"script/loader_wire.hpp"}}
# A third-party header stays in the rooms that wrap it.
THIRD_PARTY = {
    "yaml-cpp/": {"config"},
    "mpi.h": {"mpi"},
    "boost/": {"mpi"},
    "spdlog/": {"support"},
    "xxhash.h": {"support"},
    "CLI/": {"app"},
    "zlib.h": {"dataset"},
    "bzlib.h": {"dataset"},
    "zstd.h": {"dataset"},
    "hdf5.h": {"dataset"},
}


def room_of(path):
    parts = relative(path).split(os.sep)
    return {"src": parts[1], "mpi": "mpi", "include": "prs"}[parts[0]]


class Includes(unittest.TestCase):
    def test_every_room_includes_only_what_the_table_allows(self):
        wrong = []
        for path in files(CPP, *PROGRAM):
            room = room_of(path)
            for line in lines_of(path):
                found = re.match(r'#include "(([^"/]+)/[^"]+)', line)
                used = found and found.group(2)
                if found and (used not in TABLE[room] | {room} or found.group(1) not in ONLY.get((room, used), {found.group(1)})):
                    wrong.append("%s includes %s" % (relative(path), line.strip()))
                found = re.match(r"#include <([^>]+)>", line)
                for prefix, rooms in THIRD_PARTY.items():
                    if found and found.group(1).startswith(prefix) and room not in rooms:
                        wrong.append("%s includes %s" % (relative(path), line.strip()))
        self.assertEqual(wrong, [])

    def test_the_decider_reads_no_clock_and_does_no_io(self):
        forbidden = re.compile(r"steady_clock::now|system_clock::now|\bfopen\b|fstream|std::thread|::write\(|::read\(")
        for path in files(CPP, *PROGRAM):
            if room_of(path) in ("scheduling", "model"):
                self.assertIsNone(forbidden.search(text_of(path)), path)

    def test_every_room_of_the_table_is_there_and_described(self):
        text = text_of(os.path.join(ROOT, "src", "README.md"))
        for room in TABLE:
            if room != "prs":
                self.assertIn("`%s`" % ("mpi" if room == "mpi" else "src/" + room), text)
        self.assertEqual({room_of(path) for path in files(CPP, *PROGRAM)}, set(TABLE))


if __name__ == "__main__":
    unittest.main(verbosity=2)
