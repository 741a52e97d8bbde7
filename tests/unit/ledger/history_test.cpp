#include "history_fixture.hpp"
#include "ledger/ledger_before.hpp"

namespace prs {
namespace {

TEST_F(HistoryTest, AFolderWithoutALedgerHasNoHistory) {
  const History history = read();
  EXPECT_EQ(history.starts(), 0U);
  EXPECT_EQ(history.outcomes, 0U);
  EXPECT_EQ(tally_of(history, 3), Tally{});
}

TEST_F(HistoryTest, TheLatestSegmentTellsOfWhichPlanItIs) {
  const auto path = [this](std::uint32_t start) { return segment(start); };
  EXPECT_EQ(latest_plan(path), std::nullopt);
  write(header(1), [](LedgerWriter&) {});
  SegmentHeader other = header(2);
  other.plan_fingerprint = 78;
  write(other, [](LedgerWriter&) {});
  EXPECT_EQ(latest_plan(path), 78U);
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
  EXPECT_TRUE(last_of(history, 1).outcome.is_done());
  EXPECT_EQ(last_of(history, 2).outcome.dequeue_count, 2U);
  ASSERT_NE(last_of(history, 2).error, 0U);
  EXPECT_EQ(history.errors[last_of(history, 2).error - 1].category, "KeyError");
  EXPECT_EQ(last_of(history, 3).outcome.dequeue_count, 0U);
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
  write(header(3, {first, length}), [](LedgerWriter& ledger) { ledger.retry_failed(3); });
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
  write(header(2, {first}), [](LedgerWriter& ledger) { ledger.retry_failed(3); });
  const History history = read();
  EXPECT_FALSE(history.is_finished);
  EXPECT_EQ(last_of(history, 0).outcome.dequeue_count, 0U) << "a new set of tries";
  EXPECT_TRUE(last_of(history, 1).outcome.is_done());
}

TEST_F(HistoryTest, StartsInARowThatMadeNoProgressAreCounted) {
  EXPECT_EQ(read().idle_starts, 0U);
  std::vector<std::uint64_t> lengths;
  const auto start = [&](bool is_adding) {
    lengths.push_back(write(header(static_cast<std::uint32_t>(lengths.size()) + 1, lengths), [&](LedgerWriter& ledger) {
      ledger.retry_failed(3);
      if (is_adding) ledger.outcome(outcome(0, 1, TryStatus::run_exception), 0);
    }));
    return read().idle_starts;
  };
  EXPECT_EQ(start(false), 1U);
  EXPECT_EQ(start(true), 0U);
  EXPECT_EQ(start(false), 1U);
  EXPECT_EQ(start(false), 2U);
  EXPECT_FALSE(read().has_idled());
  EXPECT_EQ(start(false), 3U);
  EXPECT_TRUE(read().has_idled());
}

TEST_F(HistoryTest, ALossAndTheEndOfTheRunAreProgressToo) {
  const std::vector<std::function<void(LedgerWriter&)>> starts = {
      [](LedgerWriter&) {}, [](LedgerWriter& ledger) { ledger.loss({1}); },
      [](LedgerWriter& ledger) { ledger.finishing(9, 1); }, [](LedgerWriter& ledger) { ledger.finished(); }};
  std::vector<std::uint64_t> lengths;
  std::vector<std::uint32_t> idle;
  for (const auto& records : starts) {
    lengths.push_back(write(header(static_cast<std::uint32_t>(lengths.size()) + 1, lengths), records));
    idle.push_back(read().idle_starts);
  }
  EXPECT_EQ(idle, (std::vector<std::uint32_t>{1, 0, 1, 0}));
}

TEST_F(HistoryTest, ASegmentOfAnotherPlanIsNoProgress) {
  SegmentHeader other = header(1);
  other.plan_fingerprint = plan + 1;
  write(other, [](LedgerWriter& ledger) { ledger.outcome(outcome(0, 1, TryStatus::run_done), 0); });
  EXPECT_EQ(read().idle_starts, 1U);
}

TEST_F(HistoryTest, RetryFailedLeavesAloneWhatHasTriesLeft) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 3, TryStatus::run_exception), 0);
    ledger.outcome(outcome(1, 2, TryStatus::run_timeout), 0);
    ledger.outcome(outcome(2, 1, TryStatus::worker_lost), 0);
    ledger.loss({1});
  });
  const auto tries = [this](std::uint64_t mini_batch) { return last_of(read(), mini_batch).outcome.dequeue_count; };
  History live = read();
  EXPECT_TRUE(forget_failed(live, 3));
  EXPECT_FALSE(forget_failed(live, 3)) << "there is nothing more to forget";
  write(header(2, {first}), [](LedgerWriter& ledger) { ledger.retry_failed(3); });
  EXPECT_EQ(tries(0), 0U);
  EXPECT_EQ(tries(1), 2U) << "one try is left";
  EXPECT_EQ(tries(2), 0U) << "given up, whatever is left";
  EXPECT_EQ(read().last_retry_start, 2U);
  EXPECT_EQ(read().loss_marks, live.loss_marks);
  for (std::uint64_t i = 0; i < live.last.mini_batches(); ++i)
    EXPECT_EQ(last_of(read(), i).outcome, last_of(live, i).outcome)
        << "what the record means later is what it meant live";
}

