#include "script/script_host.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "script/failure_text.hpp"
#include "script/host_setup.hpp"
#include "script/process_news.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// Twice the time for which the host may keep a result to itself.
constexpr Duration notify_gap = std::chrono::milliseconds(4);

/// For a signal that a busy machine sends to us after the host.
constexpr Duration own_signal_delay = std::chrono::milliseconds(250);

HostOrder order_of(const ScriptSettings& settings, const HostChannel& channel) {
  HostOrder order;
  order.keeper_program = settings.keeper_program;
  order.command = settings.interpreter.command;
  order.command.push_back(settings.python_folder + "/prs_host.py");
  order.command.push_back(channel.socket_path());
  order.environment = settings.environment;
  order.working_folder = settings.files.working_folder;
  order.stdout_file = settings.files.stdout_file;
  order.stderr_file = settings.files.stderr_file;
  order.cores = settings.cores;
  order.folder_to_remove = channel.folder();
  order.is_foreground = settings.is_foreground;
  return order;
}

/// Up to a NUL, which is taken too.
std::string_view take_text(std::string_view& texts) {
  const std::size_t end = std::min(texts.find('\0'), texts.size());
  const std::string_view text = texts.substr(0, end);
  texts.remove_prefix(std::min(end + 1, texts.size()));
  return text;
}

/// Category NUL message NUL traceback.
Failure failure_of(std::string_view texts) {
  Failure failure;
  failure.category = take_text(texts);
  failure.message = take_text(texts);
  failure.detail = texts;
  return failure;
}

/// The task may end, and with it its memory, before the frame is sent.
UniqueFd copy_of(int memory) {
  UniqueFd copy(::fcntl(memory, F_DUPFD_CLOEXEC, 0));
  if (!copy) throw system_error("cannot hand a table's memory", "to the script process", errno);
  return copy;
}

std::int64_t unix_nanoseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

ScriptHost::ScriptHost(const ScriptSettings& settings, TimePoint now)
    : settings_(settings),
      ring_(channel_.shared_memory()),
      stderr_start_bytes_(settings.is_foreground ? 0 : file_size(settings.files.stderr_file)),
      process_(order_of(settings, channel_)),
      spawned_(now),
      started_unix_nanoseconds_(unix_nanoseconds_now()) {
  channel_.queue_setup(setup_text(settings));
}

void ScriptHost::listen(TimePoint now, TaskDriver::Events& events) {
  const bool is_dying = stage_ == HostStage::dying;
  const ProcessNews news = look_at(process_, channel_, is_dying);
  if (is_dying) return;
  if (news) read_channel(now, events);  // what the host sent before it ended, before its end is looked at
  if (process_.wait_status() || process_.start_failure() || process_.is_gone())
    stop(closing_.is_shutdown_done ? StopReason::closed : StopReason::none, now);
}

void ScriptHost::read_channel(TimePoint now, TaskDriver::Events& events) {
  if (!channel_.is_connected()) channel_.accept();
  for (Frame& frame : channel_.receive()) accept_frame(frame, now, events);
  if (channel_.is_broken()) stop(StopReason::broken_answer, now);
}

void ScriptHost::accept_frame(Frame& frame, TimePoint now, TaskDriver::Events& events) {
  if (stage_ == HostStage::dying) return;
  const auto type = static_cast<FrameType>(frame.type);
  if (type == FrameType::notify) {
    last_notified_ = now;
  } else if (type == FrameType::ready && stage_ == HostStage::starting) {
    stage_ = HostStage::ready;
    was_ready_ = true;
    events.is_host_ready = true;
  } else if (type == FrameType::init_failed && stage_ == HostStage::starting) {
    end_.init_failure = failure_of(frame.payload);
    stop(StopReason::init_failed, now);
  } else if (type == FrameType::host_failed || type == FrameType::interrupted) {
    end_.own_words = failure_of(frame.payload);
    stop(type == FrameType::host_failed ? StopReason::host_failed : StopReason::interrupted, now);
  } else if (type == FrameType::shutdown_done && stage_ == HostStage::closing) {
    closing_.is_shutdown_done = true;
    events.is_shutdown_failed = !frame.payload.empty();
    if (events.is_shutdown_failed) events.notes.push_back("shutdown() of the entry script failed: " + frame.payload);
  } else {
    stop(StopReason::broken_answer, now);
  }
}

void ScriptHost::send_tasks(const TaskFrame& frame, TimePoint now) {
  channel_.queue_frame(frame.type, frame.payload, frame.memory < 0 ? UniqueFd() : copy_of(frame.memory));
  last_notified_ = now;
}

/// A host that found the ring full sleeps until it is told. Once for each place that it can be stuck at: with half of
/// the ring free any record fits.
void ScriptHost::tell_space() {
  if (!ring_.is_waiting_for_space() || ring_.unread_bytes() > ring_bytes / 2) return;
  const std::uint64_t place = ring_.published_bytes();
  if (place == space_told_at_) return;
  channel_.queue_frame(FrameType::space, {});
  space_told_at_ = place;
}

