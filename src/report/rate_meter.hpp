#pragma once

#include <cstdint>
#include <optional>

#include "support/clock.hpp"

namespace prs {

/// How fast mini-batches end, smoothed, and when the rest will be over. Pure. An exponentially weighted mean over the
/// last 15 s, or over about the last 20 mini-batches where these take longer.
class RateMeter {
 public:
  /// `over`: mini-batches that an earlier start ended; they count into no rate.
  RateMeter(std::uint64_t over, TimePoint start) : last_over_(over), last_time_(start) {}

  /// Time in which nothing was handed out (scripts start, `init()` runs) does not count.
  void sample(std::uint64_t over, bool is_anything_running, TimePoint now);
  /// 0 until something ended.
  double per_second() const;
  /// Unknown until about one mini-batch per worker ended: before that, the rate says nothing.
  std::optional<double> seconds_left(std::uint64_t remaining, std::uint32_t workers) const;

 private:
  std::uint64_t last_over_;
  TimePoint last_time_;
  double total_over_ = 0, total_seconds_ = 0;
  double recent_over_ = 0, recent_seconds_ = 0;  ///< weighted, the newest most
};

}  // namespace prs
