#include "mpi/rank_watch.hpp"

#include <algorithm>
#include <csignal>

namespace prs {
namespace {

std::vector<int> ranks_of(MPI_Group group, MPI_Comm world) {
  int size = 0;
  MPI_Group_size(group, &size);
  std::vector<int> inside(static_cast<std::size_t>(size)), ranks(inside.size());
  for (int i = 0; i < size; ++i) inside[static_cast<std::size_t>(i)] = i;
  MPI_Group all = MPI_GROUP_NULL;
  MPI_Comm_group(world, &all);
  if (size > 0) MPI_Group_translate_ranks(group, size, inside.data(), all, ranks.data());
  MPI_Group_free(&all);
  return ranks;
}

}  // namespace

RankWatch::RankWatch(MPI_Comm world, const World& places, int rank)
    : world_(world),
      places_(places),
      fault_tolerance_(FaultTolerance::find(world)),
      rank_(rank),
      is_lost_(static_cast<std::size_t>(places.size())),
      silences_(places.size()) {
  return_errors(world);
  if (can_go_on()) return;
  for (int other = 0; other < places.size(); ++other)
    if (other != rank && places.can_see(rank, other)) process_ends_.watch(other, places.process_id_of(other));
}

std::string RankWatch::grade_text() const {
  if (can_go_on()) return "a lost worker rank is survived in place: MPI tolerates faults (ULFM)";
  return "a lost rank ends this start, and the same command goes on: " +
         std::string(FaultTolerance::is_in_library() ? "mpirun was started without --with-ft ulfm"
                                                     : "this MPI tolerates no faults (Open MPI 5 can)");
}

bool RankWatch::is_lowest_left() const {
  return std::all_of(is_lost_.begin(), is_lost_.begin() + rank_, [](bool is_lost) { return is_lost; });
}

std::vector<Loss> RankWatch::take_losses(TimePoint now) {
  look(now);
  return take_noticed();
}

std::vector<Loss> RankWatch::take_noticed() {
  return std::exchange(losses_, {});
}

void RankWatch::look(TimePoint now) {
  for (const int rank : process_ends_.take()) declare_lost({rank, "its process ended"});
  for (const int rank : silences_.look(now)) {
    if (is_lost(rank)) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silences_.limit_of(rank)).count();
    declare_lost({rank, "it gave no sign for " + std::to_string(seconds) + " s", true});
  }
}

void RankWatch::on_mpi_error() {
  if (!can_go_on()) return;
  MPI_Group failed = MPI_GROUP_NULL;
  if (fault_tolerance_->get_failed(world_, &failed) != MPI_SUCCESS) return;
  const std::vector<int> ranks = ranks_of(failed, world_);
  MPI_Group_free(&failed);
  int acknowledged = 0;
  fault_tolerance_->ack_failed(world_, static_cast<int>(ranks.size()), &acknowledged);
  for (const int rank : ranks) declare_lost({rank, "its process ended"});
}

void RankWatch::end_by_force(int rank) {
  if (rank != rank_ && places_.can_see(rank_, rank)) ::kill(places_.process_id_of(rank), SIGKILL);
}

void RankWatch::declare_lost(Loss loss) {
  if (loss.rank == rank_ || is_lost(loss.rank)) return;
  is_lost_[static_cast<std::size_t>(loss.rank)] = true;
  ++lost_;
  losses_.push_back(std::move(loss));
}

}  // namespace prs
