#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <vector>

#include "farm/protocol.hpp"
#include "farm/python_question.hpp"
#include "farm/worker_start.hpp"

namespace prs {

/// The part file of the output that a worker has made, if it has one made: one at a time, by the user's own pyarrow,
/// in a process of its own (rule 1.2). Never blocks.
/// Source: script/python/prs_parquet_output.py.
class WorkerPartFile {
 public:
  void begin(const protocol::PartFileToMake& file, const WorkerStart& start);
  /// It is not wanted any more: kills the process. It is then answered as not whole.
  void cancel();
  bool is_making() const { return question_ != nullptr; }
  /// Once it is over. Throws InfrastructureError where the file could not be made.
  std::optional<protocol::Assembled> poll(TimePoint now);
  void add_poll_fds(std::vector<pollfd>& fds) const;
  TimePoint next_deadline(TimePoint now) const;

 private:
  std::unique_ptr<AskedQuestion> question_;
  bool is_cancelled_ = false;  ///< and not answered yet
};

}  // namespace prs
