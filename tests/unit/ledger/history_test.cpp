#include "ledger/history.hpp"

#include <gtest/gtest.h>

#include "ledger_fixture.hpp"

namespace prs {
namespace {

constexpr std::uint64_t plan = 77;

class HistoryTest : public testing::Test {
 protected:
  std::string segment(std::uint32_t start) const { return folder_.file(std::to_string(start) + ".ledger"); }
  History read(std::uint64_t mini_batches = 4) const {
    return read_history([this](std::uint32_t start) { return segment(start); }, plan, mini_batches);
  }
  SegmentHeader header(std::uint32_t start, std::vector<std::uint64_t> earlier = {}) const {
    return {start, plan, 4, 10 * start, std::move(earlier)};
  }
  static Outcome outcome(std::uint64_t mini_batch, std::uint32_t dequeue_count, TryStatus status) {
    const bool is_done = status == TryStatus::run_done;
    return {MiniBatchIndex{mini_batch}, dequeue_count, status, 3, is_done ? 3U : 0U, is_done ? 3U : 0U, {}};
  }
  /// Writes a segment; its length in bytes.
  std::uint64_t write(const SegmentHeader& head, const std::function<void(LedgerWriter&)>& records) const {
    {
      IoThread io;
      LedgerWriter writer(io, segment(head.start), head);
      records(writer);
      writer.submit();
    }
    return std::filesystem::file_size(segment(head.start));
  }

  LedgerFolder folder_;
};

}  // namespace

TEST_F(HistoryTest, AFolderWithoutALedgerHasNoHistory) {
  const History history = read();
  EXPECT_EQ(history.starts(), 0U);
  EXPECT_EQ(history.outcomes, 0U);
  EXPECT_EQ(tally_of(history, 3), Tally{});
}

TEST_F(HistoryTest, TheLastOutcomeOfAMiniBatchCountsAcrossStarts) {
  const std::uint64_t length = write(header(1), [](LedgerWriter& ledger) {
    ledger.error_text(1, {"ValueError", "first", ""});
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.outcome(outcome(1, 1, TryStatus::run_exception), 1);
    ledger.outcome(outcome(2, 1, TryStatus::run_exception), 1);
  });
  write(header(2, {length}), [](LedgerWriter& ledger) {
    ledger.error_text(1, {"KeyError", "second", ""});  // numbers are a segment's own
    ledger.outcome(outcome(1, 2, TryStatus::run_done), 0);
    ledger.outcome(outcome(2, 2, TryStatus::run_exception), 1);
  });
  const History history = read();
  EXPECT_EQ(history.starts(), 2U);
  EXPECT_TRUE(history.entries[1].outcome.is_done());
  EXPECT_EQ(history.entries[2].outcome.dequeue_count, 2U);
  ASSERT_NE(history.entries[2].error, 0U);
  EXPECT_EQ(history.errors[history.entries[2].error - 1].category, "KeyError");
  EXPECT_EQ(history.entries[3].outcome.dequeue_count, 0U);
  EXPECT_EQ(tally_of(history, 2), (Tally{3, 1, 1, 2, 6}));
}

TEST_F(HistoryTest, WhatAStalledOlderStartWritesAfterALaterOneBeganIsNobodys) {
  const std::uint64_t length =
      write(header(1), [](LedgerWriter& ledger) { ledger.outcome(outcome(0, 1, TryStatus::run_exception), 0); });
  write(header(2, {length}), [](LedgerWriter&) {});
  // The older start wakes up: its segment grows behind the end that the later one has noted.
  std::string bytes = bytes_of(segment(1));
  write_bytes(segment(1), bytes + bytes.substr(bytes.size() - 64));
  EXPECT_EQ(read().outcomes, 1U);
}

TEST_F(HistoryTest, ASegmentOfAnotherPlanIsLeftOutAndSaid) {
  SegmentHeader other = header(1);
  other.plan_fingerprint = plan + 1;
  write(other, [](LedgerWriter& ledger) { ledger.outcome(outcome(0, 1, TryStatus::run_done), 0); });
  const History history = read();
  EXPECT_EQ(history.outcomes, 0U);
  ASSERT_EQ(history.problems.size(), 1U);
}

TEST_F(HistoryTest, NothingOfASegmentOfAnotherPlanIsTaken) {
  const std::uint64_t length =
      write(header(1), [](LedgerWriter& ledger) { ledger.outcome(outcome(0, 1, TryStatus::run_done), 0); });
  SegmentHeader other = header(2, {length - 64});
  other.plan_fingerprint = plan + 1;
  write(other, [](LedgerWriter& ledger) {
    ledger.columns("other");
    ledger.error_text(1, {"ValueError", "other", ""});
    ledger.finishing(9, 1);
    ledger.finished();
  });
  const History history = read();
  EXPECT_EQ(history.outcomes, 1U) << "it says nothing of where other segments end";
  EXPECT_TRUE(history.columns.empty() && history.errors.empty() && !history.finishing && !history.is_finished);
  EXPECT_EQ(history.next_part, 20U) << "but its part numbers are taken";
}

TEST_F(HistoryTest, AnOutcomeAfterAFinishedFileMeansThatItIsMadeAnew) {
  write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.finishing(9, 1);
    ledger.finished();
  });
  EXPECT_TRUE(read().is_finished);
  write(header(2, {std::filesystem::file_size(segment(1))}),
        [](LedgerWriter& ledger) { ledger.outcome(outcome(0, 1, TryStatus::run_done), 0); });
  EXPECT_FALSE(read().is_finished);
  ASSERT_TRUE(read().finishing) << "the file that is there is still known as ours";
  EXPECT_EQ(read().finishing->length_bytes, 9U);
}

