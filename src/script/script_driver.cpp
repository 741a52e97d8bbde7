#include "script/script_driver.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "script/failure_text.hpp"
#include "script/host_setup.hpp"
#include "script/script_driver_state.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// The recall needs the order of stores and loads that x86 gives to the host's plain Python stores. Elsewhere the host
/// holds one task at a time, and nothing is ever recalled.
#if defined(__x86_64__)
constexpr bool can_recall = true;
#else
constexpr bool can_recall = false;
#endif

constexpr std::size_t full_frame_bytes = 1 << 20;
/// Twice the time for which the host may keep a result to itself.
constexpr Duration notify_gap = std::chrono::milliseconds(4);

std::string folder_of(const std::string& path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

HostOrder order_of(const ScriptSettings& settings, const HostChannel& channel) {
  HostOrder order;
  order.keeper_program = settings.keeper_program;
  order.command = settings.interpreter.command;
  order.command.push_back(settings.python_folder + "/prs_host.py");
  order.command.push_back(channel.socket_path());
  order.environment = settings.environment;
  order.working_folder = settings.working_folder;
  order.stdout_file = settings.stdout_file;
  order.stderr_file = settings.stderr_file;
  order.cores = settings.cores;
  order.folder_to_remove = channel.folder();
  order.is_foreground = settings.is_foreground;
  return order;
}

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  out.append(bytes.data(), bytes.size());
}

void append_task(std::string& out, const HeldTask& held) {
  PRS_INVARIANT(held.task.items.size() <= UINT32_MAX);
  append_number<std::uint64_t>(out, held.sequence);
  append_number<std::uint64_t>(out, held.task.mini_batch.value);
  append_number<std::uint32_t>(out, held.task.dequeue_count - 1);
  append_number<std::uint32_t>(out, held.task.item_count);
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(held.task.items.size()));
  out += held.task.items;
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

std::int64_t unix_nanoseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

ScriptHost::ScriptHost(const ScriptSettings& settings, TimePoint now)
    : ring(channel.shared_memory()),
      stderr_start_bytes(settings.is_foreground ? 0 : file_size(settings.stderr_file)),
      process(order_of(settings, channel)),
      spawned(now),
      started_unix_nanoseconds(unix_nanoseconds_now()),
      seen_since(now) {}

ScriptDriver::ScriptDriver(ScriptSettings settings, RowSink& rows)
    : state_(std::make_unique<State>(std::move(settings), rows)) {}

ScriptDriver::~ScriptDriver() = default;

void ScriptDriver::start(TimePoint now) {
  State& s = *state_;
  make_folders(s.settings.working_folder);
  for (const std::string* file :
       {&s.settings.stdout_file, &s.settings.stderr_file, &s.settings.entry_script_log_file, &s.settings.profile_file})
    if (const std::string folder = folder_of(*file); !folder.empty() && !file->empty()) make_folders(folder);
  s.is_started = true;
  s.restart_at = now;
  s.last_poll = now;
}

void ScriptDriver::give(Task task, TimePoint now) {
  PRS_INVARIANT(task.dequeue_count >= 1);
  ++state_->given_count;
  state_->waiting.push_back({0, std::move(task), now});
}

void ScriptDriver::set_window(std::size_t tasks) {
  state_->window = can_recall ? std::max<std::size_t>(tasks, 1) : 1;
}

std::size_t ScriptDriver::held() const {
  return state_->waiting.size() + state_->sent.size();
}

void ScriptDriver::pause_harvest(bool is_paused) {
  state_->is_paused = is_paused;
}

const std::optional<Failure>& ScriptDriver::gave_up() const {
  return state_->gave_up;
}

void ScriptDriver::begin_shutdown(TimePoint until) {
  state_->shutdown_until = until;
}

void ScriptDriver::kill_all() {
  State& s = *state_;
  s.is_killed = true;
  if (s.host) s.stop(StopReason::killed, Clock::now());
}

bool ScriptDriver::is_over() const {
  return !state_->host && state_->unkillable.empty() && !state_->wants_host();
}

