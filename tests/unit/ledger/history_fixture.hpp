#pragma once

#include <gtest/gtest.h>

#include "ledger/history.hpp"
#include "ledger_fixture.hpp"

namespace prs {

constexpr std::uint64_t plan = 77;

/// Segments of one run's ledger, and what is read of them.
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

}  // namespace prs
