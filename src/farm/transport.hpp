#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "farm/protocol.hpp"
#include "support/clock.hpp"
#include "support/waiting.hpp"

namespace prs {

/// A message that has come.
struct Letter {
  int from = 0;
  protocol::Tag tag{};
  std::string bytes;
};

/// A rank that is gone.
struct Loss {
  int rank = 0;
  std::string how;         ///< "its process ended", for messages
  bool is_silent = false;  ///< it may be alive, and hung: nobody knows
};

/// Which ranks of the job are gone (rule 7.4), as the farm sees it. Decides nothing.
class Peers {
 public:
  virtual ~Peers() = default;
  /// The job can go on without a rank that is lost; else it ends, resumable.
  virtual bool can_go_on() const = 0;
  /// That, one line for the log.
  virtual std::string grade_text() const = 0;
  virtual bool is_lost(int rank) const = 0;
  virtual bool is_any_lost() const = 0;
  /// No rank below this one is left.
  virtual bool is_lowest_left() const = 0;
  /// Losses that were noticed since the last call. Call it after all messages that have come were received.
  virtual std::vector<Loss> take_losses(TimePoint now) = 0;
  virtual Duration silence_of(int rank, TimePoint now) const = 0;
  /// From now on `rank` must give a sign at least so often; none: it need not.
  virtual void listen_to(int rank, std::optional<Duration> limit, TimePoint now) = 0;
  /// Somebody else says so.
  virtual void declare_lost(Loss loss) = 0;
  /// Kills a rank of this host that does not answer; one elsewhere is left alone.
  virtual void end_by_force(int rank) = 0;
};

/// Signals that ask this rank for a stop.
struct StopsAsked {
  int count = 0;  ///< so far
  int last = 0;   ///< the latest one's number
};

/// All that reaches a rank from outside, and how it waits for that: messages, losses, signals, time. The farm runs on
/// MPI by this, and in its tests on none. No call blocks but flush() and rest().
class Transport {
 public:
  virtual ~Transport() = default;
  /// Messages to lost ranks are dropped.
  virtual void send(int to, protocol::Tag tag, std::string bytes) = 0;
  void send(int to, protocol::Tag tag) { send(to, tag, {}); }
  /// The same to each of the ranks 1 … `ranks` − 1.
  virtual void send_to_workers(int ranks, protocol::Tag tag, const std::string& bytes) {
    for (int rank = 1; rank < ranks; ++rank) send(rank, tag, bytes);
  }
  /// An earlier message to that rank is kept here still, since the rank has not asked for it.
  virtual bool is_behind(int to) = 0;
  /// The next message that has arrived whole, if any.
  virtual std::optional<Letter> receive() = 0;
  /// Rests until all that was sent is under way, or until the time has passed. Only where nothing else is left to do.
  virtual void flush(Duration limit) = 0;
  virtual Peers& peers() = 0;
  virtual StopsAsked stops_asked() = 0;
  /// The naps become short again: an answer may come soon.
  virtual void expect_traffic(TimePoint now) = 0;
  /// Rests a little; a message, a loss, a signal or one of `fds` may end it early.
  virtual void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) = 0;
  virtual TimePoint now() const = 0;
  /// Ends all ranks, also those that do not answer.
  [[noreturn]] virtual void abort(ExitStatus status) = 0;
};

}  // namespace prs
