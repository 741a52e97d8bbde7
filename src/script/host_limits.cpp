#include "script/host_limits.hpp"

#include <algorithm>

namespace prs {
namespace {

/// The keeper tells of a death at once; a socket that closes without one belongs to a process that still lives.
constexpr Duration patience_after_closing = std::chrono::milliseconds(500);
constexpr Duration longest_notice = std::chrono::seconds(1);

TimePoint plus(TimePoint time, Duration duration) {
  return duration > TimePoint::max() - time ? TimePoint::max() : time + duration;
}

/// When a host that is closing gets SIGTERM: a fifth of its time before SIGKILL, a second at most.
TimePoint terminate_time(const HostClosing& closing) {
  if (closing.until == TimePoint::max()) return TimePoint::max();
  return closing.until - std::clamp((closing.until - closing.since) / 5, Duration::zero(), longest_notice);
}

HostLimits::Strike stop_for(StopReason reason, std::uint64_t sequence = 0) {
  return {HostLimits::Strike::Act::stop, reason, sequence};
}

}  // namespace

void HostLimits::note_unwatched_time(const Situation& now_is, TimePoint now) {
  if (now_is.is_paused && now_is.ring.is_waiting_for_space()) {
    unwatched_ += now - polls_.last();  // the host waits for the worker
    return;
  }
  unwatched_ += polls_.missed(now);
}

void HostLimits::note_blocked_time(const ResultRing& ring, TimePoint now) {
  const RunningNow running = ring.running();
  const auto most = static_cast<std::uint64_t>(std::max(now - spawned_, Duration::zero()).count());
  const auto blocked = Duration(static_cast<std::int64_t>(std::min(ring.blocked_nanoseconds(now), most)));
  const bool is_same = running.sequence == seen_.sequence && running.phase == seen_.phase;
  blocked_ = is_same ? std::max(blocked_, blocked) : blocked;
}

/// Follows the running word. Its time stamp is the host's: it counts only where it can be true.
void HostLimits::note_what_runs(const Situation& now_is, TimePoint now) {
  const RunningNow running = now_is.ring.running();
  if (running.sequence != seen_.sequence || running.phase != seen_.phase) {
    seen_since_ = now;
    unwatched_ = Duration::zero();
    note_blocked_time(now_is.ring, now);
  }
  seen_ = running;
  if (now_is.tasks.sent_count() == 0 || is_busy(now_is.tasks)) {
    idle_with_tasks_since_.reset();
  } else if (!idle_with_tasks_since_) {
    idle_with_tasks_since_ = now;
    unwatched_ = Duration::zero();
  }
}

bool HostLimits::is_busy(const TaskWindow& tasks) const {
  return seen_.phase != HostPhase::idle && tasks.place_of(seen_.sequence);
}

TimePoint HostLimits::run_start() const {
  const TimePoint claimed = time_point_of(static_cast<std::int64_t>(
      std::min<std::uint64_t>(seen_.since_nanoseconds, static_cast<std::uint64_t>(INT64_MAX))));
  const bool is_likely = claimed >= spawned_ && claimed <= std::max(polls_.last(), seen_since_);
  return is_likely ? claimed : seen_since_;
}

std::optional<TimePoint> HostLimits::run_start_of(std::uint64_t sequence) const {
  if (seen_.sequence != sequence || seen_.phase != HostPhase::running) return std::nullopt;
  return run_start();
}

TimePoint HostLimits::next(const Situation& now_is) const {
  if (hung_up_since_) return *hung_up_since_ + patience_after_closing;
  const TimePoint end = now_is.shutdown_until.value_or(TimePoint::max());
  switch (now_is.stage) {
    case HostStage::starting:
      return std::min(end, has_limits_ ? plus(spawned_, limits_.init_timeout + unwatched_) : TimePoint::max());
    case HostStage::closing:
      return now_is.closing.is_terminate_sent ? now_is.closing.until : terminate_time(now_is.closing);
    default:
      return std::min(end, next_for_tasks(now_is));
  }
}

TimePoint HostLimits::next_for_tasks(const Situation& now_is) const {
  if (!has_limits_ || now_is.tasks.sent_count() == 0) return TimePoint::max();
  if (!is_busy(now_is.tasks))
    return plus(idle_with_tasks_since_.value_or(polls_.last()), limits_.task_overhead_timeout + unwatched_);
  if (now_is.is_paused && now_is.ring.is_waiting_for_space()) return TimePoint::max();
  const Duration limit =
      seen_.phase == HostPhase::loading ? limits_.task_overhead_timeout : limits_.run_invocation_timeout;
  return plus(run_start(), limit + std::max(unwatched_, blocked_));
}

HostLimits::Strike HostLimits::look(const Situation& now_is, TimePoint now) {
  note_unwatched_time(now_is, now);
  if (now_is.has_hung_up && !hung_up_since_) hung_up_since_ = now;
  if (now_is.stage == HostStage::ready) note_what_runs(now_is, now);
  // A shutdown that comes while a host starts has nothing to wait for.
  if (now_is.stage == HostStage::starting && !now_is.is_wanted) return stop_for(StopReason::closed);
  if (now < next(now_is)) return {};
  if (hung_up_since_) return stop_for(StopReason::closed_socket);
  const bool is_end = now_is.shutdown_until && now >= *now_is.shutdown_until;
  switch (now_is.stage) {
    case HostStage::closing:
      if (now >= now_is.closing.until) return stop_for(StopReason::closed);
      return {Strike::Act::terminate, StopReason::none, 0};
    case HostStage::starting:
      return stop_for(is_end ? StopReason::killed : StopReason::init_timeout);
    default:
      return is_end ? stop_for(StopReason::killed) : task_strike(now_is);
  }
}

HostLimits::Strike HostLimits::task_strike(const Situation& now_is) const {
  if (idle_with_tasks_since_) return stop_for(StopReason::load_timeout, now_is.tasks.first_sequence());
  const bool is_loading = seen_.phase == HostPhase::loading;
  return stop_for(is_loading ? StopReason::load_timeout : StopReason::run_timeout, seen_.sequence);
}

}  // namespace prs
