#include "report/run_clock.hpp"

#include <algorithm>

namespace prs {
namespace {
/// The clocks of two nodes may differ by so much, or the preflight warns (rule 1.5).
constexpr std::int64_t most_skew = 5'000'000;
}  // namespace

void RunClock::set_starts(const std::vector<Start>& starts) {
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (i == starts_.size()) starts_.push_back({starts[i].began, 0, 0});
    starts_[i].duration = std::max(starts_[i].duration, starts[i].duration);
  }
  follow_on();
}

/// Each start begins where the one before it has ended.
void RunClock::follow_on() {
  for (std::size_t i = 1; i < starts_.size(); ++i)
    starts_[i].offset = std::max(starts_[i].offset, starts_[i - 1].offset + starts_[i - 1].duration);
}

std::size_t RunClock::start_of(std::int64_t unix_microseconds) {
  if (starts_.empty()) starts_.push_back({unix_microseconds, 0, 0});
  std::size_t start = starts_.size() - 1;
  while (start > 0 && starts_[start].began > unix_microseconds + most_skew) --start;
  // Not behind the end of an earlier start, where the one after it is closer.
  while (start > 0 && starts_[start].began > unix_microseconds &&
         unix_microseconds - starts_[start - 1].began < static_cast<std::int64_t>(starts_[start - 1].duration))
    --start;
  return start;
}

std::uint64_t RunClock::time_of(std::size_t start, std::int64_t unix_microseconds) const {
  const Start& of = starts_[start];
  return of.offset + static_cast<std::uint64_t>(std::max<std::int64_t>(0, unix_microseconds - of.began));
}

void RunClock::stretch(std::size_t start, std::uint64_t run_time) {
  Start& of = starts_[start];
  if (run_time <= of.offset + of.duration) return;
  of.duration = run_time - of.offset;
  follow_on();
}

std::uint64_t RunClock::duration() const {
  return starts_.empty() ? 0 : starts_.back().offset + starts_.back().duration;
}

}  // namespace prs
