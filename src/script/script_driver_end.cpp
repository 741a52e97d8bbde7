#include <algorithm>

#include "script/failure_text.hpp"
#include "script/script_driver_state.hpp"

namespace prs {
namespace {

constexpr int most_init_failures = 3;
/// After so many deaths in a row that struck no running task, the first task is taken for the cause.
constexpr int most_uncharged_deaths = 3;
constexpr Duration first_restart_delay = std::chrono::milliseconds(100);
/// A process that hangs in the kernel (a dead file server) is left behind after this long.
constexpr Duration patience_with_the_dying = std::chrono::seconds(5);

}  // namespace

void ScriptDriver::State::stop(StopReason reason, TimePoint now, std::uint64_t sequence) {
  // kill_all() beats what was decided before; else the first reason stays.
  if (reason == StopReason::killed) host->reason = reason;
  if (host->stage == HostStage::dying) return;
  host->reason = reason;
  host->stopped_for = sequence;
  host->stage = HostStage::dying;
  host->dying_since = now;
  host->process.kill();
}

void ScriptDriver::State::settle_if_gone(TimePoint now, Events& events) {
  const bool is_gone = host->process.is_gone();
  if (!is_gone && now - host->dying_since < patience_with_the_dying) return;
  host->ring.stop_after_last_result();
  if (is_paused && host->ring.unread_bytes() > 0 && host->reason != StopReason::killed) return;
  settle(now, events);
  if (!is_gone) {
    events.notes.push_back("a process of the entry script (process id " + std::to_string(host->process.host_pid()) +
                           ") cannot be killed: it hangs in the kernel, perhaps on a file server; it is left behind");
    unkillable.push_back(std::move(host));
  }
  host.reset();
}

void ScriptDriver::State::settle(TimePoint now, Events& events) {
  const StopReason reason = host->reason;
  events.is_host_lost = true;
  if (reason != StopReason::killed) harvest(now, events);
  restart_at = now;
  const bool is_natural = reason == StopReason::killed || reason == StopReason::closed;
  if (reason == StopReason::host_failed) {
    is_killed = true;
    internal_error = internal_error_text();
  } else if (!is_natural && !has_run_something()) {
    count_init_failure(host_init_failure(), now, events);
  } else if (!is_natural) {
    charge(now, events);
  } else if (reason == StopReason::closed && !host->is_shutdown_done && host->has_started_task) {
    events.notes.push_back("shutdown() of the entry script did not end in time; the process was killed");
  }
  drop_open_rows();
  for (; !sent.empty(); sent.pop_back()) waiting.push_front(std::move(sent.back()));
}

/// Rows of a try that nobody ended.
void ScriptDriver::State::drop_open_rows() {
  if (host->has_open_rows) rows.end_try();
  host->has_open_rows = false;
}

/// Else its end is a failure of init(): no mini-batch can have caused it.
bool ScriptDriver::State::has_run_something() const {
  if (!host->was_ready) return false;
  // A running word that is not 0 was written by a task, be it the host's doing or a stray write.
  if (host->has_started_task || host->ring.has_ever_run()) return true;
  return !sent.empty() && (host->reason == StopReason::load_timeout || host->reason == StopReason::broken_answer);
}

/// The place in `sent` of the task that pays for the host's end.
std::optional<std::uint64_t> ScriptDriver::State::victim() {
  if (sent.empty()) return std::nullopt;
  const bool is_spoilt = host->reason == StopReason::broken_answer;
  const bool is_anybodys = is_spoilt || host->reason == StopReason::interrupted;
  const RunningNow running = host->ring.running();
  std::uint64_t sequence = host->stopped_for;
  if (sequence == 0 && !is_anybodys && running.phase != HostPhase::idle) sequence = running.sequence;
  if (is_with_host(sequence)) return sequence - sent.front().sequence;
  // Whose rows have begun to come has run.
  if (is_anybodys ? is_spoilt && sent.size() == 1 : host->has_open_rows) return 0;
  // Which of them did it is not known: they are tried again one at a time.
  careful_tasks = sent.size();
  if (++uncharged_deaths_in_row < most_uncharged_deaths) return std::nullopt;
  return 0;
}

void ScriptDriver::State::charge(TimePoint now, Events& events) {
  const std::optional<std::uint64_t> place = victim();
  if (!place) {
    events.notes.push_back(death_failure().message + "; no mini-batch was running");
    restart_at = now + first_restart_delay;
    return;
  }
  const std::string limit = seconds_text(host->reason == StopReason::run_timeout ? settings.run_invocation_timeout
                                                                                 : settings.task_overhead_timeout);
  if (host->reason == StopReason::run_timeout) {
    fail_task(
        *place, TryStatus::run_timeout,
        {"Timeout", "run() did not end within run_invocation_timeout (" + limit + "); its process was killed", {}}, now,
        events);
  } else if (host->reason == StopReason::load_timeout) {
    fail_task(*place, TryStatus::load_timeout,
              {"LoadTimeout",
               "the mini-batch was not loaded and started within task_overhead_timeout (" + limit +
                   "); the script's process was killed",
               {}},
              now, events);
  } else {
    fail_task(*place, TryStatus::process_died, death_failure(), now, events);
  }
}

void ScriptDriver::State::fail_task(std::size_t place, TryStatus status, Failure failure, TimePoint now,
                                    Events& events) {
  HeldTask& held = sent.at(place);
  if (place != 0) drop_open_rows();
  host->has_open_rows = false;
  TryEnd& end = events.ended.emplace_back();
  end.items = held.task.item_count;
  end.task = std::move(held.task);
  end.status = status;
  end.stretch = rows.end_try();
  end.failure = std::move(failure);
  end.given = held.given;
  end.ended = now;
  end.host_started_unix_nanoseconds = host->started_unix_nanoseconds;
  if (host->seen.sequence == held.sequence && host->seen.phase == HostPhase::running) {
    end.run_time = std::max(host->dying_since - run_start(), Duration::zero());
    end.process_time = end.run_time;
  }
  sent.erase(sent.begin() + static_cast<std::ptrdiff_t>(place));
  ++ended_count;
  note_end_of_try();
}

Failure ScriptDriver::State::death_failure() const {
  std::string how = "ended in a way that is not known (its keeper was killed)";
  if (host->reason == StopReason::interrupted)
    return {
        host->own_end.category,
        "an exception of the entry script's own came while none of its code was called (a signal's handler? a timer? "
        "memory?) and ended its process: " +
            host->own_end.message,
        host->own_end.detail};
  if (host->reason == StopReason::closed_socket)
    how = "closed its connection to the worker and was killed";
  else if (host->reason == StopReason::broken_answer)
    how = "wrote over the memory or the connection that it shares with the worker and was killed";
  else if (host->process.start_failure())
    return start_failure(*host->process.start_failure(), settings);
  else if (host->process.wait_status())
    how = death_text(*host->process.wait_status());
  std::string message = "the script's process " + how;
  std::string detail;
  if (!settings.is_foreground && !settings.stderr_file.empty()) {
    message += "; see " + settings.stderr_file;
    detail = end_of_file(settings.stderr_file, host->stderr_start_bytes);
  }
  return {"ProcessDied", std::move(message), std::move(detail)};
}

std::string ScriptDriver::State::internal_error_text() const {
  std::string text = "internal error of prs_mpi's script host: " + host->own_end.message +
                     "; no mini-batch is charged for it; please report it with the traceback";
  if (!settings.is_foreground && !settings.stderr_file.empty()) text += " in " + settings.stderr_file;
  return text;
}

Failure ScriptDriver::State::host_init_failure() const {
  if (host->init_failure) return *host->init_failure;
  Failure failure = death_failure();
  if (host->process.start_failure()) return failure;
  if (host->reason == StopReason::init_timeout) {
    failure.category = "InitTimeout";
    failure.message = "init() did not end within init_timeout (" + seconds_text(settings.init_timeout) +
                      "); its process was killed; see " + settings.stderr_file;
  } else {
    failure.category = "InitFailure";
    failure.message = "before the first mini-batch, " + failure.message;
  }
  return failure;
}

void ScriptDriver::State::count_init_failure(Failure failure, TimePoint now, Events& events) {
  // In the foreground somebody waits who would see the same thing three times.
  const int most = settings.is_foreground ? 1 : most_init_failures;
  ++init_failures_in_row;
  const std::string attempt =
      most == 1 ? "" : ", attempt " + std::to_string(init_failures_in_row) + " of " + std::to_string(most);
  events.notes.push_back("init() failed" + attempt + ": " + failure.message);
  if (init_failures_in_row == 1) first_init_failure = std::move(failure);
  if (init_failures_in_row == most) gave_up = first_init_failure;
  restart_at = now + first_restart_delay * (1 << (init_failures_in_row - 1));
}

void ScriptDriver::State::release_unkillable() {
  for (const auto& left : unkillable) left->process.poll();
  std::erase_if(unkillable, [](const auto& left) { return left->process.is_gone(); });
}

}  // namespace prs
