#include "mpi/rank_watch.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace prs {
namespace {

/// After a pause of our own (a stopped job, a suspended laptop) the silence of others says nothing.
constexpr std::chrono::seconds longest_turn{5};
constexpr std::chrono::seconds silence_interval{1};
constexpr int looks_per_limit = 4;  ///< at least, for a limit that is shorter than that interval

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
      last_heard_(is_lost_.size()),
      silence_limit_(is_lost_.size()),
      is_in_listened_to_(is_lost_.size()),
      silence_interval_(silence_interval),
      processes_(is_lost_.size()) {
  return_errors(world);
  if (can_go_on()) return;
  for (int other = 0; other < places.size(); ++other)
    if (other != rank && places.can_see(rank, other)) watch(other, places.process_id_of(other));
}

void RankWatch::watch(int rank, int process_id) {
  if (!ended_) ended_.reset(::epoll_create1(EPOLL_CLOEXEC));
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, process_id, 0)));
  if (!process) return;  // an old kernel: silence has to tell
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<std::uint32_t>(rank);
  if (::epoll_ctl(ended_.get(), EPOLL_CTL_ADD, process.get(), &event) != 0) return;
  processes_[static_cast<std::size_t>(rank)] = std::move(process);
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

void RankWatch::listen_to(int rank, std::optional<Duration> limit, TimePoint now) {
  const auto place = static_cast<std::size_t>(rank);
  silence_limit_[place] = limit;
  heard_from(rank, now);
  if (!limit) return;
  silence_interval_ = std::min(silence_interval_, *limit / looks_per_limit);
  if (is_in_listened_to_[place]) return;
  is_in_listened_to_[place] = true;
  listened_to_.push_back(rank);
}

void RankWatch::look(TimePoint now) {
  take_ended();
  const bool has_paused = now - last_look_ > longest_turn;
  last_look_ = now;
  if (has_paused)
    for (const int rank : listened_to_) heard_from(rank, now);
  if (now < next_silences_) return;
  next_silences_ = now + silence_interval_;
  look_at_silences(now);
}

void RankWatch::take_ended() {
  epoll_event events[16];
  const int count = ended_ ? ::epoll_wait(ended_.get(), events, 16, 0) : 0;
  for (int i = 0; i < count; ++i) {
    const int rank = static_cast<int>(events[i].data.u32);
    processes_[static_cast<std::size_t>(rank)].reset();  // leaves the epoll by that
    declare_lost({rank, "its process ended"});
  }
}

void RankWatch::look_at_silences(TimePoint now) {
  looked_at_ += listened_to_.size();
  for (const int rank : listened_to_) {
    const auto place = static_cast<std::size_t>(rank);
    const auto& limit = silence_limit_[place];
    if (!limit || is_lost_[place] || now - last_heard_[place] <= *limit) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*limit).count();
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
