// What a record is: the counts are those of pandas' reader, and no cut of the text changes them.
#include "dataset/record_scanner.hpp"

#include <gtest/gtest.h>

#include "dataset/record_transition.hpp"
#include "random_text.hpp"

namespace prs {
namespace {

constexpr RecordRules multi_line{.has_line_breaks_in_quotes = true};

RecordRules rules_of_json_lines() {
  TableOptions options;
  options.format = TableFormat::json_lines;
  return RecordRules::of(options);
}
const RecordRules json_lines = rules_of_json_lines();

std::uint64_t records_in(std::string_view text, const RecordRules& rules = multi_line) {
  RecordScanner scanner(rules);
  scanner.scan(text);
  return scanner.records();
}

/// The automaton as pandas' tokenizer has it, a byte at a time.
struct SlowScanner {
  std::uint64_t records = 0;
  RecordState state = RecordState::record_start;

  void step(char byte) {
    using enum RecordState;
    const bool is_blank = byte == ' ' || byte == '\t';
    if (state == carriage_return) {
      state = record_start;
      if (byte == '\n') return;
    }
    if (state == quoted) {
      if (byte == '"') state = quote_in_quoted;
    } else if (byte == '\n' || byte == '\r') {
      state = byte == '\n' ? record_start : carriage_return;
    } else if ((state == record_start || state == blank_line) && is_blank) {
      state = blank_line;
    } else {
      if (state == record_start || state == blank_line) ++records;
      const bool opens = state == record_start || state == field_start || state == quote_in_quoted;
      state = byte == ',' ? field_start : byte == '"' && opens ? quoted : in_field;
    }
  }
};

TEST(RecordScanner, CountsWhatPandasReads) {
  const std::pair<const char*, std::uint64_t> examples[] = {{"", 0},
                                                            {"\n", 0},
                                                            {"a", 1},
                                                            {"a\n", 1},
                                                            {"a\nb", 2},
                                                            {"a\r\nb\r\n", 2},
                                                            {"a\rb\r", 2},
                                                            {"a\n\n\nb", 2},
                                                            {" \n\t\na", 1},
                                                            {"  ", 0},
                                                            {",", 1},
                                                            {"\"\"", 1},
                                                            {"\"a\nb\"\n", 1},
                                                            {" \"a\nb\"\n", 2},
                                                            {"a\"\nb\"\n", 2},
                                                            {"\"a\"\"\nb\"", 1},
                                                            {"\"a\"x\"\nb", 2},
                                                            {"\"a\",\"\r\n\"\r\nb", 2},
                                                            {"a\r\r\nb", 2},
                                                            {"\"a\"\rb", 2}};
  for (const auto& [text, count] : examples) EXPECT_EQ(records_in(text), count) << text;
}

TEST(RecordScanner, ABlankThatIsTheDelimiterMakesARecord) {
  EXPECT_EQ(records_in("\t\n \n", {.delimiter = '\t'}), 1u);
  EXPECT_EQ(records_in("\t\n \n", {.delimiter = ' '}), 1u);
}

TEST(RecordScanner, ALineOfJsonIsARecordWhateverQuotesAreInIt) {
  EXPECT_EQ(records_in("{\"a\": \"b\n{\"}\r\n \t\r\n{}", json_lines), 3u);
  EXPECT_EQ(records_in("{\"a\":\r1}\n", json_lines), 1u);
}

TEST(RecordScanner, ALineBreakInQuotesEndsTheRecordUnlessItMayStandThere) {
  RecordScanner scanner(RecordRules{});
  scanner.scan("a,b\n1,\"x");
  EXPECT_FALSE(scanner.broken_quote());
  scanner.scan("y\n2,\"z\r3\n");
  EXPECT_EQ(scanner.records(), 4u);
  EXPECT_EQ(scanner.broken_quote(), 6u);
  EXPECT_EQ(scanner.last_quote(), 12u);
}

TEST(RecordScanner, FindsWhereTheNextLineBegins) {
  RecordScanner scanner(multi_line, RecordState::in_field);
  EXPECT_EQ(scanner.scan_line("xy\r"), 3u);
  EXPECT_FALSE(scanner.is_at_line_start());
  EXPECT_EQ(scanner.scan_line("\nab"), 1u);
  EXPECT_TRUE(scanner.is_at_line_start());
  EXPECT_EQ(scanner.scan_line("\"a\nb\"\ncd"), 6u);
  EXPECT_EQ(scanner.scan_line("\r"), 1u);
  EXPECT_EQ(scanner.scan_line("cd"), 0u);
  EXPECT_TRUE(scanner.is_at_line_start());
  EXPECT_EQ(scanner.records(), 1u);
}

TEST(RecordScanner, IsTheAutomatonOfPandasWhereverTheTextIsCut) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = test::random_table_text(random, 40);
    SlowScanner slow;
    RecordScanner scanner(multi_line);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view step = rest.substr(0, 1 + random() % 20);
      rest.remove_prefix(step.size());
      for (const char byte : step) slow.step(byte);
      scanner.scan(step);
      ASSERT_EQ(scanner.state(), slow.state) << text;
      ASSERT_EQ(scanner.records(), slow.records) << text;
    }
  }
}

TEST(RecordTransition, GivesTheStateAtEveryCutWhateverTheOrderInWhichStretchesAreJoined) {
  std::mt19937 random(2);
  for (int round = 0; round < 3'000; ++round) {
    std::string text = test::random_table_text(random, 60);
    if (round % 50 == 0) text += std::string(9'000, 'x') + text;
    const std::size_t first = random() % (text.size() + 1), second = first + random() % (text.size() - first + 1);
    const std::string_view all = text;
    RecordTransition a, b, c, whole;
    a.extend(multi_line, all.substr(0, first));
    b.extend(multi_line, all.substr(first, second - first));
    c.extend(multi_line, all.substr(second));
    whole.extend(multi_line, all);
    ASSERT_EQ(a.then(b).then(c), whole) << text;
    ASSERT_EQ(a.then(b.then(c)), whole) << text;
    for (std::size_t state = 0; state < record_state_count; ++state) {
      RecordScanner scanner(multi_line, static_cast<RecordState>(state));
      scanner.scan(all.substr(0, first));
      ASSERT_EQ(a.after(static_cast<RecordState>(state)), scanner.state()) << text;
    }
  }
}

}  // namespace
}  // namespace prs
