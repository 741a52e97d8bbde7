#include "farm/crew.hpp"

#include <algorithm>
#include <utility>

#include "support/humane.hpp"

namespace prs {

std::uint32_t Crew::living() const {
  return static_cast<std::uint32_t>(
      std::count_if(members_.begin() + 1, members_.end(), [](const Member& member) { return !member.is_lost; }));
}

std::uint32_t Crew::ready() const {
  return static_cast<std::uint32_t>(
      std::count_if(members_.begin() + 1, members_.end(), [](const Member& member) { return member.is_host_ready; }));
}

Duration Crew::longest_run() const {
  Duration longest{};
  for (const Member& member : members_) longest = std::max(longest, member.longest_run);
  return longest;
}

Duration Crew::disk_wait() const {
  Duration all{};
  for (const Member& member : members_) all += member.disk_wait;
  return all;
}

void Crew::reopen() {
  first_open_ = 1;
  for (Member& member : members_) {
    member.is_closed = member.is_lost;
    member.is_host_ready = false;
  }
}

void Crew::close(int rank, const protocol::Closed& closed) {
  member(rank).is_closed = true;
  member(rank).failed_shutdowns += closed.failed_shutdowns;
}

std::string Crew::failed_shutdowns_text(const RunFolder& folder) const {
  std::uint64_t processes = 0;
  int first = 0;
  for (int rank = ranks() - 1; rank > 0; --rank) {
    if (member(rank).failed_shutdowns == 0) continue;
    processes += member(rank).failed_shutdowns;
    first = rank;
  }
  if (processes == 0) return {};
  return "shutdown() of the entry script failed in " + counted(processes, "script process", "script processes") +
         "; for " + (processes == 1 ? "" : "the first, ") + place_of(first) + ", see " +
         folder.worker_log(world_.host_of(first), World::process_name(first));
}

/// A closed worker stays so until the next farm.
int Crew::first_open() const {
  while (first_open_ < ranks() && member(first_open_).is_closed) ++first_open_;
  return first_open_;
}

void Crew::set_busy(int rank, protocol::Busy busy) {
  const auto before = std::exchange(member(rank).busy, busy);
  at_disk_ -= before == protocol::Busy::disk ? 1 : 0;
  at_disk_ += busy == protocol::Busy::disk ? 1 : 0;
}

void Crew::lose_unnamed(int rank) {
  Member& lost = member(rank);
  lost.is_lost = lost.is_closed = true;
  lost.is_host_ready = false;
  set_busy(rank, protocol::Busy::no);
}

void Crew::lose(int rank, const std::string& how) {
  lose_unnamed(rank);
  lost_.push_back(name_of(rank) + ": " + how);
}

void Crew::note_hung(int rank) {
  const auto number = static_cast<std::uint64_t>(rank);
  if (std::find(hung_.begin(), hung_.end(), number) == hung_.end()) hung_.push_back(number);
}

std::string Crew::name_of(int rank) const {
  return "rank " + std::to_string(rank) + " (" + place_of(rank) + ")";
}

std::string Crew::place_of(int rank) const {
  return World::process_name(rank) + " on " + world_.host_of(rank);
}

}  // namespace prs
