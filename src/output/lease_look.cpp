#include "output/lease_look.hpp"

#include <time.h>

#include <cmath>

namespace prs {

LeaseLook::Sight LeaseLook::look() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::uint64_t highest = highest_lease(folder_);
  auto lease = highest == 0 ? std::nullopt : read_lease(folder_.lease(highest), file_seconds(now));
  if (!lease) return {};
  lease->number = highest;
  Sight sight{Life::none,           lease->holder ? lease_name(highest, lease->holder->nonce) : "",
              lease->holder_text(), lease->holder ? lease->holder->process : 0,
              ProcessSign::unknown, lease->age_seconds};
  const double length = lease->holder ? lease->holder->length_seconds : 30;
  const LeaseWatch watch = watcher_.look(*lease);
  if (watch.has_grown) {  // the next sign is watched for anew
    watcher_ = LeaseWatcher();
    watcher_.look(*lease);
    has_grown_ = true;
  }
  const bool is_young = std::abs(lease->age_seconds) <= length;
  const LeaseHolder us = LeaseHolder::self(std::chrono::duration<double>(length));
  sight.sign = lease->holder ? sign_of(*lease->holder, us) : ProcessSign::unknown;
  lease->age_seconds = 0;  // between two clocks it proves nothing
  const LeaseVerdict verdict = judge(*lease, us, sight.sign, watch);
  // Two renewals, and a bit, are missed by then.
  const bool is_watched_enough = watch.unchanged_seconds > length / 2.5;
  if (verdict == LeaseVerdict::live || (verdict == LeaseVerdict::unclear && is_young))
    sight.life = Life::alive;
  else if (verdict == LeaseVerdict::unclear && !is_watched_enough)
    sight.life = has_grown_ ? Life::alive : Life::unclear;
  else if (sight.sign == ProcessSign::stopped && !lease->is_released)
    sight.life = Life::stopped;
  return sight;
}

}  // namespace prs
