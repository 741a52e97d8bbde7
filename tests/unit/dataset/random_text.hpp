#pragma once

#include <array>
#include <random>
#include <string>

namespace prs::test {

/// Text of a table as nobody would write it: quotes at every place, delimiters, all line ends, blank lines, often no
/// last line end.
inline std::string random_table_text(std::mt19937& random, std::size_t most_pieces) {
  static const std::array<const char*, 20> pieces{"a",  "b1",   "\"",  "\"\"", ",",       ",",       "\n",
                                                  "\n", "\r\n", "\r",  " ",    "\t",      ";",       "ä",
                                                  "€",  "𝄞",    "\",", "\n\"", "\"x,y\"", "\"a\nb\""};
  std::string text;
  for (std::size_t left = random() % (most_pieces + 1); left > 0; --left) text += pieces[random() % pieces.size()];
  return text;
}

}  // namespace prs::test
