#include "script/script_driver.hpp"

#include <algorithm>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string folder_of(const std::string& path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

TryStatus status_after(StopReason reason) {
  switch (reason) {
    case StopReason::run_timeout:
      return TryStatus::run_timeout;
    case StopReason::load_timeout:
      return TryStatus::load_timeout;
    default:
      return TryStatus::process_died;
  }
}

}  // namespace

ScriptDriver::ScriptDriver(ScriptSettings settings, RowSink& rows)
    : settings_(std::move(settings)),
      tasks_(settings_.max_batches_per_process),
      tables_(settings_, TimePoint()),
      harvest_(rows),
      limits_(settings_, TimePoint()),
      setbacks_(settings_.is_foreground) {}

void ScriptDriver::start(TimePoint now) {
  const ScriptFiles& files = settings_.files;
  make_folders(files.working_folder);
  for (const std::string* file :
       {&files.stdout_file, &files.stderr_file, &files.entry_script_log_file, &files.profile_file})
    if (const std::string folder = folder_of(*file); !folder.empty() && !file->empty()) make_folders(folder);
  is_started_ = true;
  setbacks_.restart_at(now);
}

std::vector<Task> ScriptDriver::take_back(std::size_t keep) {
  return tasks_.take_back(keep, is_at(HostStage::ready) ? &host_->ring() : nullptr);
}

void ScriptDriver::kill_all() {
  is_killed_ = true;
  if (host_) host_->stop(StopReason::killed, Clock::now());
  tables_.kill(Clock::now());
}

bool ScriptDriver::is_over() const {
  return !host_ && left_behind_.is_empty() && tables_.is_over() && !wants_host();
}

void ScriptDriver::poll(TimePoint now, Events& events) {
  if (const auto error = std::exchange(internal_error_, std::nullopt)) throw InfrastructureError(*error);
  left_behind_.release();
  if (host_) host_->listen(now, events);
  if (is_living()) harvest(now, events);
  if (is_living()) enforce_limits(now);
  if (is_at(HostStage::dying)) settle_if_gone(now, events);
  if (!host_ && wants_host() && now >= setbacks_.restart_at()) start_host(now, events);
  tables_.poll(now, tasks_, wants_host(), events.notes);
  if (tasks_.has_loads()) end_unrunnable(now, events);
  if (is_at(HostStage::ready)) {
    for (std::size_t count = tasks_.sendable(); count > 0;) host_->send_tasks(tasks_.next_frame(count), now);
    close_if_due(now);
  }
  if (host_) host_->flush();
  limits_.polls().note_poll(now);
  limits_.polls().expect_poll(next_deadline());
  PRS_INVARIANT(tasks_.adds_up());
}

bool ScriptDriver::wants_host() const {
  if (!is_started_ || is_killed_ || gave_up()) return false;
  return !shutdown_until_ || held() > 0;
}

HostLimits::Situation ScriptDriver::situation() const {
  return {host_->stage(), host_->closing(),     host_->has_hung_up(), host_->ring(),
          tasks_,         harvest_.is_paused(), wants_host(),         shutdown_until_};
}

void ScriptDriver::start_host(TimePoint now, Events& events) {
  try {
    host_ = std::make_unique<ScriptHost>(settings_, now);
    limits_ = HostLimits(settings_, now);
  } catch (const InfrastructureError& error) {
    events.notes.push_back(setbacks_.count_init_failure({"StartFailure", error.what(), {}}, now));
  }
}

/// A TryEnd stands in `events` before the first rows of the next try are handed on.
void ScriptDriver::harvest(TimePoint now, Events& events) {
  limits_.note_blocked_time(host_->ring(), now);
  const std::size_t before = events.ended.size();
  if (!harvest_.take(*host_, tasks_, now, events.ended)) host_->stop(StopReason::broken_answer, now);
  if (events.ended.size() > before) {
    host_->note_started_task();
    setbacks_.note_started_task();
    setbacks_.note_end_of_try();
  }
  if (!harvest_.is_paused()) host_->tell_space();
}

void ScriptDriver::enforce_limits(TimePoint now) {
  const HostLimits::Strike strike = limits_.look(situation(), now);
  if (is_at(HostStage::ready) && limits_.is_busy(tasks_)) {
    host_->note_started_task();
    setbacks_.note_started_task();
  }
  if (strike.act == HostLimits::Strike::Act::terminate) host_->terminate();
  if (strike.act != HostLimits::Strike::Act::stop) return;
  if (strike.reason == StopReason::killed) is_killed_ = true;  // what still runs is no outcome
  host_->stop(strike.reason, now, strike.sequence);
}

/// shutdown() is called at the end of the worker, and in a host that has run as many mini-batches as one process shall.
void ScriptDriver::close_if_due(TimePoint now) {
  if (tasks_.sent_count() > 0) return;
  const bool is_end = shutdown_until_ && !tasks_.has_waiting();
  if (!tasks_.is_host_worn() && !is_end) return;
  const TimePoint own_limit = settings_.is_foreground ? TimePoint::max() : now + settings_.limits.init_timeout;
  host_->begin_closing(now, shutdown_until_.value_or(own_limit));
}

