#include "mpi/master.hpp"

#include <algorithm>

#include "mpi/host_settings.hpp"
#include "mpi/launcher.hpp"
#include "mpi/signals.hpp"
#include "scheduling/pacing.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Tag;
using std::chrono::milliseconds;

constexpr milliseconds acknowledge_after{20};  ///< without a hand-out to ride on
constexpr double answer_limit_seconds = 10;    ///< for a worker's last writes and its answer, beyond its limit
constexpr double silent_assembly_limit_seconds = 120;
constexpr double shutdown_limit_seconds = 30;  ///< for the scripts' shutdown()

Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

SegmentHeader segment_header(const Master::Parts& parts) {
  SegmentHeader header;
  header.start = parts.start;
  header.plan_fingerprint = parts.plan.fingerprint();
  header.mini_batches = parts.plan.mini_batch_count();
  header.first_part = parts.history.next_part;
  header.earlier_segment_bytes = parts.history.segment_bytes;
  return header;
}

Dispatcher::Options dispatcher_options(const Master::Parts& parts) {
  Dispatcher::Options options;
  options.mini_batches = parts.plan.mini_batch_count();
  options.run_max_try = parts.config.parallel.run_max_try_or_default();
  options.workers = parts.world.workers();
  options.progress_update_timeout = seconds(parts.config.parallel.progress_update_timeout_or_default());
  return options;
}

}  // namespace

Master::Master(Parts parts)
    : parts_(parts),
      ledger_(io_, parts.folder.ledger(parts.start), segment_header(parts)),
      dispatcher_(dispatcher_options(parts)),
      rounds_(parts.comm, thresholds_of(parts.config.parallel, parts.plan.mini_batch_count())),
      workers_(static_cast<std::size_t>(parts.world.size())) {
  if (!parts.history.columns.empty()) columns_.restore(parts.history.columns);
  for (std::size_t i = 0; i < parts.history.errors.size(); ++i) {
    const auto count = parts.history.error_counts.find(static_cast<ErrorId>(i + 1));
    errors_.restore(parts.history.errors[i], count == parts.history.error_counts.end() ? 0 : count->second);
  }
  for (const History::Entry& entry : parts.history.entries)
    if (entry.outcome.dequeue_count > 0) dispatcher_.restore(entry.outcome);
  dispatcher_.begin(Clock::now());
}

void Master::farm() {
  open();
  while (!is_farm_over(Clock::now())) pass();
  close();
}

void Master::open() {
  is_closing_ = false;
  for (WorkerState& worker : workers_) worker.is_closed = worker.is_host_ready = false;
  for (std::uint32_t rank = 1; rank < workers_.size(); ++rank)
    dispatcher_.on_host_state(WorkerId{rank}, false, Clock::now(), commands_);
  if (rounds_.is_final()) rounds_.reopen();
  if (!dispatcher_.is_over()) tell_all(Tag::open);
}

bool Master::is_farm_over(TimePoint now) const {
  if (dispatcher_.is_over()) return true;
  return ending_ && (ending_->is_at_once || dispatcher_.is_quiet() || now >= ending_->deadline);
}

void Master::pass() {
  receive();
  const TimePoint now = Clock::now();
  dispatcher_.on_tick(now, commands_);
  perform_commands();
  submit_ledger();
  send_work(now);
  step_round(now);
  look_for_endings(now);
  parts_.progress.update(progress(), now);
  rest(now);
}

void Master::receive() {
  while (const auto letter = parts_.mailbox.receive()) {
    const TimePoint now = Clock::now();
    waiting_.traffic(now);
    on_letter(*letter, now);
  }
}

