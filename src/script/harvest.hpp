#pragma once

#include <vector>

#include "model/row_sink.hpp"
#include "script/script_host.hpp"
#include "script/task_driver.hpp"
#include "script/task_window.hpp"

namespace prs {

/// Takes results out of a host's ring: rows go to the sink, and the end of each try becomes a TryEnd with the stretch
/// of its rows. ScriptDriver's only.
class Harvest {
 public:
  explicit Harvest(RowSink& rows) : rows_(rows) {}

  /// While the rows' reader is behind, results stay in the host (rule 5.6).
  void pause(bool is_paused) { is_paused_ = is_paused; }
  bool is_paused() const { return is_paused_; }
  /// The last take() ended before the ring did.
  bool has_more() const { return has_more_; }
  /// Of the task that the host runs: a piece was handed on, its end was not.
  bool has_open_rows() const { return has_open_rows_; }

  /// Takes what the host has published, at most a ring full: one that publishes faster than is read must neither keep
  /// the worker here nor get past pause(). False where it published what no host does.
  bool take(ScriptHost& host, TaskWindow& tasks, TimePoint now, std::vector<TryEnd>& ended);
  /// The end of a try that the host did not report: what task and host tell of it. Its rows are over.
  /// `host`: null where none has had the task.
  TryEnd& end_try(HeldTask held, const ScriptHost* host, TimePoint now, std::vector<TryEnd>& ended);
  /// Rows of a try that nobody ended.
  void drop_open_rows();

 private:
  bool accept(const ResultRecord& record, ScriptHost& host, TaskWindow& tasks, TimePoint now,
              std::vector<TryEnd>& ended);

  RowSink& rows_;
  bool is_paused_ = false, has_more_ = false, has_open_rows_ = false;
};

}  // namespace prs
