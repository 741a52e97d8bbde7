"""Every message of the reader of configurations is the text of a test (tests/unit/config), so that somebody has read it.

A message is known by its parts: what is a string of three words or more in src/config, but for what the option table says of keys.
"""

import glob
import os
import re
import unittest

import documents

FOLDER = os.path.join(documents.ROOT, "src", "config")
# What people read of keys is compared with configs/full.yaml by another test. A schema says the same.
OF_KEYS = ("option_pages.cpp", "parallel_options.cpp", "run_options.cpp", "schema.cpp", "table_options.cpp")
STRINGS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')


def strings_of(text):
    """The string literals of C++; those that stand side by side are one."""
    text = re.sub(r"//[^\n]*|#include[^\n]*", "", text)
    for found in STRINGS.findall(text):
        yield "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', found)).replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "\n")


def parts_of_messages():
    """(file, part) of each message."""
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.cpp"))):
        if os.path.basename(path) in OF_KEYS:
            continue
        for part in strings_of(documents.text_of(path)):
            if len(re.findall(r"[A-Za-z]{2,}", part)) >= 3 and " " in part.strip():
                yield os.path.basename(path), part.strip()


def tested():
    texts = []
    for path in glob.glob(os.path.join(documents.ROOT, "tests", "unit", "config", "**", "*"), recursive=True):
        if path.endswith(".expected"):
            texts.append(documents.text_of(path))
        elif path.endswith(".cpp"):
            texts.extend(strings_of(documents.text_of(path)))
    return "\n".join(texts)


class Messages(unittest.TestCase):
    maxDiff = None

    def test_each_is_the_text_of_a_test(self):
        said = tested()
        parts = list(parts_of_messages())
        self.assertGreater(len(parts), 100)
        self.assertEqual([found for found in parts if found[1] not in said], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
