#pragma once

#include <span>
#include <string_view>

#include "script/host_wire.hpp"
#include "script/process_channel.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// The worker's end of the socket and of the shared memory to one script host (host_wire.hpp). Never blocks.
class HostChannel : public ProcessChannel {
 public:
  /// Makes the private folder, the listening socket in it and the shared memory. Throws InfrastructureError.
  HostChannel();
  ~HostChannel();
  HostChannel(const HostChannel&) = delete;
  HostChannel& operator=(const HostChannel&) = delete;

  /// The control page and the ring.
  std::span<std::byte> shared_memory() const { return memory_; }
  /// The first frame, which takes the shared memory along.
  void queue_setup(std::string_view payload) { queue_frame(FrameType::setup, payload, std::move(memory_fd_)); }

 private:
  UniqueFd memory_fd_;  ///< until the setup
  std::span<std::byte> memory_;
};

}  // namespace prs