void ScriptHost::begin_closing(TimePoint now, TimePoint until) {
  stage_ = HostStage::closing;
  closing_.since = now;
  closing_.until = until;
  channel_.queue_frame(FrameType::shutdown, {});
}

void ScriptHost::terminate() {
  process_.terminate();
  closing_.is_terminate_sent = true;
}

void ScriptHost::stop(StopReason reason, TimePoint now, std::uint64_t sequence) {
  if (reason == StopReason::killed) end_.reason = reason;
  if (stage_ == HostStage::dying) return;
  end_.reason = reason;
  end_.stopped_for = sequence;
  end_.since = now;
  stage_ = HostStage::dying;
  process_.kill();
}

void ScriptHost::add_poll_fds(std::vector<pollfd>& fds) const {
  if (process_.status_fd() >= 0) fds.push_back({process_.status_fd(), POLLIN, 0});
  if (stage_ == HostStage::dying) return;
  if (const pollfd channel = channel_.poll_fd(); channel.fd >= 0) fds.push_back(channel);
}

Duration ScriptHost::dying_pause() const {
  return std::chrono::milliseconds(process_.status_fd() >= 0 ? 100 : 1);  // the keeper wakes us
}

TimePoint ScriptHost::quiet_result_due() const {
  return last_notified_ + notify_gap;
}

bool ScriptHost::has_run_something(bool has_tasks) const {
  if (!was_ready_) return false;
  // A running word that is not 0 was written by a task, be it the host's doing or a stray write.
  if (has_started_task_ || ring_.has_ever_run()) return true;
  return has_tasks && (end_.reason == StopReason::load_timeout || end_.reason == StopReason::broken_answer);
}

bool ScriptHost::was_told_to_stop() const {
  const std::optional<int>& status = process_.wait_status();
  if (end_.reason != StopReason::none || !status || !WIFSIGNALED(*status)) return false;
  const int number = WTERMSIG(*status);
  const bool is_by_keeper = number == SIGKILL;  // which has got the signal first
  return is_by_keeper || number == SIGTERM || number == SIGINT || number == SIGUSR1;
}

bool ScriptHost::may_be_stopped_with_us(TimePoint now) const {
  const bool is_listening = StopSignals::wake_fd() >= 0;
  return is_listening && was_told_to_stop() && StopSignals::count() == 0 && now - end_.since < own_signal_delay;
}

Failure ScriptHost::try_failure() const {
  switch (end_.reason) {
    case StopReason::run_timeout:
      return {"Timeout",
              "run() did not end within run_invocation_timeout (" +
                  seconds_text(settings_.limits.run_invocation_timeout) + "); its process was killed",
              {}};
    case StopReason::load_timeout:
      return {"LoadTimeout",
              "the mini-batch was not loaded and started within task_overhead_timeout (" +
                  seconds_text(settings_.limits.task_overhead_timeout) + "); the script's process was killed",
              {}};
    default:
      return death_failure();
  }
}

Failure ScriptHost::death_failure() const {
  std::string how = "ended in a way that is not known (its keeper was killed)";
  if (end_.reason == StopReason::interrupted)
    return {
        end_.own_words.category,
        "an exception of the entry script's own came while none of its code was called (a signal's handler? a timer? "
        "memory?) and ended its process: " +
            end_.own_words.message,
        end_.own_words.detail};
  if (end_.reason == StopReason::closed_socket)
    how = "closed its connection to the worker and was killed";
  else if (end_.reason == StopReason::broken_answer)
    how = "wrote over the memory or the connection that it shares with the worker and was killed";
  else if (process_.start_failure())
    return start_failure(*process_.start_failure(), settings_);
  else if (process_.wait_status())
    how = death_text(*process_.wait_status());
  std::string message = "the script's process " + how;
  std::string detail;
  if (has_stderr_file()) {
    message += "; see " + settings_.files.stderr_file;
    detail = end_of_file(settings_.files.stderr_file, stderr_start_bytes_);
  }
  return {"ProcessDied", std::move(message), std::move(detail)};
}

Failure ScriptHost::init_failure() const {
  if (end_.init_failure) return *end_.init_failure;
  Failure failure = death_failure();
  if (process_.start_failure()) return failure;
  if (end_.reason == StopReason::init_timeout) {
    failure.category = "InitTimeout";
    failure.message = "init() did not end within init_timeout (" + seconds_text(settings_.limits.init_timeout) +
                      "); its process was killed; see " + settings_.files.stderr_file;
  } else {
    failure.category = "InitFailure";
    failure.message = "before the first mini-batch, " + failure.message;
  }
  return failure;
}

std::string ScriptHost::internal_error() const {
  std::string text = "internal error of prs_mpi's script host: " + end_.own_words.message +
                     "; no mini-batch is charged for it; please report it with the traceback";
  if (has_stderr_file()) text += " in " + settings_.files.stderr_file;
  return text;
}

}  // namespace prs