void Master::on_letter(const Letter& letter, TimePoint now) {
  const WorkerId from{static_cast<std::uint32_t>(letter.from)};
  switch (letter.tag) {
    case Tag::host_state:
      state(from).is_host_ready = protocol::plain_value<bool>(letter.bytes);
      return dispatcher_.on_host_state(from, state(from).is_host_ready, now, commands_);
    case Tag::report:
      return on_report(from, letter, now);
    case Tag::given_back:
      return dispatcher_.on_given_back(from, protocol::mini_batches_of(letter.bytes), now, commands_);
    case Tag::gave_up: {
      const Failure failure = protocol::failure_of(letter.bytes);
      log().error("{} gave up after its hosts failed in init(): {}", World::process_name(letter.from), failure.message);
      if (!first_init_failure_) first_init_failure_ = failure;
      state(from).is_host_ready = false;
      return dispatcher_.on_worker_gone(from, now, commands_);
    }
    case Tag::closed:
      state(from).is_closed = true;
      return;
    case Tag::assembled: {
      const auto bad = protocol::mini_batches_of(letter.bytes);
      damaged_.insert(damaged_.end(), bad.begin(), bad.end());
      last_assembly_sign_ = now;
      return send_share(letter.from);
    }
    case Tag::assembling:
      last_assembly_sign_ = now;
      return;
    case Tag::trouble:
      return end_with({ExitStatus::infrastructure, letter.bytes, parts_.folder.master_log(), true, now, true});
    case Tag::signal:
      return on_signal(protocol::plain_value<protocol::Signal>(letter.bytes), now);
    default:
      PRS_INVARIANT(!"the master gets only messages to the master");
  }
}

void Master::on_report(WorkerId from, const Letter& letter, TimePoint now) {
  protocol::Report report = protocol::report_of(letter.bytes);
  if (report.mean_run_nanoseconds > 0) mean_run_nanoseconds_ = report.mean_run_nanoseconds;
  state(from).longest_run = std::chrono::nanoseconds(report.longest_run_nanoseconds);
  for (protocol::ReportedOutcome& reported : report.outcomes) record(from, reported, now);
  dispatcher_.on_credit(from, report.credit, now, commands_);
}

/// One outcome: into the queue's state, then into the ledger.
void Master::record(WorkerId from, protocol::ReportedOutcome& reported, TimePoint now) {
  WorkerState& worker = state(from);
  const std::uint64_t number = worker.outcomes++;
  Outcome& outcome = reported.outcome;
  if (outcome.is_done() && !reported.columns.empty() && dispatcher_.is_current(from, outcome)) {
    const bool is_first = columns_.settled().empty();
    if (auto mismatch = columns_.check(reported.columns)) {
      outcome.status = TryStatus::bad_return;
      outcome.succeeded = 0;
      outcome.rows = 0;
      outcome.stretch = {};
      reported.failure = std::move(*mismatch);
      worker.work.overruled.push_back(number);
    } else if (is_first) {
      ledger_.columns(reported.columns);
    }
  }
  ++tries_;
  if (!dispatcher_.on_outcome(from, outcome, now, commands_)) {
    worker.work.dropped.push_back(number);
    return;
  }
  ErrorId error = 0;
  if (!outcome.is_done()) {
    error = errors_.add(reported.failure);
    if (errors_.is_new(error)) ledger_.error_text(error, reported.failure);
  }
  ledger_.outcome(outcome, error);
}

void Master::perform_commands() {
  for (const HandOut& hand_out : commands_.hand_outs) {
    const FilePlan::Items items = parts_.plan.items_of(hand_out.mini_batch);
    Task& task = state(hand_out.worker).work.tasks.emplace_back();
    task.mini_batch = hand_out.mini_batch;
    task.dequeue_count = hand_out.dequeue_count;
    task.previous_try_failed = hand_out.previous_try_failed;
    task.input = items.input;
    task.item_count = items.count;
    task.items = items.paths;
  }
  for (const CallBack& call_back : commands_.call_backs)
    parts_.mailbox.send(static_cast<int>(call_back.worker.value), Tag::call_back,
                        protocol::plain_bytes(protocol::CallBack{call_back.keep}));
  commands_.clear();
}

/// All records of this pass in one write; what they acknowledge is told once they are written.
void Master::submit_ledger() {
  if (ledger_.gathered_bytes() == 0 &&
      std::none_of(workers_.begin(), workers_.end(), [](const WorkerState& w) { return w.outcomes != w.ticketed; }))
    return;
  const std::uint64_t ticket = ledger_.submit();
  for (WorkerState& worker : workers_) {
    if (worker.outcomes == worker.ticketed) continue;
    worker.ticketed = worker.outcomes;
    worker.unacknowledged.push_back({ticket, worker.outcomes});
  }
}

