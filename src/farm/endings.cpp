#include "farm/endings.hpp"

#include <algorithm>
#include <csignal>

#include "cluster/launched.hpp"
#include "support/log.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

/// After a second signal: for the workers' last writes, and for the reports.
constexpr std::chrono::seconds at_once_limit{6};
constexpr std::chrono::milliseconds limit_look_interval{100};

}  // namespace

bool Endings::end_with(Ending ending) {
  if (is_finishing()) {
    log().warn("while the run ended: {}", ending.cause);
    return false;
  }
  if (ending_ && (ending_->is_at_once || !ending.is_at_once)) {
    // Nothing can be written: that holds whatever ended the farm before.
    ending_->is_in_trouble = ending_->is_in_trouble || ending.is_in_trouble;
    ending_->deadline = std::min(ending_->deadline, ending.deadline);
    return false;
  }
  log().warn("the run ends early: {}", ending.cause);
  if (ending_) ending.cause = ending_->cause + "; then " + ending.cause;
  ending_ = std::move(ending);
  return true;
}

void Endings::add(Ending ending, const std::string& question) {
  if (ending_) {
    ending_->cause += "; then " + ending.cause;
    return;
  }
  ending.cause += question;
  ending_ = std::move(ending);
}

bool Endings::on_signal(const protocol::Signal& signal, TimePoint now) {
  if (signal.count <= signals_) return false;
  signals_ = signal.count;
  // The launcher passes every signal on as SIGUSR1, and has said which one it was.
  const bool has_launcher = !launcher_result_file().empty();
  const std::string name = has_launcher ? "a signal" : signal_name(signal.number);
  is_stopped_by_mpirun_ = is_stopped_by_mpirun_ || (has_launcher && signal.number != SIGUSR1);
  const bool is_at_once = signals_ > 1;
  const std::string cause = is_at_once ? "stopped at once by a second signal" : "stopped by " + name;
  const Duration grace = duration_of(grace_seconds_after(signal.number, grace_period_seconds_));
  if (is_finishing()) log().warn("{}: the run is over, its reports are written", cause);
  if (is_at_once) hurry(cause, now, now + at_once_limit);
  if (!is_closing()) return end_with({ExitStatus::interrupted, cause, folder_.job_result(), is_at_once, now + grace});
  interrupt_at(is_at_once ? now : now + grace, cause, now);
  return false;
}

/// The earliest counts. Once the output gets its name there is nothing left to interrupt.
void Endings::interrupt_at(TimePoint deadline, std::string cause, TimePoint now) {
  if (is_finishing() || ending_ || (interruption_ && interruption_->deadline <= deadline)) return;
  if (interruption_) cause = interruption_->cause + "; then " + cause;
  log().warn("{}: the rows are put together for {:.1f} s at most", cause, std::max(0.0, seconds_of(deadline - now)));
  interruption_ = Interruption{std::move(cause), deadline};
}

bool Endings::look_for_interruption(TimePoint now) {
  if (phase_ != Phase::closing || !interruption_ || now < interruption_->deadline) return false;
  return end_with(
      {ExitStatus::interrupted, interruption_->cause + "; the rows are not put together yet", folder_.job_result()});
}

bool Endings::refuse_another_farm() {
  if (!interruption_) return false;
  return end_with(
      {ExitStatus::interrupted, interruption_->cause, folder_.job_result(), false, interruption_->deadline});
}

void Endings::hurry(const std::string& cause, TimePoint now, TimePoint until) {
  if (patience_ <= until) return;
  log().warn("{}: no disk is waited for longer than {:.1f} s", cause, std::max(0.0, seconds_of(until - now)));
  hurry_cause_ = cause;
  force_from_ = now + (until - now) / 2;
  patience_ = until;
}

bool Endings::on_time_limit(const TimeLeft& time_left, const Remaining& remaining, TimePoint now) {
  const auto& limit = time_left.limit();
  if (!limit) return false;
  if (const TimePoint last = limit->last_moment(); now >= last)
    hurry(time_left.text(), now, std::max(now, last + (limit->end() - last) / 2));
  if (ending_ || (!is_closing() && remaining.is_over)) return false;
  if (is_closing()) {
    if (now >= limit->deadline()) interrupt_at(limit->deadline(), time_left.text(), now);
    return false;
  }
  if (now < next_limit_look_) return false;
  next_limit_look_ = now + limit_look_interval;
  const Duration longest_run = remaining.longest_run();
  const bool is_late = now >= limit->last_begin(longest_run) && remaining.has_unbegun();
  if (!is_late && now < limit->deadline()) return false;
  return end_with({ExitStatus::interrupted, time_left.text(longest_run), folder_.job_result(), false,
                   std::max(now, limit->deadline())});
}

}  // namespace prs
