#include "farm/worker_pace.hpp"

#include <algorithm>

namespace prs {
namespace {

constexpr std::uint32_t first_credit = 2;  ///< before a run time is known

}  // namespace

void WorkerPace::begin() {
  is_host_ready_ = false;
  told_credit_ = 0;
  credit_ = first_credit;
}

void WorkerPace::add(const TryEnd& end) {
  longest_run_.add(end.process_time);
  if (end.status == TryStatus::run_done) mean_run_.add(end.process_time);
}

void WorkerPace::note_disk(bool is_behind, TimePoint now) {
  if (behind_since_) disk_wait_ += now - *behind_since_;
  behind_since_ = is_behind ? std::optional(now) : std::nullopt;
}

std::optional<std::size_t> WorkerPace::follow() {
  if (!mean_run_.is_known()) return std::nullopt;
  const Lookahead ahead = lookahead_for(mean_run_.value());
  credit_ = ahead.credit;
  return ahead.window;
}

bool WorkerPace::fill_in(protocol::Report& report, bool is_stopped) {
  const std::uint32_t credit = is_host_ready_ ? credit_ : 0;
  if (report.outcomes.empty() && (credit == told_credit_ || !is_host_ready_ || is_stopped)) return false;
  report.credit = told_credit_ = is_stopped ? 0 : std::max(credit, 1U);
  report.mean_run_nanoseconds = mean_run_.is_known() ? mean_run_.value().count() : 0;
  report.longest_run_nanoseconds = longest_run_.value().count();
  report.disk_wait_nanoseconds = std::chrono::nanoseconds(disk_wait_).count();
  return true;
}

void WorkerPace::limit_rest(Waiting::Limits& limits, std::size_t held) const {
  if (!is_host_ready_ || !mean_run_.is_known()) return;
  limits.is_work_out = held > 0;  // a busy host wakes us itself
  if (limits.is_work_out) limits.nap = nap_while_held(mean_run_.value(), held);
}

}  // namespace prs