TEST_F(HistoryTest, LossMarksAddUpOverStartsUntilWhatFailedIsTriedAnew) {
  std::uint64_t length = write(header(1), [](LedgerWriter& ledger) {
    ledger.loss({2});
    ledger.loss({9});  // no mini-batch of this run
  });
  const std::uint64_t first = length;
  length = write(header(2, {first}), [](LedgerWriter& ledger) {
    ledger.loss({2});
    ledger.loss({2});
    ledger.outcome(outcome(2, 1, TryStatus::worker_lost), 0);
  });
  EXPECT_EQ(read().loss_marks, (std::map<MiniBatchIndex, std::uint32_t>{{{2}, 3}}));
  EXPECT_EQ(tally_of(read(), 3).gave_up, 1) << "given up with tries left";
  write(header(3, {first, length}), [](LedgerWriter& ledger) { ledger.retry_failed(); });
  EXPECT_TRUE(read().loss_marks.empty());
  EXPECT_EQ(tally_of(read(), 3), Tally{});
}

TEST_F(HistoryTest, RetryFailedHoldsForTheStartsAfterItToo) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 3, TryStatus::run_exception), 0);
    ledger.outcome(outcome(1, 1, TryStatus::run_done), 0);
    ledger.finishing(9, 1);
    ledger.finished();
  });
  write(header(2, {first}), [](LedgerWriter& ledger) { ledger.retry_failed(); });
  const History history = read();
  EXPECT_FALSE(history.is_finished);
  EXPECT_EQ(history.entries[0].outcome.dequeue_count, 0U) << "a new set of tries";
  EXPECT_TRUE(history.entries[1].outcome.is_done());
}

TEST_F(HistoryTest, StartsInARowThatAddedNoOutcomeAreCounted) {
  EXPECT_EQ(read().idle_starts, 0U);
  std::vector<std::uint64_t> lengths;
  const auto start = [&](bool is_adding) {
    lengths.push_back(write(header(static_cast<std::uint32_t>(lengths.size()) + 1, lengths), [&](LedgerWriter& ledger) {
      ledger.loss({1});
      if (is_adding) ledger.outcome(outcome(0, 1, TryStatus::run_exception), 0);
    }));
    return read().idle_starts;
  };
  EXPECT_EQ(start(false), 1U);
  EXPECT_EQ(start(true), 0U);
  EXPECT_EQ(start(false), 1U);
  EXPECT_EQ(start(false), 2U);
}

TEST_F(HistoryTest, ManyStartsAreReadWithTheEndsThatTheLatestNotes) {
  std::vector<std::uint64_t> lengths;
  for (std::uint32_t start = 1; start <= 40; ++start)
    lengths.push_back(write(header(start, lengths), [&](LedgerWriter& ledger) {
      ledger.outcome(outcome(start % 4, start, TryStatus::run_exception), 0);
    }));
  const History history = read();
  EXPECT_EQ(history.starts(), 40U);
  EXPECT_EQ(history.outcomes, 40U);
  EXPECT_EQ(history.segment_bytes, lengths);
  EXPECT_TRUE(history.problems.empty());
}

}  // namespace prs