TEST_F(HistoryTest, InAFinishedRunAllThatFailedWasGivenUp) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_exception), 0);
    ledger.finishing(9, 1);
    ledger.finished();
  });
  History live = read();
  EXPECT_TRUE(forget_failed(live, 3)) << "run_max_try is larger by now";
  write(header(2, {first}), [](LedgerWriter& ledger) { ledger.retry_failed(3); });
  EXPECT_EQ(last_of(read(), 0).outcome.dequeue_count, 0U);
}

TEST_F(HistoryTest, ARetryFailedOfAnOlderProgramMeansAllThatFailed) {
  const std::uint64_t first = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 3, TryStatus::run_exception), 0);
    ledger.outcome(outcome(1, 1, TryStatus::run_exception), 0);
  });
  {
    IoThread io;
    LedgerWriter writer(io, segment(2), header(2, {first}), 5);
    writer.submit();
  }
  std::string bytes = bytes_of(segment(2));
  append_record(bytes, 5, ledger_format::RecordType::retry_failed, "");
  write_bytes(segment(2), bytes);
  const History history = read();
  EXPECT_TRUE(history.problems.empty()) << history.problems[0];
  EXPECT_EQ(history.last_retry_start, 2U);
  EXPECT_EQ(last_of(history, 0).outcome.dequeue_count, 0U);
  EXPECT_EQ(last_of(history, 1).outcome.dequeue_count, 0U);
}

TEST_F(HistoryTest, WhatAStartWroteIsToldFromWhatWasThereBefore) {
  const auto path = [this](std::uint32_t start) { return segment(start); };
  const auto outcomes = [](int count) {
    return [count](LedgerWriter& ledger) {
      for (int i = 0; i < count; ++i) ledger.outcome(outcome(0, 1, TryStatus::run_exception), 0);
    };
  };
  const LedgerBefore nothing(path);
  EXPECT_FALSE(nothing.has_progress_since());
  std::vector<std::uint64_t> lengths = {write(header(1), outcomes(9))};
  EXPECT_TRUE(nothing.has_progress_since());
  const LedgerBefore one(path);
  EXPECT_FALSE(one.has_progress_since());
  lengths.push_back(write(header(2, lengths), outcomes(0)));
  EXPECT_FALSE(one.has_progress_since()) << "a start that wrote its header alone";
  write(header(3, lengths), outcomes(1));
  EXPECT_TRUE(one.has_progress_since());

  // All of it deleted, and begun anew under the same name, with less.
  const LedgerBefore three(path);
  for (std::uint32_t start = 1; start <= 3; ++start) std::filesystem::remove(segment(start));
  EXPECT_FALSE(three.has_progress_since());
  write(header(1), outcomes(0));
  EXPECT_FALSE(three.has_progress_since());
  std::filesystem::remove(segment(1));
  write(header(1), outcomes(1));
  EXPECT_TRUE(three.has_progress_since());
}

TEST_F(HistoryTest, AStartThatOnlyPutRowsInTheirPlacesIsNotIdle) {
  const std::uint64_t first = write(header(1), [](LedgerWriter&) {});
  EXPECT_EQ(read().idle_starts, 1U);
  write(header(2, {first}), [](LedgerWriter& ledger) { ledger.written({0, 10}); });
  EXPECT_EQ(read().idle_starts, 0U);
}

TEST_F(HistoryTest, ASegmentOfTheVersionBeforeIsReadBesideThoseOfThisOne) {
  const std::uint64_t length = write(header(1), [](LedgerWriter& ledger) {
    ledger.outcome(outcome(0, 1, TryStatus::run_done), 0);
    ledger.finishing(9, 1);
    ledger.finished();
  });
  std::string bytes = bytes_of(segment(1));
  bytes[8] = 2;
  write_bytes(segment(1), bytes);
  EXPECT_TRUE(read().is_finished);
  write(header(2, {length}), [](LedgerWriter& ledger) { ledger.outcome(outcome(1, 1, TryStatus::run_done), 0); });
  const History history = read();
  EXPECT_TRUE(history.problems.empty());
  EXPECT_EQ(tally_of(history, 3).done, 2);
  ASSERT_TRUE(history.finishing);
  EXPECT_FALSE(history.finishing->named);
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

}  // namespace
}  // namespace prs
