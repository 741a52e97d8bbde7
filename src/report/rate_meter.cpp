#include "report/rate_meter.hpp"

#include <algorithm>
#include <cmath>

namespace prs {

void RateMeter::sample(std::uint64_t over, bool is_anything_running, TimePoint now) {
  const double seconds = seconds_of(now - last_time_);
  if (seconds <= 0) return;
  last_time_ = now;
  if (over == last_over_ && !is_anything_running) return;
  // Signed: a mini-batch whose rows turn out damaged is no longer over.
  const double ended = static_cast<double>(over) - static_cast<double>(last_over_);
  last_over_ = over;
  total_over_ += ended;
  total_seconds_ += seconds;
  const double mean_seconds = total_over_ > 0 ? total_seconds_ / total_over_ : total_seconds_;
  const double memory_seconds = std::max(15.0, 20.0 * mean_seconds);
  const double kept = std::exp(-seconds / memory_seconds);
  recent_over_ = recent_over_ * kept + ended;
  recent_seconds_ = recent_seconds_ * kept + seconds;
}

double RateMeter::per_second() const {
  return recent_over_ > 0 && recent_seconds_ > 0 ? recent_over_ / recent_seconds_ : 0;
}

std::optional<double> RateMeter::seconds_left(std::uint64_t remaining, std::uint32_t workers) const {
  if (remaining == 0) return 0.0;
  if (total_over_ < std::max(1.0, static_cast<double>(workers)) || per_second() <= 0) return std::nullopt;
  return static_cast<double>(remaining) / per_second();
}

}  // namespace prs