void Master::send_work(TimePoint now) {
  io_.wake_acknowledged();
  const std::uint64_t written = io_.written();
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    WorkerState& worker = workers_[rank];
    auto waiting = worker.unacknowledged.begin();
    while (waiting != worker.unacknowledged.end() && waiting->ticket <= written)
      worker.work.acknowledged = (waiting++)->outcomes;
    worker.unacknowledged.erase(worker.unacknowledged.begin(), waiting);
    const bool has_news = worker.work.acknowledged != worker.told_acknowledged;
    const bool is_due = is_closing_ || now - worker.last_sent > acknowledge_after;
    if (worker.work.tasks.empty() && !(has_news && is_due)) continue;
    // Numbers that are not acknowledged yet stay for the message that acknowledges them.
    protocol::Work work;
    work.acknowledged = worker.work.acknowledged;
    work.tasks.swap(worker.work.tasks);
    for (auto list : {&protocol::Work::dropped, &protocol::Work::overruled}) {
      auto& kept = worker.work.*list;
      const auto end = std::find_if(kept.begin(), kept.end(), [&](auto number) { return number >= work.acknowledged; });
      (work.*list).assign(kept.begin(), end);
      kept.erase(kept.begin(), end);
    }
    worker.told_acknowledged = work.acknowledged;
    worker.last_sent = now;
    parts_.mailbox.send(static_cast<int>(rank), Tag::work, protocol::to_bytes(work));
    waiting_.traffic(now);
  }
}

void Master::step_round(TimePoint now) {
  Contribution mine;
  mine.tally = dispatcher_.tally_of_no_worker();
  mine.never_handed_out = dispatcher_.never_handed_out();
  mine.is_quiet = is_closing_ && std::all_of(workers_.begin() + 1, workers_.end(),
                                             [](const WorkerState& worker) { return worker.is_closed; });
  if (!rounds_.step(mine, now) || !rounds_.verdict().aborts() || ending_) return;
  const Verdict& verdict = rounds_.verdict();
  end_with({ExitStatus::failed, verdict.text(thresholds_of(parts_.config.parallel, parts_.plan.mini_batch_count())),
            parts_.folder.job_error()});
}

void Master::end_with(Ending ending) {
  if (ending_ && (ending_->is_at_once || !ending.is_at_once)) {
    // Nothing can be written: that holds whatever ended the farm before.
    ending_->is_in_trouble = ending_->is_in_trouble || ending.is_in_trouble;
    return;
  }
  log().warn("the run ends early: {}", ending.cause);
  dispatcher_.stop();
  if (ending_) ending.cause = ending_->cause + "; then " + ending.cause;
  ending_ = std::move(ending);
  if (!is_stop_told_ && !ending_->is_at_once) tell_all(Tag::stop);
  is_stop_told_ = true;
}

/// The first signal lets running tries finish, a second one of the same rank does not (SPEC 7.3).
void Master::on_signal(const protocol::Signal& signal, TimePoint now) {
  if (signal.count <= signals_) return;
  signals_ = signal.count;
  // While the rows are put together there is nothing left to stop, and the file is finished; scripts that are still in
  // shutdown() may be told not to linger.
  if (is_closing_ && signals_ > 1) tell_all(Tag::close, protocol::plain_bytes(protocol::Close{false, false, 0}));
  if (is_closing_) return;
  // The launcher passes every signal on as SIGUSR1, and has said which one it was.
  const std::string name = launcher_result_file().empty() ? signal_name(signal.number) : "a signal";
  if (ending_ && !ending_->is_at_once)
    return end_with({ExitStatus::interrupted, "stopped at once by a second signal", parts_.folder.job_result()});
  const Duration grace = seconds(grace_seconds_after(signal.number, parts_.config.parallel.grace_period_or_default()));
  end_with({ExitStatus::interrupted, "stopped by " + name, parts_.folder.job_result(), false, now + grace});
}

