#pragma once

#include <cstdint>
#include <optional>

#include "script/poll_gaps.hpp"
#include "script/script_host.hpp"
#include "script/script_settings.hpp"
#include "script/task_window.hpp"
#include "support/clock.hpp"

namespace prs {

/// The time limits of one script host (rules 4.5, 6.6): what runs in it since when, and which limit strikes next. Kills
/// nobody: it says what is due. Not asked any more once the host is dying. Time in which the worker did not look, or
/// took no results, is not the host's.
class HostLimits {
 public:
  /// What a limit depends on beside the clock.
  struct Situation {
    HostStage stage = HostStage::starting;
    HostClosing closing;
    bool has_hung_up = false;
    const ResultRing& ring;
    const TaskWindow& tasks;
    bool is_paused = false;                   ///< results stay in the host
    bool is_wanted = true;                    ///< there is, or may come, something to run
    std::optional<TimePoint> shutdown_until;  ///< the worker's end has begun
  };
  /// What a limit that has passed asks for.
  struct Strike {
    enum class Act { none, terminate, stop };
    Act act = Act::none;
    StopReason reason = StopReason::none;
    std::uint64_t sequence = 0;  ///< of the task that it strikes
  };

  /// For a host that is started now.
  HostLimits(const ScriptSettings& settings, TimePoint now)
      : limits_(settings.limits), has_limits_(!settings.is_foreground), spawned_(now), seen_since_(now), polls_(now) {}

  /// To be called before results are taken: a host that waits for room does not any more, as soon as there is some.
  void note_blocked_time(const ResultRing& ring, TimePoint now);
  /// Looks at the host.
  Strike look(const Situation& now_is, TimePoint now);
  /// When the first limit strikes, as things were seen last.
  TimePoint next(const Situation& now_is) const;
  PollGaps& polls() { return polls_; }
  const PollGaps& polls() const { return polls_; }

  /// A task of the window was seen to run, or to be loaded.
  bool is_busy(const TaskWindow& tasks) const;
  /// When run() was called for this task, if it is the one that was seen in run().
  std::optional<TimePoint> run_start_of(std::uint64_t sequence) const;

 private:
  void note_unwatched_time(const Situation& now_is, TimePoint now);
  void note_what_runs(const Situation& now_is, TimePoint now);
  TimePoint next_for_tasks(const Situation& now_is) const;
  TimePoint run_start() const;
  Strike task_strike(const Situation& now_is) const;

  ScriptLimits limits_;
  bool has_limits_;
  TimePoint spawned_;
  RunningNow seen_;  ///< the running word as last seen, and since when
  TimePoint seen_since_;
  std::optional<TimePoint> idle_with_tasks_since_;
  std::optional<TimePoint> hung_up_since_;
  Duration unwatched_{};  ///< not the host's time, since what the limits count from
  Duration blocked_{};    ///< of the run that was seen last: how long it has waited for room, however slow we are
  PollGaps polls_;
};

}  // namespace prs
