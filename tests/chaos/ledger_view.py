"""What a run folder's ledger says, read without prs_mpi (src/ledger/FORMAT.md), and ways to damage ledger and parts.

Checksums are not verified here: who tears a file says where (`Damage`), and the rest of a file is whole.
"""

import os
import struct

PREAMBLE_BYTES, FRAME_BYTES = 20, 8
HEADER, OUTCOME = 1, 2
DONE = 0
TO_THE_END = 1 << 62


class Damage:
    """What was torn: how far each segment is good, and which bytes of parts are not."""

    def __init__(self):
        self.segment_ends = {}
        self.part_ranges = []

    def hits(self, part, begin, length):
        """The stretch is not what it was; a part whose header is wrong gives nothing."""
        return length > 0 and any(
            part == torn and (start < begin + length and begin < end or start < 16)
            for torn, start, end in self.part_ranges
        )


class Outcome:
    def __init__(self, payload):
        self.mini_batch, self.dequeue_count = struct.unpack_from("<QI", payload, 0)
        self.part, = struct.unpack_from("<I", payload, 20)
        self.status = payload[28]
        self.offset = int.from_bytes(payload[36:42], "little")
        self.length = int.from_bytes(payload[42:48], "little")


class Segment:
    """One segment's records up to `limit`; `ends` are the ends of its whole records."""

    def __init__(self, path, limit):
        with open(path, "rb") as stream:
            data = stream.read()[:limit]
        self.ends, self.outcomes, self.earlier = [], [], None
        at = PREAMBLE_BYTES
        while at + FRAME_BYTES <= len(data):
            kind, size = data[at + 4], int.from_bytes(data[at + 5:at + 8], "little")
            payload = data[at + FRAME_BYTES:at + FRAME_BYTES + size]
            if len(payload) < size or kind == 0 or (kind == HEADER) == bool(self.ends):
                break
            at += FRAME_BYTES + size
            self.ends.append(at)
            if kind == HEADER:
                self.earlier = struct.unpack("<%dQ" % ((size - 24) // 8), payload[24:])
            elif kind == OUTCOME:
                self.outcomes.append(Outcome(payload))


def segment_path(run_folder, number):
    return os.path.join(run_folder, ".prs", "ledger", "%d.ledger" % number)


def part_path(run_folder, number):
    return os.path.join(run_folder, ".prs", "parts", "%d.rows" % number)


def segment_paths(run_folder):
    """{number: path}"""
    return _paths(run_folder, segment_path)


def part_paths(run_folder):
    """{number: path}"""
    return _paths(run_folder, part_path)


def _paths(run_folder, path_of):
    folder, ending = os.path.dirname(path_of(run_folder, 0)), os.path.splitext(path_of(run_folder, 0))[1]
    names = os.listdir(folder) if os.path.isdir(folder) else []
    numbers = [int(name[:-len(ending)]) for name in names if name.endswith(ending)]
    return {number: path_of(run_folder, number) for number in numbers}


class LedgerView:
    """Last outcome of each mini-batch, how many outcomes each has in all, and the outcomes of each segment."""

    def __init__(self, run_folder, damage):
        paths = segment_paths(run_folder)
        limits = {number: damage.segment_ends.get(number, TO_THE_END) for number in paths}
        for number, path in paths.items():
            for earlier, end in enumerate(Segment(path, limits[number]).earlier or (), start=1):
                if earlier in limits:
                    limits[earlier] = min(limits[earlier], end)
        self.last, self.records, self.outcomes = {}, {}, {}
        for number in sorted(paths):
            self.outcomes[number] = Segment(paths[number], limits[number]).outcomes
            for outcome in self.outcomes[number]:
                self.last[outcome.mini_batch] = outcome
                self.records[outcome.mini_batch] = self.records.get(outcome.mini_batch, 0) + 1
        self.damage = damage

    def done(self):
        """Mini-batches that are done and whose rows are as they were written."""
        return {
            index for index, last in self.last.items()
            if last.status == DONE and not self.damage.hits(last.part, last.offset, last.length)
        }


def tear_ledger(run_folder, how, choose, damage):
    """Tears the newest segment at a random byte; whether there was anything to tear."""
    paths = segment_paths(run_folder)
    if not paths:
        return False
    number = max(paths)
    limit = damage.segment_ends.get(number, TO_THE_END)
    ends = Segment(paths[number], limit).ends
    first = _tear(paths[number], how, choose)
    if first is None:
        return False
    damage.segment_ends[number] = max((end for end in ends if end <= first), default=0)
    return True


def tear_part(run_folder, how, choose, damage):
    """The same for any part."""
    paths = part_paths(run_folder)
    if not paths:
        return False
    number = choose.choice(sorted(paths, key=str))  # as the names sort, so that a seed tears the same parts as ever
    size = os.path.getsize(paths[number])
    first = _tear(paths[number], how, choose)
    if first is None:
        return False
    if how != "append":
        damage.part_ranges.append((number, first, TO_THE_END if how == "cut" else min(size, first + 64)))
    return True


def damage_rows(run_folder, choose, damage):
    """Turns bits in the rows of a mini-batch that is done, whoever may be writing behind them; whether there was one."""
    view = LedgerView(run_folder, damage)
    done = [view.last[index] for index in sorted(view.done()) if view.last[index].length > 0]
    if not done:
        return False
    outcome = choose.choice(done)
    begin = outcome.offset + choose.randrange(outcome.length)
    end = min(begin + choose.randint(1, 8), outcome.offset + outcome.length)
    try:
        with open(part_path(run_folder, outcome.part), "r+b") as stream:
            stream.seek(begin)
            old = stream.read(end - begin)
            stream.seek(begin)
            stream.write(bytes(byte ^ 0x55 for byte in old))
    except FileNotFoundError:
        return False
    damage.part_ranges.append((outcome.part, begin, end))
    return True


def _tear(path, how, choose):
    """The first byte that is not what it was; None: the file was empty."""
    size = os.path.getsize(path)
    if size == 0 and how != "append":
        return None
    at = choose.randrange(size) if size else 0
    with open(path, "r+b") as stream:
        if how == "cut":
            stream.truncate(at)
            return at
        if how == "append":
            stream.seek(0, os.SEEK_END)
            length = choose.randint(1, 300)
            stream.write(bytes(length) if choose.random() < 0.5 else choose.randbytes(length))
            return size
        stream.seek(at)
        old = stream.read(choose.randint(1, 64))
        stream.seek(at)
        stream.write(bytes(byte ^ choose.randint(1, 255) for byte in old))
        return at
