#pragma once

#include <stdlib.h>

#include <cstdio>
#include <random>
#include <string>
#include <string_view>

namespace prs::testing {

/// A seed that a failing test prints (SCOPED_TRACE) and that PRS_TEST_SEED sets.
inline unsigned test_seed() {
  const char* given = std::getenv("PRS_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
}

/// Text as scripts and file systems throw it: plain, quotes, separators, line breaks, UTF-8 and bytes that are none.
inline std::string hostile_text(std::mt19937& random, std::size_t most_pieces) {
  constexpr std::string_view pieces[] = {
      "a",        "/data/", "7",    "\"",   "\\",           ",", "\n",     "\r\n", "\t",       "é",  "日",
      "🙂",     " ",      "\xff", "\xc3", "\xed\xa0\x80", "'", "\x1b[K", "\x7f", "\xc2\x85", "{}", "\xf4\x90\x80\x80",
      "\xe2\x82", "\x01"};
  std::string text;
  for (std::size_t count = random() % (most_pieces + 1); count > 0; --count)
    text += pieces[random() % std::size(pieces)];
  return text;
}

}  // namespace prs::testing
