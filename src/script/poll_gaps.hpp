#pragma once

#include <algorithm>

#include "support/clock.hpp"

namespace prs {

/// When the worker looked at a process, and when it wanted to. What it did not look because it was itself stopped (a
/// scheduler's suspend) is not that process's time.
class PollGaps {
 public:
  explicit PollGaps(TimePoint now) : last_(now) {}

  /// How much later than it wanted to the worker comes by.
  Duration missed(TimePoint now) const {
    const TimePoint expected = std::max(last_, wanted_);
    return expected < now && now - expected > longest_doze ? now - expected : Duration::zero();
  }
  /// A poll is over; the next one is wanted by then.
  void note_poll(TimePoint now) { last_ = now; }
  void expect_poll(TimePoint wanted) { wanted_ = wanted; }
  TimePoint last() const { return last_; }

 private:
  /// Longer than any poll takes.
  static constexpr Duration longest_doze = std::chrono::seconds(1);
  TimePoint last_, wanted_ = TimePoint::max();
};

}  // namespace prs
