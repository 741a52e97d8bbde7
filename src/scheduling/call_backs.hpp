#pragma once

#include <chrono>
#include <cstddef>
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
  /// Called now and then, while `idle` workers have nothing: asks no more workers than that. Looks at all workers, at
  /// most four times in such a while; where there are very many, at some of them each time, one part after the other.
  void look(std::vector<WorkerSeat>& workers, std::size_t idle, TimePoint now, std::vector<CallBack>& call_backs);
  /// One that was asked has answered, or is gone.
  void end(WorkerSeat& worker);

 private:
  Duration after_;
  TimePoint next_look_{};
  std::size_t next_ = 0;  ///< where the next look begins
  std::size_t out_ = 0;   ///< call-backs without an answer
};

}  // namespace prs
