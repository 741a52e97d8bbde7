#include "mpi/master.hpp"

#include <algorithm>
#include <utility>

#include "mpi/host_settings.hpp"
#include "mpi/launcher.hpp"
#include "mpi/signals.hpp"
#include "scheduling/pacing.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Tag;
using std::chrono::milliseconds;

constexpr milliseconds acknowledge_after{20};          ///< without a hand-out to ride on
constexpr std::chrono::seconds first_sign_limit{120};  ///< a worker makes its folders and files first
constexpr std::chrono::seconds sign_limit{30};
/// Records that wait for the ledger's disk: 32 768 outcomes, whose tries the workers remember until then.
constexpr std::uint64_t most_backlog_bytes = 2 << 20;
constexpr std::size_t most_work_bytes = 4 << 20;  ///< of paths in one message, where several mini-batches go together

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
  options.progress_update_timeout = duration_of(parts.config.parallel.progress_update_timeout_or_default());
  options.items_of = [&plan = parts.plan](MiniBatchIndex mini_batch) { return plan.items_of(mini_batch).count; };
  return options;
}

}  // namespace

Master::Master(Parts parts)
    : parts_(parts),
      io_(parts.io),
      ledger_(io_, parts.folder.ledger(parts.start), segment_header(parts)),
      dispatcher_(dispatcher_options(parts)),
      rounds_(parts.comm, thresholds_of(parts.config.parallel, parts.plan.mini_batch_count()),
              parts.peers.fault_tolerance()),
      workers_(static_cast<std::size_t>(parts.world.size())) {
  if (!parts.history.columns.empty()) columns_.restore(parts.history.columns);
  for (std::size_t i = 0; i < parts.history.errors.size(); ++i) {
    const auto count = parts.history.error_counts.find(static_cast<ErrorId>(i + 1));
    errors_.restore(parts.history.errors[i], count == parts.history.error_counts.end() ? 0 : count->second);
  }
  for (const auto& [mini_batch, marks] : parts.history.loss_marks) dispatcher_.restore_loss_marks(mini_batch, marks);
  parts.history.last.for_each([this](const LastOutcome& last) { dispatcher_.restore(last.outcome); });
  if (parts.is_retrying_failed) ledger_.retry_failed(parts.config.parallel.run_max_try_or_default());
  const TimePoint now = Clock::now();
  dispatcher_.begin(now);
  for (int rank = 1; rank < parts_.world.size(); ++rank) parts_.peers.listen_to(rank, first_sign_limit, now);
}

void Master::farm() {
  open();
  while (!is_farm_over(Clock::now())) pass();
  close();
}

void Master::open() {
  is_closing_ = false;
  // Whoever asked for a stop while the rows were put together wants nothing new to be begun.
  if (interruption_)
    end_with(
        {ExitStatus::interrupted, interruption_->cause, parts_.folder.job_result(), false, interruption_->deadline});
  first_open_ = 1;
  for (WorkerState& worker : workers_) {
    worker.is_closed = worker.is_lost;
    worker.is_host_ready = false;
  }
  for (std::uint32_t rank = 1; rank < workers_.size(); ++rank)
    dispatcher_.on_host_state(WorkerId{rank}, false, Clock::now(), commands_);
  rounds_.begin_farm(++farm_);
  if (!dispatcher_.is_over()) tell_all(Tag::open, protocol::plain_bytes(farm_));
}

bool Master::is_farm_over(TimePoint now) const {
  if (dispatcher_.is_over()) return true;
  return ending_ && (ending_->is_at_once || dispatcher_.is_quiet() || now >= ending_->deadline);
}

