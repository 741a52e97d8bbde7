#include "farm/worker_share.hpp"

#include <utility>

#include "support/errors.hpp"

namespace prs {

void WorkerShare::begin(std::string_view share, const WorkerStart& start) {
  PRS_INVARIANT(!writing_);
  const auto path = [whole = RunFolder{start.config.output}, slicing = start.config.slicing](std::uint32_t part) {
    return part_path(whole, slicing, part);
  };
  writing_ = std::make_unique<ShareWriting>(assembly_share_of(share), start.building_path, path);
}

void WorkerShare::cancel() {
  if (writing_) writing_->cancel();
}

std::optional<protocol::Assembled> WorkerShare::take_result() {
  if (!writing_ || !writing_->is_over()) return std::nullopt;
  const std::unique_ptr<ShareWriting> ended = std::move(writing_);
  const auto damaged = ended->result();
  return protocol::Assembled{damaged.has_value(), damaged.value_or(std::vector<MiniBatchIndex>())};
}

void WorkerShare::add_poll_fds(std::vector<pollfd>& fds) const {
  if (writing_) fds.push_back({writing_->wake_fd(), POLLIN, 0});
}

}  // namespace prs
