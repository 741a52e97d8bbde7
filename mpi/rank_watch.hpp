#pragma once

#include <mpi.h>

#include <optional>
#include <string>
#include <vector>

#include "cluster/process_ends.hpp"
#include "cluster/silences.hpp"
#include "cluster/world.hpp"
#include "farm/transport.hpp"
#include "mpi/fault_tolerance.hpp"
#include "support/clock.hpp"

namespace prs {

/// Finds out which ranks are gone. Two grades, known at start-up: where MPI tells of losses and goes on
/// (FaultTolerance), its word counts; elsewhere the processes of this host are watched by their ids (ProcessEnds). In
/// both, a rank that is listened to and gives no sign for long is gone too (Silences).
class RankWatch final : public Peers {
 public:
  /// `world`: its errors come back as values from now on.
  RankWatch(MPI_Comm world, const World& places, int rank);
  RankWatch(const RankWatch&) = delete;
  RankWatch& operator=(const RankWatch&) = delete;

  bool can_go_on() const override { return fault_tolerance_ != nullptr; }
  std::string grade_text() const override;
  bool is_lost(int rank) const override { return is_lost_[static_cast<std::size_t>(rank)]; }
  bool is_any_lost() const override { return lost_ > 0; }
  bool is_lowest_left() const override;
  std::vector<Loss> take_losses(TimePoint now) override;
  Duration silence_of(int rank, TimePoint now) const override { return silences_.silence_of(rank, now); }
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now) override {
    silences_.listen_to(rank, limit, now);
  }
  void declare_lost(Loss loss) override;
  void end_by_force(int rank) override;

  /// Losses that were noticed since they were last taken.
  std::vector<Loss> take_noticed();
  /// A sign of life.
  void heard_from(int rank, TimePoint now) { silences_.heard_from(rank, now); }
  /// Looks at the processes of this host and, about once a second, at the silence of those listened to.
  void look(TimePoint now);
  /// A call on the world communicator failed: MPI is asked who is gone, and any-source receives go on without them.
  void on_mpi_error();
  /// Readable from when a process that is watched ends to the next look(); −1 where none is.
  int wake_fd() const { return process_ends_.wake_fd(); }

 private:
  MPI_Comm world_;
  const World& places_;
  const FaultTolerance* fault_tolerance_;
  int rank_;
  std::vector<bool> is_lost_;
  std::vector<Loss> losses_;
  int lost_ = 0;
  Silences silences_;
  ProcessEnds process_ends_;
};

}  // namespace prs
