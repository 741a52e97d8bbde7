#include "cluster/silences.hpp"

#include <algorithm>

namespace prs {
namespace {

/// After a pause of our own (a stopped job, a suspended laptop) the silence of others says nothing.
constexpr std::chrono::seconds longest_turn{5};
constexpr std::chrono::seconds longest_interval{1};
constexpr int looks_per_limit = 4;  ///< at least, for a limit that is shorter than that interval

}  // namespace

Silences::Silences(int ranks)
    : last_heard_(static_cast<std::size_t>(ranks)),
      limits_(last_heard_.size()),
      is_in_listened_to_(last_heard_.size()),
      interval_(longest_interval) {}

void Silences::listen_to(int rank, std::optional<Duration> limit, TimePoint now) {
  const auto place = static_cast<std::size_t>(rank);
  limits_[place] = limit;
  heard_from(rank, now);
  if (!limit) return;
  interval_ = std::min(interval_, *limit / looks_per_limit);
  if (is_in_listened_to_[place]) return;
  is_in_listened_to_[place] = true;
  listened_to_.push_back(rank);
}

std::vector<int> Silences::look(TimePoint now) {
  const bool has_paused = now - last_turn_ > longest_turn;
  last_turn_ = now;
  if (has_paused)
    for (const int rank : listened_to_) heard_from(rank, now);
  if (now < next_) return {};
  next_ = now + interval_;
  looked_at_ += listened_to_.size();
  std::vector<int> silent;
  for (const int rank : listened_to_)
    if (const auto& limit = limits_[static_cast<std::size_t>(rank)]; limit && silence_of(rank, now) > *limit)
      silent.push_back(rank);
  return silent;
}

}  // namespace prs
