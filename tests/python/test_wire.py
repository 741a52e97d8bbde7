"""The numbers that the host's Python repeats from src/script/host_wire.hpp, and the places of the try statuses."""

import os
import re
import unittest

import host_python
import prs_table_piece
import prs_wire as wire

SOURCES = os.path.join(host_python.PYTHON_FOLDER, "..", "..")
# C++ enum → what its enumerators are called in Python: a prefix, before the name in capitals.
PREFIXES = {"FrameType": "", "ControlWord": "", "HostPhase": "PHASE_", "RecordKind": ""}
# C++ constant → the same in Python, often the size of a layout.
CONSTANTS = {
    "frame_header_bytes": wire.FRAME_BYTES,
    "task_header_bytes": wire.TASK_HEADER.size,
    "table_header_bytes": wire.TABLE_HEADER.size,
    "rows_piece_bytes": wire.ROWS_PIECE.size,
    "table_piece_bytes": wire.TABLE_PIECE.size,
    "control_bytes": wire.CONTROL_BYTES,
    "ring_bytes": wire.RING_BYTES,
    "control_magic": wire._MAGIC,
    "record_header_bytes": wire.RECORD_HEADER.size,
    "done_body_bytes": wire.DONE_BODY.size,
    "result_body_bytes": wire.RESULT_BODY.size,
}
# What Python has no number for: limits that it is far below, and a flag that it neither reads nor sets.
LIMITS = {"largest_frame_from_host_bytes", "largest_record_bytes", "frame_with_descriptor"}
NOT_IN_PYTHON = {"MAGIC"}  # the first word: read as the start of the page


def text_of(*names):
    with open(os.path.join(SOURCES, *names), encoding="utf-8") as stream:
        return re.sub(r"//.*", "", stream.read())


def enums_of(text):
    """{enum: {enumerator: number}}"""
    found = {}
    for name, body in re.findall(r"enum class (\w+)[^{;]*\{([^}]*)\}", text):
        number, members = -1, {}
        for member in filter(None, (part.strip() for part in body.split(","))):
            own_name, _, value = member.partition("=")
            number = int(value, 0) if value else number + 1
            members[own_name.strip()] = number
        found[name] = members
    return found


def constants_of(text):
    """{constant: number}; each may be reckoned from those before it."""
    found = {}
    for name, value in re.findall(r"inline constexpr [\w:]+ (\w+) =\s*([^;]+);", text):
        found[name] = eval(re.sub(r"(?<=[0-9a-f])'", "", value).replace("/", "//"), {}, found)
    return found


class WireTest(unittest.TestCase):
    def setUp(self):
        self.text = text_of("script", "host_wire.hpp")

    def numbers_by_python_name(self):
        enums = enums_of(self.text)
        self.assertEqual(set(enums), set(PREFIXES))
        numbers = {
            PREFIXES[enum] + name.upper(): number for enum, members in enums.items() for name, number in members.items()
        }
        self.assertEqual(len(numbers), sum(map(len, enums.values())), "two numbers have one name in Python")
        return {name: number for name, number in numbers.items() if name not in NOT_IN_PYTHON}

    def test_every_number_is_the_same_on_both_sides(self):
        statuses = {name.upper(): number for name, number in enums_of(text_of("model", "outcome.hpp"))["TryStatus"].items()}
        expected = self.numbers_by_python_name()
        in_python = {
            name: value for name, value in vars(wire).items() if name.isupper() and name[0] != "_" and type(value) is int
        }
        own = {"CONTROL_BYTES", "RING_BYTES", "FRAME_BYTES", "LARGEST_PIECE_BYTES"}
        reported = {name: number for name, number in in_python.items() if name in statuses}
        self.assertEqual(reported, {name: statuses[name] for name in reported})
        self.assertEqual({name: in_python[name] for name in set(in_python) - own - set(reported)}, expected)

    def test_every_trait_is_the_same_on_both_sides(self):
        body = re.search(r"enum TextTrait[^{]*\{([^}]*)\}", text_of("dataset", "text_traits.hpp")).group(1)
        traits = {name.upper(): int(number) for name, number in re.findall(r"(\w+) = (\d+)", body)}
        self.assertEqual({name: value for name, value in vars(prs_table_piece).items() if name.isupper()}, traits)

    def test_every_size_is_the_same_on_both_sides(self):
        constants = constants_of(text_of("support", "framed_socket.hpp") + self.text)
        self.assertEqual(set(constants), set(CONSTANTS) | LIMITS)
        self.assertEqual({name: constants[name] for name in CONSTANTS}, CONSTANTS)
        self.assertEqual(wire.DONE_RECORD.size, wire.RECORD_HEADER.size + wire.DONE_BODY.size)
        self.assertEqual(wire.DONE_RECORD.format, wire.RECORD_HEADER.format + wire.DONE_BODY.format[1:])

    def test_what_the_host_sends_is_below_the_limits(self):
        constants = constants_of(self.text)
        self.assertLess(wire.LARGEST_PIECE_BYTES + wire.RECORD_HEADER.size, constants["largest_record_bytes"])
        self.assertLessEqual(constants["largest_record_bytes"], constants["ring_bytes"] // 2)


if __name__ == "__main__":
    unittest.main()
