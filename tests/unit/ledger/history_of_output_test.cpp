#include "history_fixture.hpp"

namespace prs {
namespace {

TEST_F(HistoryTest, WhatWasThereWhenTheOutputWasFinishedCanBeReadAgain) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.outcome(outcome(1, 3, TryStatus::run_exception), 0);
    ledger.finishing(9, 1);
    ledger.named({0, 7, 9, 1, 2});
    ledger.finished();
  });
  write(header(2, {first}), [](LedgerWriter& ledger) {
    ledger.retry_failed(3);
    ledger.outcome(outcome(1, 1, TryStatus::run_done), 0);
  });
  const History history = read();
  ASSERT_TRUE(history.finishing && history.finishing->named);
  EXPECT_EQ(*history.finishing->named, (FileStamp{0, 7, 9, 1, 2}));
  EXPECT_EQ(tally_of(history, 3).done, 2);
  const History then = read(history.finishing->place);
  EXPECT_EQ(tally_of(then, 3).done, 1);
  EXPECT_EQ(tally_of(then, 3).gave_up, 1);
  EXPECT_TRUE(then.problems.empty());
}

TEST_F(HistoryTest, RangesOfTheOutputAddUpAsLongAsTheFileIsKept) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.building({5, "1-a", "1-a"});
    ledger.written({0, 10});
    ledger.written({20, 30});
  });
  const std::uint64_t second = write(header(2, {first}), [](LedgerWriter& ledger) {
    ledger.building({5, "2-b", "1-a"});
    ledger.written({10, 20});
  });
  const History history = read();
  ASSERT_TRUE(history.building);
  EXPECT_EQ(history.building->layout, 5U);
  EXPECT_EQ(history.building->leases, (std::vector<std::string>{"1-a", "2-b"}));
  EXPECT_EQ(history.building->written.gaps({0, 40}), (std::vector<ByteRange>{{30, 40}}));
  write(header(3, {first, second}), [](LedgerWriter& ledger) { ledger.building({5, "3-c", "3-c"}); });
  EXPECT_EQ(read().building->leases, std::vector<std::string>{"3-c"});
  EXPECT_EQ(read().building->written.bytes(), 0U) << "a new file, and nothing is in it";
}

TEST_F(HistoryTest, OutcomesSinceTheOutputWasBegunAreKnown) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.building({5, "1-a", "1-a"});
  });
  EXPECT_FALSE(read().building->has_outcomes_since);
  const std::uint64_t second = write(header(2, {first}), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.building({5, "2-b", "1-a"});
  });
  EXPECT_TRUE(read().building->has_outcomes_since);
  write(header(3, {first, second}), [](LedgerWriter& ledger) { ledger.building({5, "3-c", "3-c"}); });
  EXPECT_FALSE(read().building->has_outcomes_since);
}

TEST_F(HistoryTest, OfAFileWhoseBeginningIsNotInTheLedgerNothingIsKnown) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.building({5, "1-a", "1-a"});
    ledger.written({0, 10});
  });
  for (const BuildingStart& other : {BuildingStart{5, "3-c", "2-b"}, BuildingStart{6, "3-c", "1-a"}}) {
    write(header(2, {first}), [&](LedgerWriter& ledger) {
      ledger.building(other);
      ledger.written({50, 60});
    });
    EXPECT_EQ(read().building->leases, std::vector<std::string>{"3-c"});
    EXPECT_EQ(read().building->written.gaps({0, 60}), (std::vector<ByteRange>{{0, 50}}));
    std::filesystem::remove(segment(2));
  }
}

}  // namespace
}  // namespace prs
