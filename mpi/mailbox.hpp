#pragma once

#include <mpi.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mpi/peers.hpp"
#include "mpi/protocol.hpp"

namespace prs {

/// A message that has come.
struct Letter {
  int from = 0;
  protocol::Tag tag{};
  std::string bytes;
};

/// Sends and receives the messages of mpi/protocol.hpp without ever blocking on a peer, dead or alive. Used by both
/// roles; decides nothing.
class Mailbox {
 public:
  /// `peers`: is told who gave a sign and when MPI reports an error; messages to and from lost ranks are dropped.
  Mailbox(MPI_Comm world, Peers& peers) : world_(world), peers_(peers) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Queues a message; the bytes are kept until MPI has taken them.
  void send(int to, protocol::Tag tag, std::string bytes = {});
  /// The next message that has arrived whole, if any.
  std::optional<Letter> receive();
  /// Everything sent has been taken by MPI, or its receiver is lost.
  bool is_flushed();
  /// Rests until it has, or until the time has passed. Only at the end, when nothing else is left to do.
  void flush(Duration limit);
  /// Messages sent and received so far, for tests and logs.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  struct Sending {
    int to = 0;
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  /// A message that has begun to arrive: a big one takes its sender's help.
  struct Receiving {
    Letter letter;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  bool has_left(Sending& sending);
  void forget_sent();
  bool begin_receiving();

  MPI_Comm world_;
  Peers& peers_;
  std::list<Sending> sending_;
  std::unique_ptr<Receiving> receiving_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace prs
