#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "model/ids.hpp"
#include "model/verdict.hpp"

namespace prs {

/// One worker as the Dispatcher sees it: what it holds, and what it may hold.
struct WorkerSeat {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::vector<MiniBatchIndex> held;  ///< in the order handed out; a worker runs the first, the others wait there
  std::uint32_t credit = 0;
  bool is_present = true;
  bool is_host_ready = false;
  bool holds_suspect = false;   ///< and so nothing else
  bool is_called_back = false;  ///< a call-back is out
  TimePoint last_report{};
  Tally tally;  ///< what its own tries charged

  bool has_room() const { return is_present && is_host_ready && !holds_suspect && held.size() < credit; }
  /// How many of those that it holds are begun: a host that is down starts nothing.
  std::uint32_t begun() const { return is_host_ready ? 1 : 0; }
  bool has_unbegun() const { return held.size() > begun(); }
  void hold(MiniBatchIndex mini_batch, bool is_suspect);
  void release(MiniBatchIndex mini_batch);
};

}  // namespace prs
