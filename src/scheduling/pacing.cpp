#include "scheduling/pacing.hpp"

#include <algorithm>

namespace prs {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {
constexpr std::uint32_t most_credit = 256;
constexpr std::size_t widest_window = 64;
constexpr nanoseconds credit_time = milliseconds(100);  ///< the run time that credit should cover
constexpr nanoseconds window_time = milliseconds(32);
constexpr nanoseconds longest_nap = milliseconds(25);
}  // namespace

Lookahead lookahead_for(nanoseconds mean_run) {
  const std::int64_t run = std::max<std::int64_t>(1, mean_run.count());
  Lookahead ahead;
  if (mean_run > milliseconds(50)) {
    ahead.credit = 2;
  } else {
    ahead.credit = static_cast<std::uint32_t>(std::clamp<std::int64_t>(credit_time.count() / run, 3, most_credit));
  }
  ahead.window = static_cast<std::size_t>(
      std::clamp<std::int64_t>(window_time.count() / run, ahead.credit > 1 ? 2 : 1, widest_window));
  return ahead;
}

nanoseconds nap_while_held(nanoseconds mean_run, std::uint64_t held) {
  const auto most = static_cast<std::uint64_t>(longest_nap.count());
  const auto run = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(mean_run.count()));
  if (held > 0 && run > 4 * most / held) return longest_nap;
  return nanoseconds(static_cast<std::int64_t>(run * held / 4));
}

void MeanRun::add(nanoseconds run) {
  if (!is_known_) {
    mean_ = run;
    is_known_ = true;
    return;
  }
  // A run much longer than the mean counts more: it is worse to hold too much than too little.
  const std::int64_t weight = run > 4 * mean_ ? 4 : 16;
  mean_ += (run - mean_) / weight;
}

}  // namespace prs
