#include "app/script_look.hpp"

#include <gtest/gtest.h>

#include <string>

namespace prs {
namespace {

std::size_t line_in(const std::string& script) {
  return line_that_prints_for_each_item(script).value_or(0);
}

TEST(ScriptLook, APrintBelowTheLoopOfRunIsFound) {
  EXPECT_EQ(line_in("import os\n"
                    "def run(mini_batch):\n"
                    "    rows = []\n"
                    "    for path in mini_batch:\n"
                    "        print('at', path)\n"
                    "        rows.append(path)\n"
                    "    return rows\n"),
            5U);
  EXPECT_EQ(line_in("def run(mini_batch, context):\n  for path in mini_batch:\n    with open(path) as f:\n      try:\n"
                    "        print(f.read())\n"),
            5U);
}

TEST(ScriptLook, APrintOncePerMiniBatchIsNone) {
  EXPECT_EQ(line_in("def run(mini_batch):\n    print(len(mini_batch))\n    for p in mini_batch:\n        pass\n"
                    "    print('done')\n    return mini_batch\n"),
            0U);
}

TEST(ScriptLook, APrintThatDependsIsNone) {
  const std::string head = "def run(mini_batch):\n    for path in mini_batch:\n";
  EXPECT_EQ(line_in(head + "        if not path:\n            print('empty')\n"), 0U);
  EXPECT_EQ(line_in(head + "        try:\n            pass\n        except OSError:\n            print('no')\n"), 0U);
  EXPECT_EQ(line_in(head + "        def helper():\n            print(1)\n"), 0U);
  EXPECT_EQ(line_in(head + "        pass\n    else:\n        print('all')\n"), 0U);
  EXPECT_EQ(line_in("def run(mini_batch):\n    if DEBUG:\n        for p in mini_batch:\n            print(p)\n"), 0U);
}

TEST(ScriptLook, WhatIsNotInRunIsNone) {
  EXPECT_EQ(line_in("for i in range(3):\n    print(i)\n"), 0U);
  EXPECT_EQ(
      line_in("def init():\n    for i in range(3):\n        print(i)\ndef run(mini_batch):\n    return mini_batch\n"),
      0U);
  EXPECT_EQ(line_in("def run(mini_batch):\n    return mini_batch\nfor i in range(3):\n    print(i)\n"), 0U);
}

TEST(ScriptLook, TextInQuotesAndCommentsAreNone) {
  EXPECT_EQ(
      line_in("def run(mini_batch):\n    \"\"\"Shows\n    for path in mini_batch:\n        print(path)\n    \"\"\"\n"
              "    return mini_batch\n"),
      0U);
  EXPECT_EQ(line_in("def run(mini_batch):\n    for path in mini_batch:\n        # print(path)\n        pass\n"), 0U);
  EXPECT_EQ(line_in("def run(mini_batch):\n    for path in mini_batch:\n        x = f(\n            print(1))\n"), 0U);
  EXPECT_EQ(line_in("def run(mini_batch):\n    for path in mini_batch:\n        printer(path)\n"), 0U);
}

TEST(ScriptLook, AnythingMayBeAScript) {
  EXPECT_EQ(line_in(""), 0U);
  EXPECT_EQ(line_in(std::string("\0\xff\n\n\t\tprint(1)", 14)), 0U);
  EXPECT_EQ(line_in("def run("), 0U);
}

}  // namespace
}  // namespace prs
