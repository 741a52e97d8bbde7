#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/row_sink.hpp"
#include "script/harvest.hpp"
#include "script/host_limits.hpp"
#include "script/left_behind.hpp"
#include "script/script_host.hpp"
#include "script/script_settings.hpp"
#include "script/setbacks.hpp"
#include "script/table_loader.hpp"
#include "script/task_driver.hpp"
#include "script/task_window.hpp"

namespace prs {

/// Drives one script host after another for one worker (rule 1.2): starts it under its keeper, hands it tasks ahead,
/// harvests results, holds it to its time limits, kills its whole tree and replaces it. Only the task that was running
/// is charged when a host dies; the others go to the next host. Has tables loaded before the host gets them.
class ScriptDriver final : public TaskDriver {
 public:
  /// `rows` lives longer than the driver.
  ScriptDriver(ScriptSettings settings, RowSink& rows);  ///< kills what is left at its end, the whole tree
  ScriptDriver(const ScriptDriver&) = delete;
  ScriptDriver& operator=(const ScriptDriver&) = delete;

  void start(TimePoint now) override;
  void give(Task task, TimePoint now) override { tasks_.give(std::move(task), now); }
  void set_window(std::size_t tasks) override { tasks_.set_size(tasks); }
  std::vector<Task> take_back(std::size_t keep) override;
  std::size_t held() const override { return tasks_.held(); }
  void poll(TimePoint now, Events& events) override;
  void add_poll_fds(std::vector<pollfd>& fds) const override;
  TimePoint next_deadline() const override;
  void pause_harvest(bool is_paused) override { harvest_.pause(is_paused); }
  const std::optional<Failure>& gave_up() const override { return setbacks_.gave_up(); }
  void begin_shutdown(TimePoint until) override { shutdown_until_ = until; }
  void kill_all() override;
  bool is_over() const override;

 private:
  bool wants_host() const;
  bool is_at(HostStage stage) const { return host_ && host_->stage() == stage; }
  bool is_living() const { return host_ && host_->stage() != HostStage::dying; }
  HostLimits::Situation situation() const;
  TimePoint next_host_deadline() const;

  void start_host(TimePoint now, Events& events);
  void harvest(TimePoint now, Events& events);
  void enforce_limits(TimePoint now);
  void close_if_due(TimePoint now);

  void settle_if_gone(TimePoint now, Events& events);
  void settle(TimePoint now, Events& events);
  void charge(TimePoint now, Events& events);
  std::optional<std::size_t> victim();
  void fail_task(std::size_t place, TimePoint now, Events& events);
  void end_unrunnable(TimePoint now, Events& events);

  ScriptSettings settings_;
  TaskWindow tasks_;
  TableLoader tables_;
  Harvest harvest_;
  HostLimits limits_;
  Setbacks setbacks_;
  std::unique_ptr<ScriptHost> host_;
  LeftBehind<ScriptHost> left_behind_;
  bool is_started_ = false, is_killed_ = false;
  std::optional<TimePoint> shutdown_until_;
  std::optional<std::string> internal_error_;  ///< the next poll() throws it: what the last one found was handed on
};

}  // namespace prs
