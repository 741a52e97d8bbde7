#pragma once

#include <poll.h>

#include <chrono>
#include <vector>

#include "support/clock.hpp"

namespace prs {

/// The one way in which a rank waits, in both roles: MPI has no descriptor to sleep on, and a blocking receive burns a
/// core. Naps, longer and longer up to a limit; descriptors that become readable end a nap at once. It never spins: on
/// a machine whose cores run the scripts, a spinning rank costs more than a late message, which the work held ahead
/// makes up for.
class Waiting {
 public:
  struct Limits {
    std::chrono::nanoseconds nap = std::chrono::milliseconds(10);  ///< the longest nap
    bool is_work_out = false;                                      ///< enough work is held ahead to bridge a whole nap
    TimePoint until = TimePoint::max();                            ///< something is due then
  };
  Waiting();
  /// Something happened since the last rest.
  void traffic(TimePoint now) { last_traffic_ = now; }
  /// Rests a little. `fds` are polled for input.
  void rest(std::vector<pollfd>& fds, const Limits& limits);
  /// How long a rest at this time lasts where nothing ends it early.
  std::chrono::nanoseconds next_nap(const Limits& limits, TimePoint now) const;

 private:
  TimePoint last_traffic_;
};

}  // namespace prs
