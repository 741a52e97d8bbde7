#pragma once

#include <chrono>
#include <cstdint>

namespace prs {

/// The longest of the last runs (64 to 128 of them): it follows input whose mini-batches get longer, and forgets one
/// run that hung long ago.
class LongestRun {
 public:
  void add(std::chrono::nanoseconds run);
  /// Zero: there was none yet.
  std::chrono::nanoseconds value() const;

 private:
  std::chrono::nanoseconds older_{}, newer_{};
  std::uint32_t newer_count_ = 0;
};

/// What still fits before a batch system ends the job (rule 7.3). Asked by the master. Pure: time comes in as an
/// argument.
///
///   begun ───────────────────── last_begin ── a run ──▶ deadline ── closing ── last_moment ──▶ end
///     new mini-batches are begun │ running ones may finish │ scripts end, writes, syncs, reports │ nothing is waited
///     for
class TimeLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// `begun`: when this start began, or learned of the limit.
  TimeLimit(TimePoint begun, TimePoint end, Duration run_invocation_timeout);
  /// An administrator has moved the end.
  void move_end(TimePoint end) { end_ = end; }
  TimePoint end() const { return end_; }
  /// Running tries may go on until then.
  TimePoint deadline() const;
  /// What has not been written and synced by then is not waited for: half the time for closing is over.
  TimePoint last_moment() const { return end_ - (end_ - deadline()) / 2; }
  /// From then on nothing new is begun. `longest_run`: of the last ones; zero: none has ended yet.
  TimePoint last_begin(Duration longest_run) const { return deadline() - expected_run(longest_run); }
  /// How long a run is taken to last.
  Duration expected_run(Duration longest_run) const;

 private:
  TimePoint begun_, end_;
  Duration run_invocation_timeout_;
};

}  // namespace prs
