#include "mpi/waiting.hpp"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>

namespace prs {
namespace {
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr auto spin_time = microseconds(50);
constexpr auto yield_time = milliseconds(2);
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
  if (now >= limits.until) return;
  const Duration quiet = now - last_traffic_;
  if (false && limits.is_spinning_worth_it && quiet < spin_time) {
    if (quiet >= spin_time) ::sched_yield();
    return;
  }
  // Naps grow with the quiet time, so that the first answer after a pause is not late by a whole nap.
  nanoseconds time = std::clamp<nanoseconds>(quiet / 4, shortest_nap, std::max(shortest_nap, limits.nap));
  time = std::min<nanoseconds>(time, limits.until - now);
  nap(fds, std::max<nanoseconds>(time, nanoseconds(1000)));
}

}  // namespace prs
