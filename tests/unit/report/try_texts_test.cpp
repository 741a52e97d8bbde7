#include "report/try_texts.hpp"

#include <gtest/gtest.h>

#include "report/csv.hpp"
#include "report/try_rows.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

TryRow failed_try(std::uint64_t mini_batch, std::uint32_t dequeue_count, const std::string& message) {
  TryRow row;
  row.outcome.mini_batch = MiniBatchIndex{mini_batch};
  row.outcome.dequeue_count = dequeue_count;
  row.outcome.status = TryStatus::run_exception;
  row.outcome.items = 1;
  row.process = "process001";
  row.error_category = "ValueError";
  row.error_message = message;
  row.first_item = row.last_item = "/data/\"a\", b";
  return row;
}

std::string text_of(const std::vector<TryRow>& rows) {
  std::string text;
  for (const TryRow& row : rows) append_try_row(text, row);
  return text;
}

TEST(TryTexts, EachTryHasItsOwnMessage) {
  const TemporaryFolder folder;
  const std::vector<TryRow> first = {failed_try(1, 1, "bad page 1"), failed_try(3, 1, "first"),
                                     failed_try(3, 2, "bad \"page\" 3, really")};
  write_file_atomically(folder.file("1.csv"), text_of(first));
  write_file_atomically(folder.file("2.csv"), text_of({failed_try(2, 1, "bad page 2")}));
  const std::vector<Outcome> wanted = {first[0].outcome, failed_try(2, 1, "").outcome, first[2].outcome,
                                       failed_try(7, 1, "").outcome};
  TryTexts texts({folder.file("1.csv"), folder.file("missing.csv"), folder.file("2.csv")}, wanted);
  EXPECT_EQ(texts.text_of(wanted[0])->message, "bad page 1");
  EXPECT_EQ(texts.text_of(wanted[1])->message, "bad page 2");
  EXPECT_EQ(texts.text_of(wanted[2]), (Failure{"ValueError", "bad \"page\" 3, really", ""}));
  EXPECT_FALSE(texts.text_of(wanted[3])) << "its line is missing";
  EXPECT_FALSE(texts.text_of(failed_try(1, 2, "").outcome)) << "another try";
  EXPECT_FALSE(texts.text_of(failed_try(99, 1, "").outcome)) << "never wanted";
}

TEST(TryTexts, TheLaterStartsTryCountsAndAnotherEndIsNotBelieved) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("1.csv"), text_of({failed_try(1, 1, "earlier")}));
  write_file_atomically(folder.file("2.csv"), text_of({failed_try(1, 1, "later")}));
  Outcome outcome = failed_try(1, 1, "").outcome;
  TryTexts texts({folder.file("1.csv"), folder.file("2.csv")}, {outcome});
  EXPECT_EQ(texts.text_of(outcome)->message, "later");
  outcome.status = TryStatus::worker_lost;
  EXPECT_FALSE(texts.text_of(outcome));
}

TEST(TryTexts, AFileThatIsTornAtAnyByteGivesItsWholeLines) {
  const TemporaryFolder folder;
  const std::vector<TryRow> rows = {failed_try(1, 1, "a, \"b\""), failed_try(2, 1, "c")};
  const std::string text = text_of(rows);
  const std::size_t first_bytes = text_of({rows[0]}).size();
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    write_file_atomically(folder.file("1.csv"), std::string_view(text).substr(0, bytes));
    TryTexts texts({folder.file("1.csv")}, {rows[0].outcome, rows[1].outcome});
    ASSERT_EQ(texts.text_of(rows[0].outcome).has_value(), bytes >= first_bytes) << bytes;
    ASSERT_EQ(texts.text_of(rows[1].outcome).has_value(), bytes == text.size()) << bytes;
  }
}

TEST(TryTexts, LinesAcrossBlocksAreWholeAndForeignBytesAreLeftOut) {
  const TemporaryFolder folder;
  std::vector<TryRow> rows;
  std::vector<Outcome> wanted;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    rows.push_back(failed_try(i, 1, std::to_string(i) + std::string(900, 'x')));
    wanted.push_back(rows.back().outcome);
  }
  write_file_atomically(folder.file("1.csv"), text_of(rows));
  write_file_atomically(folder.file("2.csv"), std::string(3 << 20, '7') + "\n\n,,\n1,\n1,1,short\n");
  TryTexts texts({folder.file("1.csv")}, wanted);
  for (std::uint64_t i = 0; i < 5000; ++i)
    ASSERT_TRUE(texts.text_of(wanted[i])->message.starts_with(std::to_string(i) + "x"));
  TryTexts foreign({folder.file("2.csv")}, wanted);
  for (const Outcome& outcome : wanted) ASSERT_FALSE(foreign.text_of(outcome));
}

TEST(TryTexts, MoreFilesThanMayStayOpenAreReadInAnyOrder) {
  const TemporaryFolder folder;
  std::vector<std::string> files;
  std::vector<Outcome> wanted;
  for (std::uint64_t i = 0; i < 200; ++i) {
    files.push_back(folder.file(std::to_string(i)));
    write_file_atomically(files.back(), text_of({failed_try(i, 1, std::to_string(i))}));
    wanted.push_back(failed_try(i, 1, "").outcome);
  }
  TryTexts texts(files, wanted);
  for (int round = 0; round < 2; ++round)
    for (std::uint64_t i = 0; i < 200; ++i) ASSERT_EQ(texts.text_of(wanted[i])->message, std::to_string(i));
}

TEST(SplitCsvLine, TakesApartWhatTheWriterWrote) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::string> fields;
    for (std::size_t count = 1 + random() % 5; count > 0; --count) fields.push_back(testing::hostile_text(random, 8));
    std::string line;
    for (const std::string& field : fields) append_csv_field(line += &field == &fields[0] ? "" : ",", field);
    std::vector<std::string> parsed;
    ASSERT_TRUE(split_csv_line(line, parsed)) << line;
    ASSERT_EQ(parsed, fields);
  }
}

TEST(SplitCsvLine, WhatIsNotWholeIsRefused) {
  std::vector<std::string> fields;
  for (const char* line : {"\"a", "a\"b", "\"a\"b", "a,\"", "\"a\"\"", "a,b\""})
    EXPECT_FALSE(split_csv_line(line, fields)) << line;
}

}  // namespace
}  // namespace prs