void ScriptDriver::add_poll_fds(std::vector<pollfd>& fds) const {
  left_behind_.add_poll_fds(fds);
  tables_.add_poll_fds(fds);
  if (host_) host_->add_poll_fds(fds);
}

TimePoint ScriptDriver::next_deadline() const {
  return std::min(tables_.next_deadline(), next_host_deadline());
}

TimePoint ScriptDriver::next_host_deadline() const {
  if (!host_) return wants_host() ? setbacks_.restart_at() : TimePoint::max();
  const TimePoint last_poll = limits_.polls().last();
  if (!is_living()) return last_poll + host_->dying_pause();
  if (harvest_.has_more()) return last_poll;
  const TimePoint next = limits_.next(situation());
  const TimePoint result_due = host_->quiet_result_due();
  return tasks_.sent_count() > 1 && last_poll < result_due ? std::min(next, result_due) : next;
}

void ScriptDriver::settle_if_gone(TimePoint now, Events& events) {
  const bool is_gone = host_->process().is_gone();
  if (!is_gone && now - host_->end().since < decltype(left_behind_)::patience) return;
  if (host_->may_be_stopped_with_us(now)) return;
  host_->ring().stop_after_last_result();
  const bool has_results = host_->ring().unread_bytes() > 0 && host_->end().reason != StopReason::killed;
  if (harvest_.is_paused() && has_results) return;
  settle(now, events);
  if (!is_gone) events.notes.push_back(left_behind_.add(std::move(host_), "a process of the entry script"));
  host_.reset();
}

void ScriptDriver::settle(TimePoint now, Events& events) {
  const StopReason reason = host_->end().reason;
  events.is_host_lost = true;
  if (reason != StopReason::killed) harvest(now, events);
  setbacks_.restart_at(now);
  const bool is_natural = reason == StopReason::killed || reason == StopReason::closed;
  if (reason == StopReason::host_failed) {
    is_killed_ = true;
    internal_error_ = host_->internal_error();
  } else if (host_->is_stopped_with_us()) {
    events.notes.push_back(host_->death_failure().message + ", as this rank was told to stop: nothing is charged");
    is_killed_ = true;  // the run ends: another host would only have to be stopped again
  } else if (!is_natural && !host_->has_run_something(tasks_.sent_count() > 0)) {
    events.notes.push_back(setbacks_.count_init_failure(host_->init_failure(), now));
  } else if (!is_natural) {
    charge(now, events);
  } else if (reason == StopReason::closed && !host_->closing().is_shutdown_done && host_->has_started_task()) {
    events.is_shutdown_failed = true;
    events.notes.push_back("shutdown() of the entry script did not end in time; the process was killed");
  }
  harvest_.drop_open_rows();
  tasks_.host_is_gone();
}

void ScriptDriver::charge(TimePoint now, Events& events) {
  if (const std::optional<std::size_t> place = victim()) return fail_task(*place, now, events);
  events.notes.push_back(host_->death_failure().message + "; no mini-batch was running");
  setbacks_.restart_after_pause(now);
}

/// The place of the task that pays for the host's end.
std::optional<std::size_t> ScriptDriver::victim() {
  if (tasks_.sent_count() == 0) return std::nullopt;
  const bool is_spoilt = host_->end().reason == StopReason::broken_answer;
  const bool is_anybodys = is_spoilt || host_->end().reason == StopReason::interrupted;
  const RunningNow running = host_->ring().running();
  std::uint64_t sequence = host_->end().stopped_for;
  if (sequence == 0 && !is_anybodys && running.phase != HostPhase::idle) sequence = running.sequence;
  if (const std::optional<std::size_t> place = tasks_.place_of(sequence)) return place;
  // Whose rows have begun to come has run.
  if (is_anybodys ? is_spoilt && tasks_.sent_count() == 1 : harvest_.has_open_rows()) return 0;
  // Which of them did it is not known: they are tried again one at a time.
  tasks_.be_careful();
  if (!setbacks_.count_uncharged_death()) return std::nullopt;
  return 0;
}

void ScriptDriver::fail_task(std::size_t place, TimePoint now, Events& events) {
  if (place != 0) harvest_.drop_open_rows();
  HeldTask held = tasks_.end(place);
  const std::optional<TimePoint> run_start = limits_.run_start_of(held.sequence);
  TryEnd& end = harvest_.end_try(std::move(held), host_.get(), now, events.ended);
  end.status = status_after(host_->end().reason);
  end.failure = host_->try_failure();
  if (run_start) end.process_time = end.run_time = std::max(host_->end().since - *run_start, Duration::zero());
  setbacks_.note_end_of_try();
}

/// Of a task that no host gets. Not between the pieces of another one's rows.
void ScriptDriver::end_unrunnable(TimePoint now, Events& events) {
  if (is_killed_ || harvest_.has_open_rows()) return;
  for (HeldTask& held : tasks_.take_unrunnable()) {
    const std::unique_ptr<TableLoad> load = std::move(held.load);
    TryEnd& end = harvest_.end_try(std::move(held), host_.get(), now, events.ended);
    auto* const failed = std::get_if<FailedLoad>(load.get());
    end.items = failed != nullptr ? end.items : 0;
    if (failed == nullptr) continue;
    end.status = failed->status;
    end.failure = std::move(failed->failure);
  }
}

}  // namespace prs