void Master::look_for_endings(TimePoint now) {
  if (const auto failure = io_.failure())
    end_with({ExitStatus::infrastructure, *failure, parts_.folder.master_log(), true, now, true});
  if (const int count = StopSignals::count(); count > 0 && count != own_signals_) {
    StopSignals::acknowledge();
    own_signals_ = count;
    on_signal({StopSignals::last(), count}, now);
  }
  if (is_closing_) return;
  if (!dispatcher_.has_workers() && !dispatcher_.is_over() && first_init_failure_) {
    Ending ending{ExitStatus::failed, "init() failed in every worker: " + first_init_failure_->message,
                  parts_.folder.job_error()};
    end_with(ending);
  }
  if (!ending_ && dispatcher_.is_stuck(now))
    end_with({ExitStatus::failed, text_of_stuck(now), parts_.folder.job_result()});
  heed_time_limit(now);
}

/// What cannot be over before the batch system ends the job is not begun (SPEC 7.3).
void Master::heed_time_limit(TimePoint now) {
  parts_.time_limit.poll(now);
  const auto& limit = parts_.time_limit.limit();
  if (!limit || ending_ || dispatcher_.is_over()) return;
  Duration longest{};
  for (const WorkerState& worker : workers_) longest = std::max(longest, worker.longest_run);
  const bool is_late = now >= limit->last_begin(longest) && dispatcher_.has_unbegun();
  if (!is_late && now < limit->deadline()) return;
  end_with({ExitStatus::interrupted, parts_.time_limit.text(longest), parts_.folder.job_result(), false,
            std::max(now, limit->deadline())});
}

std::string Master::text_of_stuck(TimePoint now) const {
  std::vector<StuckMiniBatch> stuck;
  const auto unix_now = std::chrono::system_clock::now().time_since_epoch();
  for (const OutMiniBatch& out : dispatcher_.out()) {
    const FilePlan::Items items = parts_.plan.items_of(out.mini_batch);
    const int rank = static_cast<int>(out.worker.value);
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(unix_now - (now - out.last_report));
    stuck.push_back({out.mini_batch,
                     items.count,
                     {std::string(items.paths.substr(0, items.paths.find('\0')))},
                     World::process_name(rank),
                     parts_.world.host_of(rank),
                     out.is_first ? since.count() : 0});
  }
  return stuck_text(stuck, parts_.config.parallel.progress_update_timeout_or_default());
}

/// No more work: the workers end their hosts, sync, and answer; the last tally rounds follow (SPEC 1.3).
void Master::close() {
  is_closing_ = true;
  protocol::Close close;
  close.is_healthy = !ending_ || !ending_->is_at_once;
  close.is_in_trouble = ending_ && ending_->is_in_trouble;
  close.limit_seconds = shutdown_limit_seconds;
  if (ending_ && !ending_->is_at_once)
    close.limit_seconds = std::max(0.1, seconds_of(ending_->deadline - Clock::now()));
  tell_all(Tag::close, protocol::plain_bytes(close));
  rounds_.hurry();
  const TimePoint deadline =
      Clock::now() + seconds((close.is_healthy ? close.limit_seconds : 0) + answer_limit_seconds);
  bool is_trouble_told = close.is_in_trouble;
  while (!rounds_.is_final()) {
    pass();
    if (ending_ && ending_->is_in_trouble && !is_trouble_told) {
      is_trouble_told = true;
      close.is_in_trouble = true;
      close.is_healthy = false;
      tell_all(Tag::close, protocol::plain_bytes(close));
    }
    if (Clock::now() > deadline) {
      abandon([](const WorkerState& worker) { return worker.is_closed; }, "did not end its script in time");
      break;
    }
  }
  give_back_all(Clock::now());
}

/// Names the workers that do not answer; without them there is no last round and no agreed end (SPEC 6.7).
void Master::abandon(const std::function<bool(const WorkerState&)>& has_answered, const std::string& what) {
  std::string silent;
  for (int rank = 1; rank < parts_.world.size(); ++rank)
    if (!has_answered(workers_[static_cast<std::size_t>(rank)]))
      silent += (silent.empty() ? "" : ", ") + World::process_name(rank) + " on " + parts_.world.host_of(rank);
  if (silent.empty()) silent = "a rank";
  is_abandoned_ = true;
  log().error("{} {}: is its host or file system hung? All ranks are ended", silent, what);
  if (ending_)
    ending_->cause += "; then " + silent + " " + what;
  else
    ending_ = Ending{ExitStatus::infrastructure, silent + " " + what + ": is its host or file system hung?",
                     parts_.folder.master_log()};
}

