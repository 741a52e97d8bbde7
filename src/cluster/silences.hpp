#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "support/clock.hpp"

namespace prs {

/// For how long each rank has given no sign, and who has for longer than it may. One rank's view of the others. Pure:
/// time comes in as an argument.
class Silences {
 public:
  explicit Silences(int ranks);

  /// From now on `rank` must give a sign at least so often; none: it need not.
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now);
  void heard_from(int rank, TimePoint now) { last_heard_[static_cast<std::size_t>(rank)] = now; }
  Duration silence_of(int rank, TimePoint now) const { return now - last_heard_[static_cast<std::size_t>(rank)]; }
  /// How often it must give a sign. Only for a rank that is listened to.
  Duration limit_of(int rank) const { return *limits_[static_cast<std::size_t>(rank)]; }
  /// Who is silent for too long. To be asked in every turn; it looks about once a second, and else finds nobody. After
  /// a pause of our own nobody's silence counts.
  std::vector<int> look(TimePoint now);
  /// Ranks looked at so far, for tests: a turn that is due for none must cost nothing, however many ranks there are.
  std::uint64_t looked_at() const { return looked_at_; }

 private:
  std::vector<TimePoint> last_heard_;
  std::vector<std::optional<Duration>> limits_;
  std::vector<int> listened_to_;  ///< or once listened to: each once
  std::vector<bool> is_in_listened_to_;
  Duration interval_;  ///< between two looks
  TimePoint next_{};
  TimePoint last_turn_{};
  std::uint64_t looked_at_ = 0;
};

}  // namespace prs
