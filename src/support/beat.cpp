#include "support/beat.hpp"

#include <utility>

namespace prs {

void Beat::begin(Stroke stroke, Duration interval, TimePoint now) {
  stroke_ = std::move(stroke);
  interval_ = interval;
  due_ = now + interval;
  is_over_.store(false, std::memory_order_release);
}

void Beat::end() {
  stroke_.reset();
  is_over_.store(true, std::memory_order_release);
}

std::optional<Beat::Stroke> Beat::take_due(TimePoint now) {
  if (now < due()) return std::nullopt;
  due_ = now + interval_;
  return stroke_;
}

}  // namespace prs
