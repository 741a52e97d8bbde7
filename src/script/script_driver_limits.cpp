#include <algorithm>

#include "script/script_driver_state.hpp"

namespace prs {
namespace {

/// Longer than any poll takes. A worker that was itself stopped (a scheduler's suspend) must not blame its host.
constexpr Duration longest_doze = std::chrono::seconds(1);
/// The keeper tells of a death at once; a socket that closes without one belongs to a process that still lives.
constexpr Duration patience_after_closing = std::chrono::milliseconds(500);
constexpr Duration longest_notice = std::chrono::seconds(1);

TimePoint plus(TimePoint time, Duration duration) {
  return duration > TimePoint::max() - time ? TimePoint::max() : time + duration;
}

/// When a host that is closing gets SIGTERM: a fifth of its time before SIGKILL, a second at most.
TimePoint terminate_time(const ScriptHost& host, TimePoint closing_since) {
  if (host.close_until == TimePoint::max()) return TimePoint::max();
  return host.close_until - std::clamp((host.close_until - closing_since) / 5, Duration::zero(), longest_notice);
}

}  // namespace

void ScriptDriver::State::note_unwatched_time(TimePoint now) {
  if (is_paused && host->ring.is_waiting_for_space()) {
    host->unwatched += now - last_poll;  // the host waits for the worker
    return;
  }
  const TimePoint expected = std::max(last_poll, wanted_poll);
  if (expected < now && now - expected > longest_doze) host->unwatched += now - expected;
}

/// What the running script has to wait for room is never its own time, however slow this worker is.
void ScriptDriver::State::note_blocked_time(TimePoint now) {
  const RunningNow running = host->ring.running();
  const auto most = static_cast<std::uint64_t>(std::max<Duration>(now - host->spawned, Duration::zero()).count());
  const auto blocked = Duration(static_cast<std::int64_t>(std::min(host->ring.blocked_nanoseconds(now), most)));
  const bool is_same = running.sequence == host->seen.sequence && running.phase == host->seen.phase;
  host->blocked = is_same ? std::max(host->blocked, blocked) : blocked;
}

/// Follows the running word. Its time stamp is the host's: it counts only where it can be true.
void ScriptDriver::State::note_what_runs(TimePoint now) {
  const RunningNow running = host->ring.running();
  if (running.sequence != host->seen.sequence || running.phase != host->seen.phase) {
    host->seen_since = now;
    host->unwatched = Duration::zero();
    note_blocked_time(now);
  }
  host->seen = running;
  const bool is_busy = running.phase != HostPhase::idle && is_with_host(running.sequence);
  if (is_busy) {
    host->has_started_task = true;
    init_failures_in_row = 0;
  }
  if (is_busy || sent.empty()) {
    host->idle_with_tasks_since.reset();
  } else if (!host->idle_with_tasks_since) {
    host->idle_with_tasks_since = now;
    host->unwatched = Duration::zero();
  }
}

TimePoint ScriptDriver::State::run_start() const {
  const TimePoint claimed = time_point_of(static_cast<std::int64_t>(
      std::min<std::uint64_t>(host->seen.since_nanoseconds, static_cast<std::uint64_t>(INT64_MAX))));
  const bool is_likely = claimed >= host->spawned && claimed <= std::max(last_poll, host->seen_since);
  return is_likely ? claimed : host->seen_since;
}

/// When the first limit strikes, as things were seen last.
TimePoint ScriptDriver::State::next_limit() const {
  if (host->closed_socket_since && host->stage != HostStage::dying)
    return *host->closed_socket_since + patience_after_closing;
  switch (host->stage) {
    case HostStage::starting: {
      TimePoint limit = has_limits() ? plus(host->spawned, settings.init_timeout + host->unwatched) : TimePoint::max();
      return shutdown_until ? std::min(limit, *shutdown_until) : limit;
    }
    case HostStage::closing: {
      const TimePoint terminate = terminate_time(*host, host->seen_since);
      return host->is_terminate_sent ? host->close_until : terminate;
    }
    case HostStage::dying:
      return last_poll + std::chrono::milliseconds(host->process.status_fd() >= 0 ? 100 : 1);
    case HostStage::ready:
      break;
  }
  const TimePoint end = shutdown_until.value_or(TimePoint::max());
  if (!has_limits() || sent.empty()) return end;
  if (host->seen.phase == HostPhase::idle || !is_with_host(host->seen.sequence))
    return std::min(
        end, plus(host->idle_with_tasks_since.value_or(last_poll), settings.task_overhead_timeout + host->unwatched));
  if (is_paused && host->ring.is_waiting_for_space()) return end;
  const Duration limit =
      host->seen.phase == HostPhase::loading ? settings.task_overhead_timeout : settings.run_invocation_timeout;
  return std::min(end, plus(run_start(), limit + std::max(host->unwatched, host->blocked)));
}

void ScriptDriver::State::enforce_limits(TimePoint now) {
  if (host->stage == HostStage::dying) return;
  if (host->channel.is_at_end() && !host->is_shutdown_done && !host->closed_socket_since)
    host->closed_socket_since = now;
  if (host->stage == HostStage::ready) note_what_runs(now);
  // A shutdown that comes while a host starts has nothing to wait for.
  if (host->stage == HostStage::starting && !wants_host()) return stop(StopReason::closed, now);
  if (now < next_limit()) return;
  if (host->closed_socket_since) return stop(StopReason::closed_socket, now);
  switch (host->stage) {
    case HostStage::closing:
      if (now >= host->close_until) return stop(StopReason::closed, now);
      host->process.terminate();
      host->is_terminate_sent = true;
      return;
    case HostStage::starting:
      return stop(shutdown_until && now >= *shutdown_until ? StopReason::killed : StopReason::init_timeout, now);
    default:
      return enforce_task_limits(now);
  }
}

void ScriptDriver::State::enforce_task_limits(TimePoint now) {
  if (shutdown_until && now >= *shutdown_until) {
    is_killed = true;  // what still runs is no outcome
    return stop(StopReason::killed, now);
  }
  if (host->idle_with_tasks_since) return stop(StopReason::load_timeout, now, sent.front().sequence);
  const bool is_loading = host->seen.phase == HostPhase::loading;
  stop(is_loading ? StopReason::load_timeout : StopReason::run_timeout, now, host->seen.sequence);
}

}  // namespace prs
