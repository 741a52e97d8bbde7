#pragma once

#include <chrono>
#include <vector>

#include "scheduling/commands.hpp"
#include "scheduling/worker_seat.hpp"

namespace prs {

/// When work that a worker sits on is called back for another one that has none: it has not been begun, and the worker
/// has been silent for a while. The Dispatcher's only, which asks while somebody is idle and nothing else waits.
class CallBacks {
 public:
  using TimePoint = WorkerSeat::TimePoint;
  using Duration = TimePoint::duration;

  /// `after`: how long a worker may be silent.
  explicit CallBacks(Duration after) : after_(after) {}
  /// Called now and then: looks at all workers, at most four times in such a while.
  void look(std::vector<WorkerSeat>& workers, TimePoint now, std::vector<CallBack>& call_backs);

 private:
  Duration after_;
  TimePoint next_look_{};
};

}  // namespace prs
