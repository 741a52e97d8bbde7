#include "report/try_rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "csv_parser.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

using testing::CsvRecord;
using testing::parse_csv;

TryRow done_row() {
  TryRow row;
  row.outcome.mini_batch = MiniBatchIndex{1234};
  row.outcome.dequeue_count = 2;
  row.outcome.items = 5;
  row.outcome.succeeded = 4;
  row.process = "process003";
  row.process_started_unix_nanoseconds = 1772366400125999999;
  row.elapsed_seconds = 1.0345678;
  row.process_seconds = 0.5;
  row.run_seconds = 0.000001;
  row.first_item = "/data/0001.pgm";
  row.last_item = "/data/0005.pgm";
  return row;
}

std::string text_of(const TryRow& row) {
  std::string csv;
  append_try_row(csv, row);
  return csv;
}

CsvRecord record_of(const TryRow& row) {
  const auto records = parse_csv(text_of(row));
  return records && records->size() == 1 ? records->front() : CsvRecord{};
}

TEST(TryRows, TheHeaderIsWhatTheSpecLists) {
  EXPECT_EQ(try_row_header(),
            "Mini-batch Id,Picked Count,Process,Process Start Time,Total,Succeeded,Failed,Elapsed Seconds,Process "
            "Seconds,Run Method Seconds,Status,Error Category,Error Message,Mini-batch Detail\n");
}

TEST(TryRows, ADoneTry) {
  EXPECT_EQ(text_of(done_row()),
            "1234,2,process003,2026-03-01T12:00:00.125Z,5,4,1,1.034568,0.500000,0.000001,RUN_DONE,,,"
            "\"{\"\"first\"\":\"\"/data/0001.pgm\"\",\"\"last\"\":\"\"/data/0005.pgm\"\",\"\"items\"\":5}\"\n");
}

TEST(TryRows, AFailedTry) {
  TryRow row = done_row();
  row.outcome.status = TryStatus::run_exception;
  row.outcome.succeeded = 0;
  row.error_category = "ValueError";
  row.error_message = "bad \"digit\",\nreally \xff";
  const CsvRecord record = record_of(row);
  ASSERT_EQ(record.size(), 14u);
  EXPECT_EQ(record[6], "5");
  EXPECT_EQ(record[10], "RUN_EXCEPTION");
  EXPECT_EQ(record[11], "ValueError");
  EXPECT_EQ(record[12], "bad \"digit\", really \\xff");
}

TEST(TryRows, TheStartTimeFollowsTheProcess) {
  TryRow row = done_row();
  EXPECT_EQ(record_of(row)[3], "2026-03-01T12:00:00.125Z");
  row.process_started_unix_nanoseconds = 0;
  EXPECT_EQ(record_of(row)[3], "");
  row.process_started_unix_nanoseconds = 951782400000000000;
  EXPECT_EQ(record_of(row)[3], "2000-02-29T00:00:00.000Z");
}

TEST(TryRows, SecondsThatAreNoneDoNoHarm) {
  TryRow row = done_row();
  row.elapsed_seconds = std::nan("");
  row.process_seconds = -3;
  row.run_seconds = std::numeric_limits<double>::infinity();
  const CsvRecord record = record_of(row);
  EXPECT_EQ(record[7], "0.000000");
  EXPECT_EQ(record[8], "0.000000");
  EXPECT_EQ(record[9], "1000000000000.000000");
}

TEST(TryRows, TheLargestNumbersFit) {
  TryRow row = done_row();
  row.outcome.mini_batch = MiniBatchIndex{std::numeric_limits<std::uint64_t>::max()};
  row.outcome.dequeue_count = row.outcome.items = std::numeric_limits<std::uint32_t>::max();
  row.outcome.succeeded = 0;
  row.elapsed_seconds = row.process_seconds = row.run_seconds = 1e300;
  const CsvRecord record = record_of(row);
  ASSERT_EQ(record.size(), 14u);
  EXPECT_EQ(record[0], "18446744073709551615");
  EXPECT_EQ(record[6], "4294967295");
}

