#include "report/advice.hpp"

#include <algorithm>

#include "report/microseconds.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

// Thresholds, with their reasons.

/// A share of the workers' time that nobody would mend is none to speak of.
constexpr double noticeable_overhead = 0.05;
/// With n mini-batches for each worker about 1 / 2n of the time is a tail: this is fewer than five for each, or some
/// that take far longer than others.
constexpr double noticeable_tail = 0.1;
constexpr double noticeable_disk_wait = 0.05;
/// Whoever limits a process's mini-batches pays for new ones with open eyes: it has to be much.
constexpr double noticeable_restarts = 0.2;
/// Less worker time lost than this is not worth a second run, and sums of so little are chance: progress is looked at
/// once a second.
constexpr double least_lost_seconds = 20;
/// What each mini-batch costs by itself is far below a millisecond for files, and some milliseconds for tables. Where
/// runs are longer, the time went elsewhere, and larger mini-batches would not bring it back.
constexpr double longest_short_run_seconds = 0.1;
/// Runs that come this near the limit and end well show that those which were cut off may have been on their way.
constexpr double near_limit = 0.5;

std::string percent(double part, double whole) {
  return fixed_decimals(100 * part / whole, 0) + " %";
}

bool stands_out(double lost_seconds, const AdviceFigures& figures, double noticeable) {
  return lost_seconds >= least_lost_seconds && lost_seconds > noticeable * figures.ready_seconds;
}

/// Processes that died or hung are replaced, too: then it is not the setting's doing.
std::string of_restarts(const AdviceFigures& figures) {
  if (figures.max_batches_per_process == 0) return {};
  const double lost = figures.restart_seconds, whole = figures.ready_seconds + lost;
  const bool is_by_setting = figures.tries.tries > 2 * figures.max_batches_per_process * figures.tries.process_ends;
  if (!is_by_setting || lost < least_lost_seconds || lost <= noticeable_restarts * whole) return {};
  const std::uint64_t each = figures.max_batches_per_process;
  return "workers waited for " + percent(lost, whole) + " of their time for new script processes, one after " +
         (each == 1 ? "each mini-batch" : "every " + grouped(each) + " mini-batches") +
         ": a larger max_batches_per_process, or none, would be faster";
}

std::string of_overhead(const AdviceFigures& figures) {
  const double run = seconds_of_microseconds(figures.tries.run_microseconds);
  const double overhead = figures.ready_seconds - figures.idle_at_end_seconds - figures.disk_wait_seconds - run;
  if (!figures.can_be_larger || figures.tries.tries == 0 || !stands_out(overhead, figures, noticeable_overhead))
    return {};
  if (!of_restarts(figures).empty()) return {};  // the greater part of what surrounds it
  const double mean = run / static_cast<double>(figures.tries.tries);
  if (mean > longest_short_run_seconds) return {};
  return "run() took " + fixed_decimals(1000 * mean, mean < 0.001 ? 3 : 1) + " ms a mini-batch, and " +
         percent(overhead, figures.ready_seconds) +
         " of the workers' time went to what surrounds it: a larger mini_batch_size would be faster";
}

std::string of_tail(const AdviceFigures& figures) {
  // Retries, and what earlier starts left, are a tail of their own, however small the mini-batches are.
  if (!figures.is_all_at_first_try || !figures.can_be_smaller ||
      !stands_out(figures.idle_at_end_seconds, figures, noticeable_tail))
    return {};
  return "workers had nothing left to do for " + percent(figures.idle_at_end_seconds, figures.ready_seconds) +
         " of their time, while the last mini-batches ran: a smaller mini_batch_size would share them out better";
}

std::string of_timeouts(const AdviceFigures& figures) {
  const TryFigures& tries = figures.tries;
  const double longest = seconds_of_microseconds(tries.longest_good_run_microseconds);
  if (tries.run_timeouts == 0 || longest < near_limit * figures.run_invocation_timeout) return {};
  return counted(tries.run_timeouts, "try was", "tries were") + " ended by run_invocation_timeout (" +
         humane_duration(figures.run_invocation_timeout) + "), and the longest run() that ended well took " +
         humane_duration(longest) + ": a longer run_invocation_timeout may save retries";
}

std::string of_disk(const AdviceFigures& figures) {
  if (!stands_out(figures.disk_wait_seconds, figures, noticeable_disk_wait)) return {};
  return "workers waited for " + percent(figures.disk_wait_seconds, figures.ready_seconds) +
         " of their time until the run folder's disk had taken their rows: a faster file system for `output`, or fewer "
         "bytes in each row, would help";
}

}  // namespace

void WorkerTime::add(const Progress& progress, TimePoint now) {
  if (last_ != TimePoint{} && now > last_) {
    const double seconds = seconds_of(now - last_);
    ready_seconds_ += seconds * static_cast<double>(ready_);
    idle_at_end_seconds_ += seconds * static_cast<double>(idle_at_end_);
    restart_seconds_ += seconds * static_cast<double>(restarting_);
  }
  last_ = now;
  const bool is_over = progress.over() >= progress.mini_batches;
  const bool is_all_out = progress.over() + progress.running >= progress.mini_batches;
  ready_ = is_over ? 0 : progress.workers_ready;
  idle_at_end_ = is_all_out && ready_ > progress.running ? ready_ - progress.running : 0;
  const bool is_any_over = progress.over() > progress.reused;
  restarting_ = is_any_over && !is_all_out && progress.workers > ready_ ? progress.workers - ready_ : 0;
}

void TryFigures::add(const TryLine& line) {
  ++tries;
  const TryStatus status = line.outcome.status;
  run_timeouts += status == TryStatus::run_timeout ? 1 : 0;
  process_ends += status == TryStatus::run_timeout || status == TryStatus::process_died ? 1 : 0;
  run_microseconds += line.run_microseconds;
  if (line.outcome.is_done())
    longest_good_run_microseconds = std::max(longest_good_run_microseconds, line.run_microseconds);
}

std::vector<std::string> advice_of(const AdviceFigures& figures) {
  std::vector<std::string> advice;
  for (std::string sentence :
       {of_overhead(figures), of_tail(figures), of_timeouts(figures), of_disk(figures), of_restarts(figures)})
    if (!sentence.empty()) advice.push_back(std::move(sentence));
  return advice;
}

std::string advice_text(const std::vector<std::string>& advice) {
  std::string text;
  for (const std::string& sentence : advice) text += "prs_mpi: advice: " + sentence + "\n";
  return text;
}

}  // namespace prs