/// What was out when the hosts were killed has no outcome; it goes back undequeued.
void Master::give_back_all(TimePoint now) {
  std::vector<std::vector<MiniBatchIndex>> held(workers_.size());
  for (const OutMiniBatch& out : dispatcher_.out()) held[out.worker.value].push_back(out.mini_batch);
  for (std::uint32_t rank = 1; rank < workers_.size(); ++rank)
    if (!held[rank].empty()) dispatcher_.on_given_back(WorkerId{rank}, held[rank], now, commands_);
}

void Master::run_again(const Outcome& last) {
  dispatcher_.on_bad_stretch(last, Clock::now(), commands_);
}

std::vector<MiniBatchIndex> Master::assemble(const ShareOf& share) {
  damaged_.clear();
  share_of_ = share;
  last_assembly_sign_ = Clock::now();
  for (int rank = 1; rank < parts_.world.size(); ++rank) {
    state(WorkerId{static_cast<std::uint32_t>(rank)}).share_step = 0;
    send_share(rank);
  }
  const auto is_done = [](const WorkerState& worker) { return worker.has_assembled; };
  while (!std::all_of(workers_.begin() + 1, workers_.end(), is_done) && !(ending_ && ending_->is_in_trouble)) {
    receive();
    const TimePoint now = Clock::now();
    look_for_endings(now);
    parts_.progress.update(progress(), now);
    if (now - last_assembly_sign_ > seconds(silent_assembly_limit_seconds)) {
      abandon(is_done, "does not write its share of the output any more");
      break;
    }
    rest(now);
  }
  share_of_ = nullptr;
  std::sort(damaged_.begin(), damaged_.end());
  damaged_.erase(std::unique(damaged_.begin(), damaged_.end()), damaged_.end());
  return damaged_;
}

void Master::send_share(int rank) {
  WorkerState& worker = workers_[static_cast<std::size_t>(rank)];
  std::string bytes = share_of_ ? share_of_(static_cast<std::size_t>(rank) - 1, worker.share_step++) : std::string();
  worker.has_assembled = bytes.empty();
  if (!bytes.empty()) parts_.mailbox.send(rank, Tag::assemble, std::move(bytes));
}

void Master::tell_all(Tag tag, const std::string& bytes) {
  for (int rank = 1; rank < parts_.world.size(); ++rank) parts_.mailbox.send(rank, tag, bytes);
}

Progress Master::progress() const {
  Progress progress;
  const Tally& tally = dispatcher_.tally();
  progress.mini_batches = parts_.plan.mini_batch_count();
  progress.done = static_cast<std::uint64_t>(tally.done);
  progress.gave_up = static_cast<std::uint64_t>(tally.gave_up);
  progress.failed = static_cast<std::uint64_t>(tally.failed_mini_batches);
  progress.failed_items = static_cast<std::uint64_t>(tally.failed_items);
  progress.running = dispatcher_.running();
  progress.tries = tries_;
  progress.reused = dispatcher_.reused();
  progress.workers = parts_.world.workers();
  for (const WorkerState& worker : workers_) progress.workers_ready += worker.is_host_ready ? 1 : 0;
  return progress;
}

void Master::rest(TimePoint now) {
  std::vector<pollfd> fds{{StopSignals::wake_fd(), POLLIN, 0}, {io_.wake_fd(), POLLIN, 0}};
  Waiting::Limits limits;
  limits.until = parts_.progress.next_due();
  if (!rounds_.is_final() && !rounds_.is_in_flight()) limits.until = std::min(limits.until, rounds_.next_due());
  if (ending_ && !is_closing_) limits.until = std::min(limits.until, ending_->deadline);
  if (mean_run_nanoseconds_ > 0 && dispatcher_.running() > 0) {
    const std::uint64_t at_each_worker = dispatcher_.running() / std::max(1U, parts_.world.workers());
    limits.nap = nap_while_held(std::chrono::nanoseconds(mean_run_nanoseconds_), at_each_worker);
    limits.is_work_out = true;
  }
  if (limits.until <= now) return;
  waiting_.rest(fds, limits);
}

}  // namespace prs
