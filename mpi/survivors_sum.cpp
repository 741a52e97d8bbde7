#include "mpi/survivors_sum.hpp"

#include <algorithm>

#include "mpi/fault_tolerance.hpp"

namespace prs {
namespace {

constexpr int loss_tag = 0;  ///< of rank 0's words; the trees' tags begin with 1

}  // namespace

RoundComms RoundComms::make(MPI_Comm world) {
  RoundComms comms;
  MPI_Comm_dup(world, &comms.all_reduce);
  MPI_Comm_dup(world, &comms.survivors);
  return comms;
}

SurvivorsSum::SurvivorsSum(const RoundComms& comms, bool survives_losses)
    : all_(comms.all_reduce), survives_losses_(survives_losses), messages_(comms.survivors) {
  return_errors(comms.all_reduce);
  return_errors(comms.survivors);
  MPI_Comm_rank(all_, &rank_);
  MPI_Comm_size(all_, &size_);
}

void SurvivorsSum::on_rank_lost(int rank) {
  if (!survives_losses_) is_over_ = true;
  if (is_over_ || rank_ != 0) return;
  if (std::find(missing_.begin(), missing_.end(), rank) != missing_.end()) return;
  missing_.push_back(rank);
  for (int other = 1; other < size_; ++other)
    if (std::find(missing_.begin(), missing_.end(), other) == missing_.end()) messages_.send(other, loss_tag, rank);
}

/// In the order in which rank 0 has told them.
void SurvivorsSum::take_losses() {
  int lost = 0;
  while (rank_ != 0 && messages_.receive(0, loss_tag, lost)) missing_.push_back(lost);
}

bool SurvivorsSum::heed_losses() {
  if (is_over_ || !survives_losses_) return false;
  const std::size_t known = tree_ ? static_cast<std::size_t>(tree_->tag()) : 0;
  take_losses();
  if (missing_.size() == known) return false;
  on_broken();
  tree_ = std::make_unique<SumTree>(messages_, static_cast<int>(missing_.size()), rank_, size_, missing_);
  is_in_flight_ = false;
  return true;
}

void SurvivorsSum::begin(const RoundNumbers& mine) {
  is_in_flight_ = true;
  if (tree_) return tree_->begin(mine);
  all_reduce_ = std::make_unique<AllReduce>();
  all_reduce_->send = mine;
  if (MPI_Iallreduce(all_reduce_->send.data(), all_reduce_->receive.data(), static_cast<int>(mine.size()), MPI_INT64_T,
                     MPI_SUM, all_, &all_reduce_->request) != MPI_SUCCESS)
    on_broken();
}

std::optional<RoundNumbers> SurvivorsSum::test() {
  std::optional<RoundNumbers> sum;
  if (tree_) {
    sum = tree_->test();
  } else if (all_reduce_) {
    int has_ended = 0;
    if (MPI_Test(&all_reduce_->request, &has_ended, MPI_STATUS_IGNORE) != MPI_SUCCESS)
      on_broken();
    else if (has_ended != 0)
      sum = all_reduce_->receive;
  }
  if (sum) is_in_flight_ = false;
  return sum;
}

/// MPI may write into an all-reduce that broke as long as the process lives.
void SurvivorsSum::on_broken() {
  (void)all_reduce_.release();
  if (!survives_losses_) is_over_ = true;
}

}  // namespace prs
