#pragma once

#include <optional>
#include <string>

#include "model/outcome.hpp"
#include "support/clock.hpp"

namespace prs {

/// How often the hosts of one driver failed in a row, and what follows: pauses before the next one, giving up
/// (rule 6.6), and that a task is blamed though none was seen to run.
class Setbacks {
 public:
  /// In the foreground somebody waits who would see the same thing three times.
  explicit Setbacks(bool is_foreground) : most_init_failures_(is_foreground ? 1 : 3) {}

  void note_started_task() { init_failures_ = 0; }
  void note_end_of_try() { uncharged_deaths_ = 0; }
  /// Says so for the log.
  std::string count_init_failure(Failure failure, TimePoint now);
  /// A host died and it is not known of which task. True when the first one is to be taken for the cause.
  bool count_uncharged_death();

  /// The first failure, once there were too many. No host is started then.
  const std::optional<Failure>& gave_up() const { return gave_up_; }
  TimePoint restart_at() const { return restart_at_; }
  void restart_at(TimePoint time) { restart_at_ = time; }
  void restart_after_pause(TimePoint now);

 private:
  int most_init_failures_;
  int init_failures_ = 0, uncharged_deaths_ = 0;  ///< in a row
  std::optional<Failure> first_init_failure_, gave_up_;
  TimePoint restart_at_;
};

}  // namespace prs
