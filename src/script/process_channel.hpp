#pragma once

#include <poll.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/framed_socket.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// The worker's end of a socket to one process that it starts: it listens in a private folder until that process has
/// connected, then frames go both ways. Never blocks.
class ProcessChannel {
 public:
  /// Makes the folder and the listening socket in it. Throws InfrastructureError.
  explicit ProcessChannel(FramedSocket::Limits limits);
  ~ProcessChannel() { remove_folder(); }
  ProcessChannel(const ProcessChannel&) = delete;
  ProcessChannel& operator=(const ProcessChannel&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  const std::string& folder() const { return folder_; }

  bool is_connected() const { return socket_.is_connected(); }
  /// Takes the process's connection if it has come. The socket's folder goes away then.
  bool accept();
  /// Appends to what is to be sent. `Type`: the frames that this process knows.
  template <typename Type>
  void queue_frame(Type type, std::string_view payload, UniqueFd descriptor = UniqueFd(), std::uint64_t number = 0) {
    socket_.queue({static_cast<std::uint16_t>(type), number, payload, std::move(descriptor)});
  }
  /// Sends what the socket takes.
  void flush() { socket_.flush(); }
  /// As FramedSocket says.
  std::vector<Frame> receive() { return socket_.receive(); }
  bool is_at_end() const { return socket_.is_at_end(); }
  bool is_broken() const { return socket_.is_broken(); }

  /// What to wait for; fd −1 where there is nothing.
  pollfd poll_fd() const;

 private:
  void remove_folder();

  std::string folder_, socket_path_;
  UniqueFd listener_;
  FramedSocket socket_;
};

}  // namespace prs
