#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <vector>

#include "mpi/small_messages.hpp"
#include "mpi/sum_tree.hpp"

namespace prs {

/// Communicators of the rounds' own, made by all ranks before anything can fail on one of them, and never freed: a
/// round may be in flight for ever. Where a rank is lost, Open MPI 5.0 drops what the collectives of a communicator
/// have sent, and what else goes from rank to rank there waits behind that for ever. So the survivors have a
/// communicator that no collective uses.
struct RoundComms {
  MPI_Comm all_reduce = MPI_COMM_NULL;
  MPI_Comm survivors = MPI_COMM_NULL;

  /// Collective over `world`.
  static RoundComms make(MPI_Comm world);
};

/// The sum of the rounds' numbers over all ranks, and after losses over the survivors (rule 7.4). Never blocks.
///
/// While no rank is lost it is MPI's non-blocking all-reduce. That breaks with the first loss, for good. MPI could make
/// a communicator of the survivors (MPIX_Comm_shrink), but Open MPI 5.0 crashes where it hears of one more loss
/// meanwhile. So no communicator is made: the survivors sum along a tree (SumTree). Who is left is said by rank 0
/// alone, whose own loss ends the run: it tells each loss to all, and with each begins another tree.
class SurvivorsSum {
 public:
  /// `comms`: their errors come back as values from now on. `survives_losses`: false where the first loss is the end.
  SurvivorsSum(const RoundComms& comms, bool survives_losses);
  SurvivorsSum(const SurvivorsSum&) = delete;
  SurvivorsSum& operator=(const SurvivorsSum&) = delete;

  /// A rank was lost, and nothing is summed any more.
  bool is_over() const { return is_over_; }
  /// On rank 0: tells the others. Elsewhere its word is waited for. What is known is passed over.
  void on_rank_lost(int rank);
  /// True: others than before are left, and nothing is in flight. What was begun with them is dropped on all of them.
  bool heed_losses();

  void begin(const RoundNumbers& mine);
  /// From begin() to the sum, or to the next true of heed_losses().
  bool is_in_flight() const { return is_in_flight_; }
  /// The sum of what was begun, once it has come.
  std::optional<RoundNumbers> test();
  /// Ranks that it does without.
  const std::vector<int>& missing() const { return missing_; }

 private:
  //  all-reduce ──a loss──▶ tree 1 ──a loss──▶ tree 2 … (a tree's number and tag: how many are missing)
  //  all-reduce ──a loss, where MPI survives none──▶ over
  struct AllReduce {
    RoundNumbers send{}, receive{};
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void take_losses();
  void on_broken();

  MPI_Comm all_;
  bool survives_losses_;
  int rank_ = 0, size_ = 0;
  SmallMessages messages_;
  std::unique_ptr<AllReduce> all_reduce_;
  std::unique_ptr<SumTree> tree_;
  std::vector<int> missing_;
  bool is_in_flight_ = false, is_over_ = false;
};

}  // namespace prs
