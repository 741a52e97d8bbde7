#pragma once

#include <optional>
#include <string>

#include "cluster/time_limit_watch.hpp"
#include "scheduling/time_limit.hpp"
#include "support/clock.hpp"

namespace prs {

/// What the end of the Slurm job means for this start: what still fits, and why something ends, for people. Rank 0's.
class TimeLeft {
 public:
  /// Waits for a first answer of Slurm's, some seconds at most.
  TimeLeft(double run_invocation_timeout_seconds, AskCommand ask);

  /// Asks again where that is due. Never blocks.
  void poll(TimePoint now);
  /// None: no end is known.
  const std::optional<TimeLimit>& limit() const { return limit_; }
  /// Why something ends: the limit, and its time.
  std::string text() const;
  /// Why nothing new is begun: that, and what was judged by.
  std::string text(Duration longest_run) const;

 private:
  void heed_end(TimePoint now);

  TimeLimitWatch watch_;
  Duration run_invocation_timeout_;
  std::optional<TimeLimit> limit_;
};

}  // namespace prs
