#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "farm/transport.hpp"
#include "mpi/rank_watch.hpp"

namespace prs {

/// Sends and receives the messages of farm/protocol.hpp without ever blocking on a peer, dead or alive. Used by both
/// roles; decides nothing.
class Mailbox {
 public:
  /// `peers`: is told who gave a sign and when MPI reports an error; messages to and from lost ranks are dropped.
  /// `largest_piece`: a longer message goes in pieces, since MPI counts in int. For tests.
  Mailbox(MPI_Comm world, RankWatch& peers, std::size_t largest_piece = std::size_t{1} << 30)
      : world_(world), peers_(peers), largest_piece_(largest_piece) {}
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
  /// Messages received so far, or pieces of them: tells a test that a letter came in pieces.
  std::uint64_t received() const { return received_; }

 private:
  struct Sending {
    int to = 0;
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  /// A piece that has begun to arrive: a big one takes its sender's help.
  struct Receiving {
    Letter letter;
    bool is_last = true;  ///< of its message
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void send_piece(int to, int tag, std::string bytes);
  bool has_left(Sending& sending);
  void forget_sent();
  void forget_all_sent();
  bool begin_receiving();
  std::unique_ptr<Receiving> receive_piece();

  MPI_Comm world_;
  RankWatch& peers_;
  std::size_t largest_piece_;
  std::list<Sending> sending_;
  std::unique_ptr<Receiving> receiving_;
  std::map<int, std::string> begun_;  ///< by sender: the pieces of a message that has not come whole
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace prs
