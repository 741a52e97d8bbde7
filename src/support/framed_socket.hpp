#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "support/unique_fd.hpp"

namespace prs {

/// How a frame begins: payload bytes (u32), type (u16), flags (u16), number (u64); little-endian.
inline constexpr std::size_t frame_header_bytes = 16;
/// The only flag: a descriptor comes with the frame's first byte (SCM_RIGHTS).
inline constexpr std::uint16_t frame_with_descriptor = 1;

/// A frame that has come. What types there are, and what the number means, is up to those who talk.
struct Frame {
  std::uint16_t type = 0;
  std::uint64_t number = 0;
  std::string payload;
  UniqueFd descriptor;
};

/// Frames both ways over a connected Unix stream socket: between a worker and the processes that it starts. Never
/// blocks.
class FramedSocket {
 public:
  /// What the other end may send. The kernel closes the descriptors of one that may send none.
  struct Limits {
    std::size_t largest_frame_bytes = 0;
    bool takes_descriptors = false;
  };
  explicit FramedSocket(Limits limits) : limits_(limits) {}

  void connect(UniqueFd connection) { connection_ = std::move(connection); }
  bool is_connected() const { return static_cast<bool>(connection_); }

  struct Outgoing {
    std::uint16_t type = 0;
    std::uint64_t number = 0;
    std::string_view payload;
    UniqueFd descriptor;  ///< to go along; closed once it is sent
  };
  /// Appends to what is to be sent.
  void queue(Outgoing frame);
  /// Sends what the socket takes.
  void flush();
  bool has_unsent() const { return sent_bytes_ < outgoing_.size(); }

  /// The frames that came in whole, of at most about a megabyte: one that never stops sending must not keep the caller
  /// here.
  std::vector<Frame> receive();
  /// The other end is closed, and all that it sent was received.
  bool is_at_end() const { return is_at_end_; }
  /// It sent a frame that nobody sends.
  bool is_broken() const { return is_broken_; }

  /// What to wait for; fd −1 where there is nothing.
  pollfd poll_fd() const;

 private:
  /// A descriptor that goes with the byte of `outgoing_` at `at`.
  struct Attached {
    std::size_t at = 0;
    UniqueFd descriptor;
  };
  bool send_some();
  void drop_unsent();
  ssize_t receive_some(char* buffer, std::size_t size);
  void take_frames(std::vector<Frame>& frames);

  Limits limits_;
  UniqueFd connection_;
  std::string outgoing_, incoming_;
  std::size_t sent_bytes_ = 0;  ///< of `outgoing_`
  std::deque<Attached> attached_;
  std::deque<UniqueFd> descriptors_;  ///< received, of frames that are not whole yet
  bool is_at_end_ = false, is_broken_ = false;
};

}  // namespace prs