std::vector<Task> ScriptDriver::take_back(std::size_t keep) {
  State& s = *state_;
  std::vector<Task> back;
  while (held() > keep && !s.waiting.empty()) {
    back.push_back(std::move(s.waiting.back().task));
    s.waiting.pop_back();
  }
  if (held() > keep) s.recall(keep, back);
  s.taken_count += back.size();
  return back;
}

/// What lies in the host's queue comes back only if it is certain that the host has not started it. One recall at a
/// time: until the host has confirmed it nothing new is sent, so the range of a recall never meets a later task.
void ScriptDriver::State::recall(std::size_t keep, std::vector<Task>& back) {
  if (!can_recall || !host || host->stage != HostStage::ready || host->recall_to != 0) return;
  const std::size_t wanted = std::min(sent.size() - std::min(sent.size(), keep), sent.size());
  if (wanted == 0) return;
  host->recall_from = sent[sent.size() - wanted].sequence;
  host->recall_to = next_sequence;
  const RunningNow running = host->ring.recall(host->recall_from, host->recall_to);
  while (!sent.empty() && sent.back().sequence >= host->recall_from && sent.back().sequence > running.sequence) {
    back.push_back(std::move(sent.back().task));
    sent.pop_back();
  }
}

void ScriptDriver::poll(TimePoint now, Events& events) {
  State& s = *state_;
  if (const auto error = std::exchange(s.internal_error, std::nullopt)) throw InfrastructureError(*error);
  s.release_unkillable();
  if (s.host) s.listen(now, events);
  if (s.host && s.host->stage != HostStage::dying) {
    s.harvest(now, events);
    s.note_unwatched_time(now);
    s.enforce_limits(now);
  }
  if (s.host && s.host->stage == HostStage::dying) s.settle_if_gone(now, events);
  if (!s.host && s.wants_host() && now >= s.restart_at) s.start_host(now, events);
  if (s.host && s.host->stage == HostStage::ready) {
    s.send_tasks(now);
    s.close_if_due(now);
  }
  if (s.host) s.host->channel.flush();
  s.last_poll = now;
  s.wanted_poll = next_deadline();
  PRS_INVARIANT(s.given_count == s.ended_count + s.taken_count + held());
}

bool ScriptDriver::State::wants_host() const {
  if (!is_started || is_killed || gave_up) return false;
  return !shutdown_until || !waiting.empty() || !sent.empty();
}

void ScriptDriver::State::start_host(TimePoint now, Events& events) {
  try {
    host = std::make_unique<ScriptHost>(settings, now);
    host->channel.queue_frame(FrameType::setup, setup_text(settings));
  } catch (const InfrastructureError& error) {
    count_init_failure({"StartFailure", error.what(), {}}, now, events);
  }
}

/// One system call where there is no news: the worker comes by often.
void ScriptDriver::State::listen(TimePoint now, Events& events) {
  poll_fds.clear();
  poll_fds.push_back({host->process.status_fd(), POLLIN, 0});  // −1 is passed over
  if (host->stage != HostStage::dying) host->channel.add_poll_fd(poll_fds);
  ::poll(poll_fds.data(), poll_fds.size(), 0);
  const bool has_process_news = poll_fds[0].revents != 0 || poll_fds[0].fd < 0;
  if (has_process_news) host->process.poll();
  if (host->stage == HostStage::dying) return;
  // What the host sent before it ended is read before its end is looked at.
  if (has_process_news || (poll_fds.size() > 1 && poll_fds[1].revents != 0)) read_channel(now, events);
  if (host->process.wait_status() || host->process.start_failure() || host->process.is_gone())
    stop(host->is_shutdown_done ? StopReason::closed : StopReason::none, now);
}

void ScriptDriver::State::read_channel(TimePoint now, Events& events) {
  if (!host->channel.is_connected()) host->channel.accept();
  for (Frame& frame : host->channel.receive()) accept_frame(frame, now, events);
  if (host->channel.is_broken()) stop(StopReason::broken_answer, now);
}

