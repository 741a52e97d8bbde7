#pragma once

#include <mpi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/world.hpp"
#include "farm/transport.hpp"
#include "mpi/fault_tolerance.hpp"
#include "support/clock.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Finds out which ranks are gone. Two grades, known at start-up: where MPI tells of losses and goes on
/// (FaultTolerance), its word counts; elsewhere the processes of this host are watched by their ids. In both, a rank
/// that is listened to and gives no sign for long is gone too.
class RankWatch final : public Peers {
 public:
  /// `world`: its errors come back as values from now on.
  RankWatch(MPI_Comm world, const World& places, int rank);
  RankWatch(const RankWatch&) = delete;
  RankWatch& operator=(const RankWatch&) = delete;

  const FaultTolerance* fault_tolerance() const { return fault_tolerance_; }
  bool can_go_on() const override { return fault_tolerance_ != nullptr; }
  std::string grade_text() const override;
  bool is_lost(int rank) const override { return is_lost_[static_cast<std::size_t>(rank)]; }
  bool is_any_lost() const override { return lost_ > 0; }
  bool is_lowest_left() const override;
  std::vector<Loss> take_losses(TimePoint now) override;
  Duration silence_of(int rank, TimePoint now) const override {
    return now - last_heard_[static_cast<std::size_t>(rank)];
  }
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now) override;
  void declare_lost(Loss loss) override;
  void end_by_force(int rank) override;

  /// Losses that were noticed since they were last taken.
  std::vector<Loss> take_noticed();
  /// A sign of life.
  void heard_from(int rank, TimePoint now) { last_heard_[static_cast<std::size_t>(rank)] = now; }
  /// Looks at the processes of this host and, about once a second, at the silence of those listened to.
  void look(TimePoint now);
  /// Silences looked at so far, for tests: a turn that is due for none must cost nothing, however many ranks there are.
  std::uint64_t looked_at() const { return looked_at_; }
  /// A call on the world communicator failed: MPI is asked who is gone, and any-source receives go on without them.
  void on_mpi_error();
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
