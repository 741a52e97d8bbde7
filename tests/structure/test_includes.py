"""Who includes whom: every #include "…" against the table of rooms in src/README.md, so that the picture stays true."""

import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

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
    "output": {"model", "support"},
    "report": {"model", "support"},
    "cluster": {"scheduling", "model", "support"},
    "farm": ROOMS_OF_ONE_LEVEL | {"cluster", "model", "support", "prs"},
    "app": ROOMS_OF_ONE_LEVEL | {"farm", "cluster", "model", "support", "prs"},
    "mpi": {"app", "farm", "cluster", "model", "support"},
    "prs": set(),
}
# A third-party header stays in the rooms that wrap it.
THIRD_PARTY = {
    "yaml-cpp/": {"config"},
    "mpi.h": {"mpi"},
    "boost/": {"mpi"},
    "spdlog/": {"support"},
    "xxhash.h": {"support"},
    "CLI/": {"app"},
    "hdf5.h": {"dataset"},
}


def sources():
    for top in ("src", "mpi", "include"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".hpp", ".cpp")):
                    yield os.path.join(folder, name)


def room_of(path):
    parts = os.path.relpath(path, ROOT).split(os.sep)
    return {"src": parts[1], "mpi": "mpi", "include": "prs"}[parts[0]]


class Includes(unittest.TestCase):
    def test_every_room_includes_only_what_the_table_allows(self):
        wrong = []
        for path in sources():
            room = room_of(path)
            for line in open(path):
                found = re.match(r'#include "([^"/]+)/', line)
                if found and found.group(1) not in TABLE[room] | {room}:
                    wrong.append("%s includes %s" % (os.path.relpath(path, ROOT), line.strip()))
                found = re.match(r"#include <([^>]+)>", line)
                for prefix, rooms in THIRD_PARTY.items():
                    if found and found.group(1).startswith(prefix) and room not in rooms:
                        wrong.append("%s includes %s" % (os.path.relpath(path, ROOT), line.strip()))
        self.assertEqual(wrong, [])

    def test_the_decider_reads_no_clock_and_does_no_io(self):
        forbidden = re.compile(r"steady_clock::now|system_clock::now|\bfopen\b|fstream|std::thread|::write\(|::read\(")
        for path in sources():
            if room_of(path) in ("scheduling", "model"):
                self.assertIsNone(forbidden.search(open(path).read()), path)

    def test_every_room_of_the_table_is_there_and_described(self):
        text = open(os.path.join(ROOT, "src", "README.md")).read()
        for room in TABLE:
            if room != "prs":
                self.assertIn("`%s`" % ("mpi" if room == "mpi" else "src/" + room), text)
        self.assertEqual({room_of(path) for path in sources()}, set(TABLE))


if __name__ == "__main__":
    unittest.main(verbosity=2)