void Master::pass() {
  io_.wake_acknowledged();  // before what it wakes for is looked at, so that no wake-up is lost
  receive();
  const TimePoint now = Clock::now();
  look_for_losses(now);
  heed_backlog(now);
  dispatcher_.on_tick(now, commands_);
  perform_commands();
  submit_ledger();
  send_work(now);
  send_beats(now);
  step_round(now);
  look_for_endings(now);
  say_long_wait(now);
  update_progress(now);
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
  if (state(from).is_lost) return;  // what it held is handed out anew already
  parts_.peers.listen_to(letter.from, sign_limit, now);
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
    case Tag::assembled:
      return on_assembled(state(from), letter);
    case Tag::trouble:
      return end_with({ExitStatus::infrastructure, letter.bytes, parts_.folder.master_log(), true, now, true});
    case Tag::signal:
      return on_signal(protocol::plain_value<protocol::Signal>(letter.bytes), now);
    case Tag::peer_lost:
      return parts_.peers.declare_lost({protocol::plain_value<int>(letter.bytes), "its process ended"});
    case Tag::beat:
      state(from).busy = protocol::plain_value<protocol::Busy>(letter.bytes);
      return;
    case Tag::left:
      return;
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
  if (worker.outcomes == worker.ticketed) reporters_.push_back(from.value);
  const std::uint64_t number = worker.outcomes++;
  Outcome& outcome = reported.outcome;
  if (outcome.is_done() && !reported.columns.empty() && dispatcher_.is_current(from, outcome)) {
    const bool is_first = columns_.settled().empty();
    if (auto mismatch = columns_.check(reported.columns)) {
      overrule(outcome);
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
  ledger_.outcome(outcome, outcome.is_done() ? 0 : error_id_of(reported.failure));
}

ErrorId Master::error_id_of(const Failure& failure) {
  const ErrorId error = errors_.add(failure);
  if (errors_.is_new(error)) ledger_.error_text(error, failure);
  return error;
}

/// A mini-batch that three lost ranks held (rule 7.4). No worker is left to tell of its try.
void Master::record_given_up(const Outcome& outcome) {
  const Failure failure{"WorkerLost",
                        "three ranks were lost that held it, the last two of them nothing else, at last " +
                            (lost_workers_.empty() ? "of an earlier start" : lost_workers_.back()),
                        {}};
  ledger_.outcome(outcome, error_id_of(failure));
  const FilePlan::Items items = parts_.plan.items_of(outcome.mini_batch);
  TryRow row;
  row.outcome = outcome;
  row.error_category = failure.category;
  row.error_message = failure.message;
  name_items(row, items.paths, items.count);
  std::string line;
  append_try_row(line, row);
  if (!tries_file_)
    tries_file_ = io_.create_later(parts_.folder.tries(parts_.history.next_part + parts_.world.workers()));
  io_.append(*tries_file_, std::move(line));
}

void Master::perform_commands() {
  for (const HandOut& hand_out : commands_.hand_outs) {
    const FilePlan::Items items = parts_.plan.items_of(hand_out.mini_batch);
    note_news(hand_out.worker.value);
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
  for (const MiniBatchIndex mini_batch : commands_.loss_marks) ledger_.loss(mini_batch);
  for (const Outcome& outcome : commands_.given_up) record_given_up(outcome);
  commands_.clear();
}

/// All records of this pass in one write; what they acknowledge is told once they are written.
void Master::submit_ledger() {
  if (ledger_.gathered_bytes() == 0 && reporters_.empty()) return;
  const std::uint64_t ticket = ledger_.submit();
  for (const std::uint32_t rank : reporters_) {
    workers_[rank].ticketed = workers_[rank].outcomes;
    unacknowledged_.push_back({ticket, rank, workers_[rank].outcomes});
  }
  reporters_.clear();
}

void Master::note_news(std::uint32_t rank) {
  if (!std::exchange(workers_[rank].has_news, true)) news_.push_back(rank);
}

/// Scripts may be quicker than the ledger's disk, which may also hang: what is held for it here and at the workers must
/// not grow with that.
void Master::heed_backlog(TimePoint now) {
  const std::uint64_t most = dispatcher_.is_paused() ? most_backlog_bytes / 2 : most_backlog_bytes;
  dispatcher_.set_paused(io_.backlog_bytes() > most, now, commands_);
}

void Master::send_work(TimePoint now) {
  for (const std::uint64_t written = io_.written();
       !unacknowledged_.empty() && unacknowledged_.front().ticket <= written; unacknowledged_.pop_front()) {
    const Unacknowledged& written_now = unacknowledged_.front();
    workers_[written_now.rank].work.acknowledged = written_now.outcomes;
    note_news(written_now.rank);
  }
  std::erase_if(news_, [&](std::uint32_t rank) {
    if (!send_work_to(rank, now)) return false;
    workers_[rank].has_news = false;
    return true;
  });
}

/// False: only acknowledgements, which wait a little for a hand-out to ride on.
bool Master::send_work_to(std::uint32_t rank, TimePoint now) {
  WorkerState& worker = workers_[rank];
  const bool has_acknowledgements = worker.work.acknowledged != worker.told_acknowledged;
  const bool is_due = is_closing_ || now - worker.last_sent > acknowledge_after;
  if (worker.work.tasks.empty() && !has_acknowledgements) return true;
  if (worker.work.tasks.empty() && !is_due) return false;
  // Numbers that are not acknowledged yet stay for the message that acknowledges them.
  protocol::Work work;
  work.acknowledged = worker.work.acknowledged;
  work.tasks = protocol::take_first_tasks(worker.work.tasks, most_work_bytes);
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
  return worker.work.tasks.empty() || send_work_to(rank, now);
}

/// A closed worker stays so until the next farm: each is looked at once.
bool Master::is_all_closed() {
  while (first_open_ < workers_.size() && workers_[first_open_].is_closed) ++first_open_;
  return first_open_ == workers_.size();
}

void Master::step_round(TimePoint now) {
  Contribution mine;
  mine.tally = dispatcher_.tally_of_no_worker();
  mine.never_handed_out = dispatcher_.never_handed_out();
  if (is_closing_ && is_all_closed()) mine.quiet_farm = farm_;
  const bool has_ended = rounds_.step(mine, now);
  dispatcher_.hold_suspects(rounds_.is_mending(), commands_);
  if (rounds_.missing().size() != missing_seen_)
    for (const int rank : rounds_.missing()) parts_.peers.declare_lost({rank, "MPI goes on without it"});
  missing_seen_ = rounds_.missing().size();
  if (!has_ended || !rounds_.verdict().aborts() || ending_) return;
  verdict_ = rounds_.verdict();
  end_with({ExitStatus::failed, verdict_.text(thresholds_of(parts_.config.parallel, parts_.plan.mini_batch_count())),
            parts_.folder.job_error()});
}

/// Who hears nothing for long takes the master for lost. Who has just been told something is passed over.
void Master::send_beats(TimePoint now) {
  if (now < next_beats_) return;
  next_beats_ = now + protocol::beat_interval;
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    WorkerState& worker = workers_[rank];
    if (worker.is_lost || now - worker.last_sent < protocol::beat_interval / 2) continue;
    worker.last_sent = now;
    parts_.mailbox.send(static_cast<int>(rank), Tag::beat);
  }
}

std::uint32_t Master::living_workers() const {
  return static_cast<std::uint32_t>(
      std::count_if(workers_.begin() + 1, workers_.end(), [](const WorkerState& worker) { return !worker.is_lost; }));
}

std::string Master::name_of(int rank) const {
  return "rank " + std::to_string(rank) + " (" + place_of(rank) + ")";
}

std::string Master::place_of(int rank) const {
  return World::process_name(rank) + " on " + parts_.world.host_of(rank);
}

void Master::run_again(const Outcome& last) {
  dispatcher_.on_bad_stretch(last, Clock::now(), commands_);
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
  progress.workers = living_workers();
  for (const WorkerState& worker : workers_) progress.workers_ready += worker.is_host_ready ? 1 : 0;
  return progress;
}

/// Counts the workers only where something is due.
void Master::update_progress(TimePoint now) {
  if (now >= parts_.progress.next_due()) parts_.progress.update(progress(), now);
}

void Master::rest(TimePoint now, int also_wake_fd) {
  std::vector<pollfd> fds{{StopSignals::wake_fd(), POLLIN, 0},
                          {io_.wake_fd(), POLLIN, 0},
                          {parts_.peers.wake_fd(), POLLIN, 0},  // −1 is passed over
                          {also_wake_fd, POLLIN, 0}};
  Waiting::Limits limits;
  if (!is_finishing_) limits.until = parts_.progress.next_due();
  limits.until = std::min(limits.until, rounds_.next_due());
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