TEST(TryRows, LongItemsKeepTheirEnds) {
  const std::string folder = "/" + std::string(300, 'd') + "/";
  std::string field;
  append_detail_field(field, folder + "a.pgm", folder + "b.pgm", 2);
  const std::string json = parse_csv(field + "\n")->at(0).at(0);
  EXPECT_LE(json.size(), 200u);
  EXPECT_GE(json.size(), 195u);
  const auto detail = nlohmann::json::parse(json);
  EXPECT_TRUE(detail["first"].get<std::string>().starts_with("…ddd"));
  EXPECT_TRUE(detail["first"].get<std::string>().ends_with("d/a.pgm"));
  EXPECT_TRUE(detail["last"].get<std::string>().ends_with("d/b.pgm"));
  EXPECT_EQ(detail["items"], 2);
}

TEST(TryRows, ItemsInAnyLanguageAreCutBetweenCharacters) {
  std::string folder = "/";
  for (int i = 0; i < 100; ++i) folder += "日";
  for (std::size_t shift = 0; shift < 6; ++shift) {
    std::string field;
    append_detail_field(field, folder + std::string(shift, 'a'), folder + "é", 12);
    const std::string json = parse_csv(field + "\n")->at(0).at(0);
    ASSERT_LE(json.size(), 200u);
    ASSERT_GE(json.size(), 194u);
    ASSERT_TRUE(nlohmann::json::parse(json)["first"].get<std::string>().starts_with("…日"));
    ASSERT_TRUE(nlohmann::json::parse(json)["last"].get<std::string>().ends_with("日é"));
  }
}

TEST(TryRows, AShortItemLeavesItsRoomToALongOne) {
  const std::string folder = "/" + std::string(130, 'd') + "/";
  std::string field;
  append_detail_field(field, "/a.pgm", folder + "b.pgm", 2);
  EXPECT_EQ(nlohmann::json::parse(parse_csv(field + "\n")->at(0).at(0))["last"], folder + "b.pgm");
}

TEST(TryRows, TheDetailIsValidJsonAndUtf8WhateverTheItemsAre) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 10000; ++i) {
    const std::string first = testing::hostile_text(random, 1 + random() % 120);
    const std::string last = random() % 4 == 0 ? std::string(random() % 400, 'p') : testing::hostile_text(random, 90);
    std::string field;
    append_detail_field(field, first, last, static_cast<std::uint32_t>(random()));
    const auto records = parse_csv(field + "\n");
    ASSERT_TRUE(records && records->size() == 1 && records->front().size() == 1) << field;
    const std::string& json = records->front().front();
    ASSERT_LE(json.size(), 200u) << json;
    const auto detail = nlohmann::json::parse(json, nullptr, false);  // refuses what is no UTF-8
    ASSERT_TRUE(detail.is_object()) << json;
    ASSERT_EQ(detail.size(), 3u);
  }
}

TEST(TryRows, EveryRowParsesBackAndIsOneLine) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  std::string csv(try_row_header());
  constexpr std::size_t rows = 5000;
  for (std::size_t i = 0; i < rows; ++i) {
    TryRow row = done_row();
    row.outcome.mini_batch = MiniBatchIndex{i};
    row.outcome.status = static_cast<TryStatus>(random() % try_status_count);
    row.elapsed_seconds = static_cast<double>(random() % 1000000) / 7;
    row.error_category = testing::hostile_text(random, 3);
    row.error_message = testing::hostile_text(random, 60);
    row.first_item = testing::hostile_text(random, 60);
    row.last_item = testing::hostile_text(random, 60);
    append_try_row(csv, row);
  }
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), static_cast<std::ptrdiff_t>(rows + 1));
  const auto records = parse_csv(csv);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), rows + 1);
  for (std::size_t i = 0; i < rows; ++i) {
    ASSERT_EQ((*records)[i + 1].size(), 14u);
    ASSERT_EQ((*records)[i + 1][0], std::to_string(i));
    ASSERT_TRUE(try_status_of((*records)[i + 1][10]));
  }
}

}  // namespace
}  // namespace prs