void ScriptDriver::State::accept_frame(Frame& frame, TimePoint now, Events& events) {
  if (host->stage == HostStage::dying) return;
  if (frame.type == FrameType::notify) {
    host->last_notified = now;
  } else if (frame.type == FrameType::ready && host->stage == HostStage::starting) {
    host->stage = HostStage::ready;
    host->was_ready = true;
    host->seen_since = now;
    events.is_host_ready = true;
  } else if (frame.type == FrameType::init_failed && host->stage == HostStage::starting) {
    host->init_failure = failure_of(frame.payload);
    stop(StopReason::init_failed, now);
  } else if (frame.type == FrameType::host_failed || frame.type == FrameType::interrupted) {
    host->own_end = failure_of(frame.payload);
    stop(frame.type == FrameType::host_failed ? StopReason::host_failed : StopReason::interrupted, now);
  } else if (frame.type == FrameType::shutdown_done && host->stage == HostStage::closing) {
    host->is_shutdown_done = true;
    if (!frame.payload.empty()) events.notes.push_back("shutdown() of the entry script failed: " + frame.payload);
  } else {
    stop(StopReason::broken_answer, now);
  }
}

void ScriptDriver::State::send_tasks(TimePoint now) {
  const std::size_t most_held = careful_tasks > 0 ? 1 : window;
  // Only when half of the window is free: fewer, larger frames.
  if (waiting.empty() || sent.size() > most_held / 2 || host->recall_to != 0) return;
  std::size_t count = std::min(most_held - sent.size(), waiting.size());
  if (const std::uint64_t most = settings.max_batches_per_process; most != 0)
    count = std::min<std::size_t>(count, most - std::min(most, host->tasks_sent));
  while (count > 0) {
    tasks_payload.assign(sizeof(std::uint32_t), '\0');
    std::uint32_t in_frame = 0;
    for (; count > 0 && tasks_payload.size() < full_frame_bytes; --count, ++in_frame) {
      HeldTask& held = waiting.front();
      held.sequence = next_sequence++;
      append_task(tasks_payload, held);
      sent.push_back(std::move(held));
      waiting.pop_front();
    }
    std::memcpy(tasks_payload.data(), &in_frame, sizeof in_frame);
    host->channel.queue_frame(FrameType::tasks, tasks_payload);
    host->tasks_sent += in_frame;
    host->last_notified = now;
  }
}

/// shutdown() is called at the end of the worker, and in a host that has run as many mini-batches as one process shall.
void ScriptDriver::State::close_if_due(TimePoint now) {
  if (!sent.empty()) return;
  const std::uint64_t most = settings.max_batches_per_process;
  const bool is_worn = most != 0 && host->tasks_sent >= most;
  const bool is_end = shutdown_until && waiting.empty();
  if (!is_worn && !is_end) return;
  host->stage = HostStage::closing;
  host->close_until = shutdown_until ? *shutdown_until : has_limits() ? now + settings.init_timeout : TimePoint::max();
  host->channel.queue_frame(FrameType::shutdown, {});
}

void ScriptDriver::add_poll_fds(std::vector<pollfd>& fds) const {
  const State& s = *state_;
  for (const auto& host : s.unkillable)
    if (host->process.status_fd() >= 0) fds.push_back({host->process.status_fd(), POLLIN, 0});
  if (!s.host) return;
  if (s.host->process.status_fd() >= 0) fds.push_back({s.host->process.status_fd(), POLLIN, 0});
  if (s.host->stage != HostStage::dying) s.host->channel.add_poll_fd(fds);
}

TimePoint ScriptDriver::next_deadline() const {
  const State& s = *state_;
  if (!s.host) return s.wants_host() ? s.restart_at : TimePoint::max();
  if (s.has_more_to_harvest && s.host->stage != HostStage::dying) return s.last_poll;
  TimePoint next = s.next_limit();
  // A short run's result may have been published without a word; a little later there is a word for each.
  if (s.sent.size() > 1 && s.last_poll < s.host->last_notified + notify_gap)
    next = std::min(next, s.host->last_notified + notify_gap);
  return next;
}

}  // namespace prs
