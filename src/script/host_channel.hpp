#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "script/host_wire.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// A frame from the host.
struct Frame {
  FrameType type{};
  std::string payload;
};

/// The worker's end of the socket and of the shared memory to one script host (host_wire.hpp). Never blocks.
class HostChannel {
 public:
  /// Makes the private folder, the listening socket in it and the shared memory. Throws InfrastructureError.
  HostChannel();
  ~HostChannel();
  HostChannel(const HostChannel&) = delete;
  HostChannel& operator=(const HostChannel&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  const std::string& folder() const { return folder_; }
  /// The control page and the ring.
  std::span<std::byte> shared_memory() const { return memory_; }

  bool is_connected() const { return static_cast<bool>(connection_); }
  /// Takes the host's connection if it has come. The socket's folder goes away then.
  bool accept();
  /// Appends to what is to be sent. The first frame takes the shared memory along.
  void queue_frame(FrameType type, std::string_view payload);
  /// Sends what the socket takes.
  void flush();
  /// The frames that came in whole, of at most about a megabyte: a host that never stops sending must not keep the
  /// worker here.
  std::vector<Frame> receive();
  /// The host closed its end, or sent what no host sends.
  bool is_at_end() const { return is_at_end_; }
  bool is_broken() const { return is_broken_; }

  /// What to wait for; fd −1 where there is nothing.
  pollfd poll_fd() const;

 private:
  bool send_some();
  void take_frames(std::vector<Frame>& frames);
  void remove_folder();

  std::string folder_, socket_path_;
  UniqueFd listener_, connection_, memory_fd_;
  std::span<std::byte> memory_;
  std::string outgoing_, incoming_;
  std::size_t sent_bytes_ = 0;  ///< of `outgoing_`
  bool is_memory_sent_ = false, is_at_end_ = false, is_broken_ = false;
};

}  // namespace prs
