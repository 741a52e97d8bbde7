#pragma once

#include <memory>

#include "model/row_sink.hpp"
#include "script/script_settings.hpp"
#include "script/task_driver.hpp"

namespace prs {

/// Drives one script host after another for one worker (rule 1.2): starts it under its keeper, hands it tasks ahead,
/// harvests results, holds it to its time limits, kills its whole tree and replaces it. Only the task that was running
/// is charged when a host dies; the others go to the next host.
class ScriptDriver final : public TaskDriver {
 public:
  /// `rows` lives longer than the driver.
  ScriptDriver(ScriptSettings settings, RowSink& rows);
  ~ScriptDriver() override;  ///< kills what is left, the whole tree
  ScriptDriver(const ScriptDriver&) = delete;
  ScriptDriver& operator=(const ScriptDriver&) = delete;

  void start(TimePoint now) override;
  void give(Task task, TimePoint now) override;
  void set_window(std::size_t tasks) override;
  std::vector<Task> take_back(std::size_t keep) override;
  std::size_t held() const override;
  void poll(TimePoint now, Events& events) override;
  void add_poll_fds(std::vector<pollfd>& fds) const override;
  TimePoint next_deadline() const override;
  void pause_harvest(bool is_paused) override;
  const std::optional<Failure>& gave_up() const override;
  void begin_shutdown(TimePoint until) override;
  void kill_all() override;
  bool is_over() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prs
