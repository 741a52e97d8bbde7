#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/progress_line.hpp"
#include "report/tries_file.hpp"
#include "support/clock.hpp"

namespace prs {

/// What the workers' time went to while mini-batches were worked on, summed up from looks at the progress. Rank 0's.
class WorkerTime {
 public:
  /// What the look before saw held until now.
  void add(const Progress& progress, TimePoint now);
  /// Of all workers together, with a script that had come through init().
  double ready_seconds() const { return ready_seconds_; }
  /// Of this, with nothing to do since all was handed out.
  double idle_at_end_seconds() const { return idle_at_end_seconds_; }
  /// Between the first mini-batch's end and the last one's hand-out, with no such script: another one was started.
  double restart_seconds() const { return restart_seconds_; }

 private:
  TimePoint last_{};
  std::uint64_t ready_ = 0, idle_at_end_ = 0, restarting_ = 0;
  double ready_seconds_ = 0, idle_at_end_seconds_ = 0, restart_seconds_ = 0;
};

/// The tries of one start.
struct TryFigures {
  std::uint64_t tries = 0, run_timeouts = 0;
  std::uint64_t process_ends = 0;  ///< of tries that took their script process with them
  std::uint64_t run_microseconds = 0;
  std::uint64_t longest_good_run_microseconds = 0;  ///< of those that succeeded
  void add(const TryLine& line);
};

/// What advice is taken from.
struct AdviceFigures {
  TryFigures tries;
  double ready_seconds = 0, idle_at_end_seconds = 0, restart_seconds = 0;
  double disk_wait_seconds = 0;                      ///< of all workers: their rows waited for the run folder's disk
  double run_invocation_timeout = 0;                 ///< in seconds
  std::uint64_t max_batches_per_process = 0;         ///< 0: unlimited
  bool is_all_at_first_try = false;                  ///< this start did every mini-batch, each with one try
  bool can_be_smaller = true, can_be_larger = true;  ///< mini_batch_size
};

/// One sentence for each thing that stood out in a run and that a setting would mend; empty for most runs. Pure. Says
/// nothing that the figures do not show, and nothing of a run too short to be worth a thought.
std::vector<std::string> advice_of(const AdviceFigures& figures);

/// What goes before the last line on stderr, one a line.
std::string advice_text(const std::vector<std::string>& advice);

}  // namespace prs
