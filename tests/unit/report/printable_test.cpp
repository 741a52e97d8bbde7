#include "report/printable.hpp"

#include <gtest/gtest.h>

#include "test_support.hpp"

namespace prs {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

TEST(Printable, KnowsUtf8FromWhatOnlyLooksLikeIt) {
  EXPECT_EQ(utf8_character_bytes(""), 0u);
  EXPECT_EQ(utf8_character_bytes("é"), 2u);
  EXPECT_EQ(utf8_character_bytes("日"), 3u);
  EXPECT_EQ(utf8_character_bytes("🙂"), 4u);
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe6\x97", "\xc3\x28"})
    EXPECT_EQ(utf8_character_bytes(bad), 0u) << bad;
}

TEST(Printable, OneLineStaysOneLineAndSendsNoCommandsToATerminal) {
  EXPECT_EQ(one_line("  two\r\n\tlines \n", 100), "two lines");
  EXPECT_EQ(one_line("red \x1b[31m\x7f", 100), "red \\x1b[31m\\x7f");
  EXPECT_EQ(one_line("\xc2\x9b"
                     "2J",
                     100),
            "\\xc2\\x9b2J");
  EXPECT_EQ(one_line("naïve \xff 日本", 100), "naïve \\xff 日本");
  EXPECT_EQ(one_line("", 100), "");
}

TEST(Printable, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(one_line("abcdef", 6), "abcdef");
  EXPECT_EQ(one_line("abcdefg", 6), "abc…");
  EXPECT_EQ(one_line("日本語", 9), "日本語");
  EXPECT_EQ(one_line("日本語", 8), "日…");
  EXPECT_EQ(one_line("ab    ", 3), "ab");
  EXPECT_EQ(one_line("abc   ", 3), "abc");
}

TEST(Printable, TracebacksKeepTheirLines) {
  EXPECT_EQ(printable_lines("Traceback:\r\n  File \"a.py\"\n\tx\x1b\xff\n"),
            "Traceback:\n  File \"a.py\"\n\tx\\x1b\\xff\n");
}

TEST(Printable, AnyBytesBecomeUtf8WithinTheLimit) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = testing::hostile_text(random, 30);
    const std::size_t most = 3 + random() % 60;
    const std::string line = one_line(text, most);
    ASSERT_LE(line.size(), most);
    ASSERT_TRUE(is_utf8(line)) << line;
    ASSERT_EQ(line.find('\n'), std::string::npos);
    ASSERT_TRUE(is_utf8(printable_lines(text)));
  }
}

}  // namespace
}  // namespace prs
