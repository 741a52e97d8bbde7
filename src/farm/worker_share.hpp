#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "farm/protocol.hpp"
#include "farm/worker_start.hpp"
#include "output/share_writing.hpp"

namespace prs {

/// The share of the output that a worker writes, if it writes one: one at a time.
class WorkerShare {
 public:
  void begin(std::string_view share, const WorkerStart& start);
  void cancel();
  bool is_writing() const { return writing_ != nullptr; }
  bool has_stalled(TimePoint now) const { return writing_ && writing_->has_stalled(now); }
  /// Once it is over. Throws InfrastructureError where the file could not be written.
  std::optional<protocol::Assembled> take_result();
  void add_poll_fds(std::vector<pollfd>& fds) const;

 private:
  std::unique_ptr<ShareWriting> writing_;
};

}  // namespace prs
