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
#include <utility>

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

  /// Shared among all that they are sent to.
  using Bytes = std::shared_ptr<const std::string>;
  /// Queues a message; the bytes are kept until MPI has taken them.
  void send(int to, protocol::Tag tag, std::string bytes = {}) {
    send(to, tag, std::make_shared<const std::string>(std::move(bytes)));
  }
  void send(int to, protocol::Tag tag, const Bytes& bytes);
  /// MPI has not taken all that was sent to that rank.
  bool is_behind(int to);
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
    Bytes bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  /// A piece that has begun to arrive: a big one takes its sender's help.
  struct Receiving {
    Letter letter;
    bool is_last = true;  ///< of its message
    MPI_Request request = MPI_REQUEST_NULL;
  };
  using Unsent = std::map<int, std::list<Sending>>;
  void send_piece(int to, int tag, const Bytes& bytes);
  bool has_left(Sending& sending);
  Unsent::iterator forget_sent_of(Unsent::iterator receiver);
  void forget_some_sent(int receivers);
  bool begin_receiving();
  std::unique_ptr<Receiving> receive_piece();

  MPI_Comm world_;
  RankWatch& peers_;
  std::size_t largest_piece_;
  Unsent unsent_;      ///< by receiver, for those that have some
  int looked_at_ = 0;  ///< the receiver of these that was looked at last
  std::unique_ptr<Receiving> receiving_;
  std::map<int, std::string> begun_;  ///< by sender: the pieces of a message that has not come whole
  std::uint64_t received_ = 0;
};

}  // namespace prs
