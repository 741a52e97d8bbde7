#pragma once

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/request.hpp>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "mpi/protocol.hpp"

namespace prs {

/// A message that has come.
struct Letter {
  int from = 0;
  protocol::Tag tag{};
  std::string bytes;
};

/// Sends and receives the messages of mpi/protocol.hpp without ever blocking on a peer. Used by both roles; decides
/// nothing.
class Mailbox {
 public:
  explicit Mailbox(const boost::mpi::communicator& world) : world_(world) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Queues a message; the bytes are kept until MPI has taken them.
  void send(int to, protocol::Tag tag, std::string bytes = {});
  /// The next message that has arrived, if any.
  std::optional<Letter> receive();
  /// Everything sent has been taken by MPI.
  bool is_flushed();
  /// Rests until it has. Only at the end, when nothing else is left to do.
  void flush();
  /// Messages sent and received so far, for tests and logs.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  struct Sending {
    std::string bytes;
    boost::mpi::request request;
  };
  void forget_sent();

  boost::mpi::communicator world_;
  std::list<Sending> sending_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace prs
