#pragma once

#include <mpi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpi/fault_tolerance.hpp"
#include "mpi/world.hpp"
#include "support/clock.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// A rank that is gone.
struct Loss {
  int rank = 0;
  std::string how;         ///< "its process ended", for messages
  bool is_silent = false;  ///< it may be alive, and hung: nobody knows
};

/// Which ranks of the job are gone (rule 7.4). Both roles ask it; it decides nothing. Two grades, found at start-up:
/// where MPI tells of losses and goes on (FaultTolerance), its word counts; elsewhere the processes of this host are
/// watched by their ids. In both, a rank that is listened to and gives no sign for long is gone too.
class Peers {
 public:
  /// `world`: its errors come back as values from now on.
  Peers(MPI_Comm world, const World& places, int rank);
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  /// The job can go on without a rank that is lost; else it ends, resumable.
  bool can_go_on() const { return fault_tolerance_ != nullptr; }
  const FaultTolerance* fault_tolerance() const { return fault_tolerance_; }
  /// The grade, one line for the log.
  std::string grade_text() const;

  bool is_lost(int rank) const { return is_lost_[static_cast<std::size_t>(rank)]; }
  bool is_any_lost() const { return lost_ > 0; }
  /// No rank below this one is left.
  bool is_lowest_left() const;
  /// Losses that were noticed since the last call.
  std::vector<Loss> take_losses();

  /// A sign of life.
  void heard_from(int rank, TimePoint now) { last_heard_[static_cast<std::size_t>(rank)] = now; }
  Duration silence_of(int rank, TimePoint now) const { return now - last_heard_[static_cast<std::size_t>(rank)]; }
  /// From now on `rank` must give a sign at least so often; none: it need not.
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now);
  /// Looks at the processes of this host and, about once a second, at the silence of those listened to. Call it after
  /// all messages that have come were received.
  void look(TimePoint now);
  /// Silences looked at so far, for tests: a turn that is due for none must cost nothing, however many ranks there are.
  std::uint64_t looked_at() const { return looked_at_; }
  /// A call on the world communicator failed: MPI is asked who is gone, and any-source receives go on without them.
  void on_mpi_error();
  /// Kills a rank of this host that does not answer; one elsewhere is left alone.
  void end_by_force(int rank);
  /// Somebody else says so.
  void declare_lost(Loss loss);
  /// Readable from when a process that is watched ends to the next look(); −1 where none is.
  int wake_fd() const { return ended_.get(); }

 private:
  void watch(int rank, int process_id);
  void take_ended();
  void look_at_silences(TimePoint now);

  MPI_Comm world_;
  const World& places_;
  const FaultTolerance* fault_tolerance_;
  int rank_;
  std::vector<bool> is_lost_;
  std::vector<Loss> losses_;
  int lost_ = 0;
  std::vector<TimePoint> last_heard_;
  std::vector<std::optional<Duration>> silence_limit_;
  std::vector<int> listened_to_;  ///< or once listened to: each once
  std::vector<bool> is_in_listened_to_;
  Duration silence_interval_;  ///< between two looks at silences
  TimePoint next_silences_{};
  TimePoint last_look_{};
  std::uint64_t looked_at_ = 0;
  std::vector<UniqueFd> processes_;  ///< by rank: a descriptor of its process, where it is watched
  UniqueFd ended_;                   ///< epoll over those
};

}  // namespace prs
