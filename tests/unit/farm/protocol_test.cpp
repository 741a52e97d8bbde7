// The messages between ranks: they come back as they went, and what is cut or counts what is not there is refused.
#include "farm/protocol.hpp"

#include <gtest/gtest.h>

namespace prs::protocol {
namespace {

Work example_work() {
  const TableItems table{
      3, {{"/c.csv", 1, 1ULL << 40, 5, PieceUnit::bytes, true}, {"/d.parquet", 0, 9, 0, PieceUnit::rows}}};
  return {5,
          {1, 2},
          {3},
          {{MiniBatchIndex{7}, 2, FileItems(std::string("/a\0/b\0", 6), 2)},
           {},
           {{8}, 1, table, std::string("WA\0\0", 4)}}};
}

Report example_report() {
  const Outcome done{{7}, 1, TryStatus::run_done, 1, 1, 1, {1, 2, 3, 4}};
  const Outcome failed{{8}, 2, TryStatus::bad_return, 5, 0, 0, {}};
  return {3, 1000, 2000, 3000, {{done, "id,label", {}}, {failed, "", {"BadReturn", "none", "line 1"}}}};
}

/// Cut at every byte, and with every count made the largest.
template <typename Parse>
void expect_refused_when_broken(const std::string& bytes, Parse parse) {
  EXPECT_NO_THROW(parse(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(parse(bytes.substr(0, size)), std::out_of_range) << size;
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::string broken = bytes;
    broken.replace(at, 4, "\xff\xff\xff\xff");
    try {
      parse(broken);
    } catch (const std::out_of_range&) {
    }
  }
}

TEST(Messages, ComeBackAsTheyWent) {
  const Work work = work_of(to_bytes(example_work()));
  EXPECT_EQ(to_bytes(work), to_bytes(example_work()));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(work.tasks[i].items, example_work().tasks[i].items);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(work.tasks[i].key_values, example_work().tasks[i].key_values);
  const Report report = report_of(to_bytes(example_report()));
  EXPECT_EQ(to_bytes(report), to_bytes(example_report()));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(report.outcomes[i].outcome, example_report().outcomes[i].outcome);
  EXPECT_EQ(report.outcomes[0].columns, "id,label");
  EXPECT_EQ(report.longest_run_nanoseconds, 2000);
  EXPECT_EQ(report.disk_wait_nanoseconds, 3000);
  EXPECT_EQ(report.outcomes[1].failure, example_report().outcomes[1].failure);
  const Close close = plain_value<Close>(plain_bytes(Close{false, true, 1.5, 2}));
  EXPECT_FALSE(close.is_healthy);
  EXPECT_TRUE(close.is_in_trouble);
  EXPECT_EQ(close.limit_seconds, 1.5);
  EXPECT_EQ(close.farm, 2U);
}

TEST(Messages, AShareThatWasStoppedIsToldFromAWholeOne) {
  for (const bool is_whole : {true, false}) {
    const Assembled assembled = assembled_of(to_bytes(Assembled{is_whole, {MiniBatchIndex{3}, MiniBatchIndex{9}}}));
    EXPECT_EQ(assembled.is_whole, is_whole);
    EXPECT_EQ(assembled.damaged, (std::vector<MiniBatchIndex>{MiniBatchIndex{3}, MiniBatchIndex{9}}));
  }
}

TEST(Messages, AReportOfTheShortestOutcomesIsReadWhole) {
  const Report shortest{1, 0, 0, 0, std::vector<ReportedOutcome>(100)};
  EXPECT_EQ(report_of(to_bytes(shortest)).outcomes.size(), 100u);
  const Work work{0, {}, {}, std::vector<Task>(100)};
  EXPECT_EQ(work_of(to_bytes(work)).tasks.size(), 100u);
  const Work tables{0, {}, {}, std::vector<Task>(100, Task{{0}, 1, TableItems{0, std::vector<TablePiece>(1)}})};
  EXPECT_EQ(work_of(to_bytes(tables)).tasks.size(), 100u);
  const Work pieces{0, {}, {}, {{{0}, 1, TableItems{0, std::vector<TablePiece>(100)}}}};
  EXPECT_EQ(work_of(to_bytes(pieces)).tasks[0].items, pieces.tasks[0].items);
}

TEST(Messages, ValuesOfPartitionKeysCostNothingWhereThereAreNone) {
  const auto bytes_with = [](const std::string& values) {
    return to_bytes(Work{0, {}, {}, {{{0}, 1, FileItems(std::string("/a\0", 3), 1), values}}}).size();
  };
  EXPECT_EQ(bytes_with(std::string("x\0", 2)), bytes_with("") + 4 + 2);
}

TEST(Messages, CutOrWithBrokenCountsAreRefused) {
  const Start start{"config", {{"python3", "-u"}, "3.11.2"}, 1, 2, 3, "run", "lease", "{}"};
  expect_refused_when_broken(to_bytes(start), start_of);
  expect_refused_when_broken(to_bytes(example_work()), work_of);
  expect_refused_when_broken(to_bytes(example_report()), report_of);
  expect_refused_when_broken(to_bytes(Failure{"a", "b", "c"}), failure_of);
  expect_refused_when_broken(to_bytes(Leave{ExitStatus::interrupted, false, true, {1, 2}}), leave_of);
  EXPECT_THROW(assembled_of(""), std::out_of_range);
}

TEST(Messages, ATryWithAStatusThatThereIsNoneOfIsRefused) {
  std::string bytes = to_bytes(example_report());
  bytes[44] = 8;  // behind credit, mean, longest, disk wait, count, mini-batch and dequeue count
  EXPECT_THROW(report_of(bytes), std::out_of_range);
}

}  // namespace
}  // namespace prs::protocol
