#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "script/left_behind.hpp"
#include "script/loader_process.hpp"
#include "script/poll_gaps.hpp"
#include "script/script_settings.hpp"
#include "script/setbacks.hpp"
#include "script/task_window.hpp"
#include "support/clock.hpp"

namespace prs {

/// Has the tables among a worker's tasks read ahead, in one loader process after another: the first few that wait, so
/// that the host finds the next one loaded. Holds each load to task_overhead_timeout; a loader that hangs or dies costs
/// the load that it was in, and the others go to the next loader. ScriptDriver's only. Never blocks.
class TableLoader {
 public:
  /// `settings` lives longer. The first process is started with the first poll where the run has tables for it, so that
  /// it is there when init() is over; the ones after it where there is a table to load.
  TableLoader(const ScriptSettings& settings, TimePoint now);

  /// Performs what is due; results go into `tasks`, `notes` are for the log. Not `is_wanted`: nothing is to be loaded
  /// any more, and the loader ends.
  void poll(TimePoint now, TaskWindow& tasks, bool is_wanted, std::vector<std::string>& notes);
  /// Now. poll() waits for its end.
  void kill(TimePoint now);
  /// No process is left.
  bool is_over() const { return !loader_ && left_behind_.is_empty(); }

  void add_poll_fds(std::vector<pollfd>& fds) const;
  TimePoint next_deadline() const;

 private:
  using Stage = LoaderProcess::Stage;
  using End = LoaderProcess::End;
  using Notes = std::vector<std::string>;

  void take_answers(TimePoint now, TaskWindow& tasks);
  TimePoint limit() const;
  void enforce_limit(TimePoint now);
  void settle_if_gone(TimePoint now, TaskWindow& tasks, Notes& notes);
  void settle(TimePoint now, TaskWindow& tasks, Notes& notes);
  void charge_start(const std::string& how, TimePoint now, TaskWindow& tasks, Notes& notes);
  Failure failure_of(const Task& task) const;
  void start(TimePoint now, TaskWindow& tasks, Notes& notes);
  void ask(TimePoint now, TaskWindow& tasks);

  const ScriptSettings& settings_;
  std::unique_ptr<LoaderProcess> loader_;
  LeftBehind<LoaderProcess> left_behind_;
  Setbacks setbacks_{false};
  PollGaps gaps_;
  Duration unwatched_{};                    ///< not the loader's time, since it became busy
  TimePoint start_due_ = TimePoint::max();  ///< when a loader is to be started
  std::uint64_t next_number_ = 1;
  bool is_expected_;  ///< none has been started, and tables will come
};

}  // namespace prs
