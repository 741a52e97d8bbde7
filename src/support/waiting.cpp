#include "support/waiting.hpp"

#include <sys/prctl.h>

#include <algorithm>

namespace prs {
namespace {
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds shortest_nap = microseconds(50);

void nap(std::vector<pollfd>& fds, nanoseconds time) {
  timespec spec{};
  spec.tv_sec = time.count() / 1'000'000'000;
  spec.tv_nsec = time.count() % 1'000'000'000;
  ::ppoll(fds.data(), static_cast<nfds_t>(fds.size()), &spec, nullptr);
}
}  // namespace

Waiting::Waiting() {
  // The default slack of 50 µs would more than double a short nap.
  ::prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

void Waiting::rest(std::vector<pollfd>& fds, const Limits& limits) {
  const TimePoint now = Clock::now();
  if (now < limits.until) nap(fds, next_nap(limits, now));
}

std::chrono::nanoseconds Waiting::next_nap(const Limits& limits, TimePoint now) const {
  // Naps grow with the quiet time, so that the first answer after a pause is not late by a whole nap. While enough work
  // is out to bridge a whole nap, there is no need for that, and each wake-up saved is time for the scripts.
  const nanoseconds longest = std::max(shortest_nap, limits.nap);
  nanoseconds time =
      limits.is_work_out ? longest : std::clamp<nanoseconds>((now - last_traffic_) / 4, shortest_nap, longest);
  time = std::min<nanoseconds>(time, limits.until - now);
  return std::max<nanoseconds>(time, nanoseconds(1000));
}

}  // namespace prs
