#include "ledger/history.hpp"

#include <gtest/gtest.h>

#include "ledger/ledger_before.hpp"
#include "ledger_fixture.hpp"

namespace prs {
namespace {

constexpr std::uint64_t plan = 77;

class HistoryTest : public testing::Test {
 protected:
  std::string segment(std::uint32_t start) const { return folder_.file(std::to_string(start) + ".ledger"); }
  History read(std::optional<LedgerPlace> until = std::nullopt) const {
    return read_history([this](std::uint32_t start) { return segment(start); }, plan, 4, until);
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

  static LastOutcome last_of(const History& history, std::uint64_t mini_batch) {
    return history.last.of_range(mini_batch, mini_batch + 1).at(0);
  }
  static Tally tally_of(const History& history, std::uint32_t run_max_try) {
    Totals totals;
    history.last.for_each([&](const LastOutcome& last) { totals.add(last.outcome, run_max_try); });
    return totals.tally;
  }

  TemporaryFolder folder_;
};

}  // namespace

TEST_F(HistoryTest, SlicesAndWhatGoesOnFromThemAreOneHistory) {
  const TemporaryFolder other;
  const auto slice = [&](std::uint32_t number, const std::function<void(LedgerWriter&)>& records) {
    const std::string path = other.file(std::to_string(number));
    {
      IoThread io;
      LedgerWriter writer(io, path, header(1));
      records(writer);
      writer.finished();
      writer.submit();
    }
    return read_history([&](std::uint32_t start) { return start == 1 ? path : path + "-none"; }, plan, 4);
  };
  const auto done = [](std::uint64_t mini_batch) {
    Outcome with_rows = outcome(mini_batch, 1, TryStatus::run_done);
    with_rows.stretch = {5, 16, 7, 99};
    return with_rows;
  };
  History all;
  all.last = LastOutcomes(4);
  append_slice(all,
               slice(1,
                     [&](LedgerWriter& ledger) {
                       ledger.columns("a,b\n");
                       ledger.error_text(1, {"ValueError", "first", ""});
                       ledger.outcome(outcome(0, 1, TryStatus::run_exception), 1);
                       ledger.outcome(done(1), 0);
                     }),
               0, 2, 1000);
  append_slice(all,
               slice(2,
                     [&](LedgerWriter& ledger) {
                       ledger.error_text(1, {"KeyError", "second", ""});
                       ledger.outcome(outcome(2, 1, TryStatus::run_exception), 1);
                       ledger.outcome(outcome(3, 1, TryStatus::run_exception), 1);
                       ledger.retry_failed(1);  // of this slice alone
                       ledger.outcome(done(2), 0);
                       ledger.outcome(outcome(3, 1, TryStatus::run_exception), 1);
                     }),
               2, 4, 2000);
  write(header(1), [](LedgerWriter& ledger) {
    ledger.error_text(1, {"OSError", "third", ""});
    ledger.outcome(outcome(1, 1, TryStatus::run_exception), 1);
  });
  const History joined = read_history([this](std::uint32_t start) { return segment(start); }, plan, 4, {}, &all);
  EXPECT_EQ(joined.columns, "a,b\n");
  EXPECT_EQ(joined.outcomes, 6U + 1U);
  EXPECT_EQ(joined.starts(), 1U);
  EXPECT_FALSE(joined.is_finished);
  EXPECT_EQ(joined.next_part, 10U);
  const auto message_of = [&](std::uint64_t mini_batch) {
    const ErrorId error = last_of(joined, mini_batch).error;
    return error == 0 ? "" : joined.errors.at(error - 1).message;
  };
  EXPECT_EQ(message_of(0), "first");
  EXPECT_EQ(message_of(1), "third") << "what ran again counts";
  EXPECT_EQ(message_of(2), "");
  EXPECT_EQ(message_of(3), "second");
  EXPECT_EQ(joined.error_counts.at(2), 3U);
  EXPECT_EQ(last_of(all, 1).outcome.stretch.part, 1005U);
  EXPECT_EQ(last_of(joined, 2).outcome.stretch.part, 2005U);
  EXPECT_EQ(joined.last.rows_of_range(2, 3).at(0).part, 2005U);
  EXPECT_EQ(tally_of(joined, 1).gave_up, 3);
  EXPECT_EQ(tally_of(joined, 1).done, 1);
}

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
