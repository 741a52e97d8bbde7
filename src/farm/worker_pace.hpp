#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "farm/protocol.hpp"
#include "scheduling/pacing.hpp"
#include "scheduling/time_limit.hpp"
#include "script/task_driver.hpp"
#include "support/waiting.hpp"

namespace prs {

/// How much a worker asks for, as its tries get shorter or longer, and what of that the master knows. Pure.
class WorkerPace {
 public:
  /// A farm begins, and its host starts.
  void begin();
  void add(const TryEnd& end);
  bool is_host_ready() const { return is_host_ready_; }
  void set_host_ready(bool is_ready) { is_host_ready_ = is_ready; }
  /// Whether the rows' disk is behind, so that results stay in the host; told now and then.
  void note_disk(bool is_behind, TimePoint now);
  /// The credit follows the run time. How much of it the host may hold; none: no run time is known.
  std::optional<std::size_t> follow();
  /// Fills in all but the outcomes. False: the report says nothing new.
  bool fill_in(protocol::Report& report, bool is_stopped);
  /// How long a worker may rest whose host holds so many.
  void limit_rest(Waiting::Limits& limits, std::size_t held) const;

 private:
  MeanRun mean_run_;
  LongestRun longest_run_;
  std::uint32_t credit_ = 0;
  std::uint32_t told_credit_ = 0;
  bool is_host_ready_ = false;
  std::optional<TimePoint> behind_since_;
  Duration disk_wait_{};
};

}  // namespace prs
