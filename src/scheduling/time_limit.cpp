#include "scheduling/time_limit.hpp"

#include <algorithm>

namespace prs {
namespace {

constexpr std::uint32_t runs_of_a_generation = 64;
/// The end of the scripts, the last writes and syncs, the reports. The rows can be put together by the next start. Of a
/// short limit a tenth, so that something is left to work in.
constexpr std::chrono::seconds longest_closing{30};
constexpr int closing_share = 10;

}  // namespace

void LongestRun::add(std::chrono::nanoseconds run) {
  newer_ = std::max(newer_, run);
  if (++newer_count_ < runs_of_a_generation) return;
  older_ = newer_;
  newer_ = {};
  newer_count_ = 0;
}

std::chrono::nanoseconds LongestRun::value() const {
  return std::max(older_, newer_);
}

TimeLimit::TimeLimit(TimePoint begun, TimePoint end, Duration run_invocation_timeout)
    : begun_(begun), end_(end), run_invocation_timeout_(run_invocation_timeout) {}

TimeLimit::TimePoint TimeLimit::deadline() const {
  return end_ - std::clamp<Duration>((end_ - begun_) / closing_share, Duration::zero(), longest_closing);
}

TimeLimit::Duration TimeLimit::expected_run(Duration longest_run) const {
  // A quarter more than the longest: a run that is cut off at the deadline has worked for nothing.
  if (longest_run > Duration::zero()) return std::min(longest_run / 4 * 5, run_invocation_timeout_);
  // Nothing has ended yet. run_invocation_timeout is what a run must not exceed, often many times what it takes; where
  // it exceeds the job's time, waiting for it would mean that no start ever begins anything. So the first half of the
  // time is always worked in.
  return std::min(run_invocation_timeout_, std::max((deadline() - begun_) / 2, Duration::zero()));
}

}  // namespace prs
