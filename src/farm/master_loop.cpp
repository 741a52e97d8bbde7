#include "farm/master_loop.hpp"

#include <algorithm>

#include "farm/host_settings.hpp"
#include "scheduling/pacing.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr std::chrono::seconds first_sign_limit{120};  ///< a worker makes its folders and files first
constexpr std::chrono::seconds sign_limit{30};
/// Records that wait for the ledger's disk: 32 768 outcomes, whose tries the workers remember until then.
constexpr std::uint64_t most_backlog_bytes = 2 << 20;
constexpr int most_letters_of_turn = 4096;

Dispatcher::Options dispatcher_options(const MasterParts& parts) {
  Dispatcher::Options options;
  const MiniBatchRange range = parts.config.slicing.range_of(parts.plan.mini_batch_count());
  options.mini_batches = range.size();
  options.first_mini_batch = range.begin;
  options.run_max_try = parts.config.parallel.run_max_try;
  options.workers = parts.world.workers();
  options.progress_update_timeout = duration_of(parts.config.parallel.progress_update_timeout);
  options.items_of = [&plan = parts.plan](MiniBatchIndex mini_batch) { return plan.item_count_of(mini_batch); };
  return options;
}

Thresholds thresholds_of(const MasterParts& parts) {
  return thresholds_of(parts.config.parallel, parts.plan.mini_batch_count());
}

WorkSender::MakeTask make_tasks(const Plan& plan) {
  return [&plan](const HandOut& hand_out) {
    return Task{hand_out.mini_batch, hand_out.dequeue_count, plan.items_of(hand_out.mini_batch),
                plan.key_values_of(hand_out.mini_batch)};
  };
}

}  // namespace

MasterLoop::MasterLoop(const MasterParts& parts)
    : parts_(parts),
      crew_(parts.world),
      sender_(parts.transport, parts.world.size(), make_tasks(parts.plan)),
      dispatcher_(dispatcher_options(parts)),
      recorder_({parts.plan, parts.io, parts.folder, parts.history, parts.start,
                 parts.history.next_part + parts.world.workers(), sender_, dispatcher_, parts.joined}),
      shares_(parts.transport, parts.world.size()),
      endings_(parts.folder, parts.config.parallel.grace_period) {
  rounds_.rounds = parts.make_rounds(thresholds_of(parts));
  for (const auto& [mini_batch, marks] : parts.history.loss_marks) dispatcher_.restore_loss_marks(mini_batch, marks);
  parts.history.last.for_each([this](const LastOutcome& last) { dispatcher_.restore(last.outcome); });
  if (parts.is_retrying_failed) recorder_.ledger().retry_failed(parts.config.parallel.run_max_try);
  dispatcher_.begin(now());
  for (int rank = 1; rank < crew_.ranks(); ++rank) peers().listen_to(rank, first_sign_limit, now());
}

void MasterLoop::reopen(std::uint32_t farm) {
  crew_.reopen();
  for (int rank = 1; rank < crew_.ranks(); ++rank)
    dispatcher_.on_host_state(WorkerId{static_cast<std::uint32_t>(rank)}, false, now(), commands_);
  rounds_.farm = farm;
  rounds().begin_farm(farm);
}

void MasterLoop::pass() {
  parts_.io.wake_acknowledged();  // before what it wakes for is looked at, so that no wake-up is lost
  const bool is_all_received = receive();
  const TimePoint now = this->now();
  look_for_losses(now);
  heed_backlog(now);
  dispatcher_.on_tick(now, commands_);
  perform_commands();
  recorder_.submit();
  sender_.send(parts_.io.written(), endings_.is_closing(), now);
  send_beats(now);
  step_round(now);
  look_for_endings(now);
  say_long_wait(now);
  update_progress(now);
  refresh_page();
  if (is_all_received) rest(now);
}

void MasterLoop::turn(int also_wake_fd) {
  parts_.io.wake_acknowledged();
  const bool is_all_received = receive();
  const TimePoint now = this->now();
  look_for_losses(now);
  look_for_stops(now);
  send_beats(now);
  step_round(now);
  say_long_wait(now);
  if (!endings_.is_finishing()) update_progress(now);
  if (is_all_received) rest(now, also_wake_fd);
}

/// False: more letters may be there. Thousands of workers can send so fast that there is always one more, and whoever
/// has asked before must not wait for them.
bool MasterLoop::receive() {
  for (int letters = 0; letters < most_letters_of_turn; ++letters) {
    const auto letter = parts_.transport.receive();
    if (!letter) return true;
    on_letter(*letter, now());
  }
  return false;
}

void MasterLoop::on_letter(const Letter& letter, TimePoint now) {
  const WorkerId from{static_cast<std::uint32_t>(letter.from)};
  Crew::Member& sender = crew_.member(letter.from);
  if (sender.is_lost) return;  // what it held is handed out anew already
  peers().listen_to(letter.from, sign_limit, now);
  switch (letter.tag) {
    case Tag::surveyed:
      crew_.set_busy(letter.from, protocol::Busy::no);
      parts_.transport.expect_traffic(now);
      return shares_.on_surveyed(letter.from, letter.bytes);
    case Tag::host_state:
      sender.is_host_ready = protocol::plain_value<bool>(letter.bytes);
      return dispatcher_.on_host_state(from, sender.is_host_ready, now, commands_);
    case Tag::report:
      return on_report(from, letter, now);
    case Tag::given_back:
      return dispatcher_.on_given_back(from, protocol::mini_batches_of(letter.bytes), now, commands_);
    case Tag::gave_up: {
      const Failure failure = protocol::failure_of(letter.bytes);
      log().error("{} gave up after its hosts failed in init(): {}", World::process_name(letter.from), failure.message);
      if (!first_init_failure_) first_init_failure_ = failure;
      sender.is_host_ready = false;
      return dispatcher_.on_worker_gone(from, now, commands_);
    }
    case Tag::closed:
      return crew_.close(letter.from, protocol::plain_value<protocol::Closed>(letter.bytes));
    case Tag::assembled:
      crew_.set_busy(letter.from, protocol::Busy::no);
      return shares_.on_assembled(letter.from, protocol::assembled_of(letter.bytes));
    case Tag::trouble:
      return end_with({ExitStatus::infrastructure, letter.bytes, parts_.folder.master_log(), true, now, true});
    case Tag::signal:
      return obey(endings_.on_signal(protocol::plain_value<protocol::Signal>(letter.bytes), now));
    case Tag::peer_lost:
      return peers().declare_lost({protocol::plain_value<int>(letter.bytes), "its process ended"});
    case Tag::beat:
      return crew_.set_busy(letter.from, protocol::plain_value<protocol::Busy>(letter.bytes));
    case Tag::left:
      return;
    default:
      PRS_INVARIANT(false && "the master gets only messages to the master");
  }
}

void MasterLoop::on_report(WorkerId from, const Letter& letter, TimePoint now) {
  protocol::Report report = protocol::report_of(letter.bytes);
  if (report.mean_run_nanoseconds > 0) mean_run_nanoseconds_ = report.mean_run_nanoseconds;
  Crew::Member& sender = crew_.member(letter.from);
  sender.longest_run = std::chrono::nanoseconds(report.longest_run_nanoseconds);
  sender.disk_wait = std::chrono::nanoseconds(report.disk_wait_nanoseconds);
  for (protocol::ReportedOutcome& reported : report.outcomes) recorder_.record(from, reported, now, commands_);
  dispatcher_.on_credit(from, report.credit, now, commands_);
}

std::string_view MasterLoop::last_loss() const {
  if (crew_.lost().empty()) return "of an earlier start";
  return crew_.lost().back();
}

void MasterLoop::perform_commands() {
  for (const HandOut& hand_out : commands_.hand_outs) sender_.add(hand_out);
  for (const CallBack& call_back : commands_.call_backs)
    parts_.transport.send(static_cast<int>(call_back.worker.value), Tag::call_back,
                          protocol::plain_bytes(protocol::CallBack{call_back.keep}));
  recorder_.record(commands_, last_loss());
  commands_.clear();
}

/// Scripts may be quicker than the ledger's disk, which may also hang: what is held for it here and at the workers must
/// not grow with that.
void MasterLoop::heed_backlog(TimePoint now) {
  const std::uint64_t most = dispatcher_.is_paused() ? most_backlog_bytes / 2 : most_backlog_bytes;
  dispatcher_.set_paused(parts_.io.backlog_bytes() > most, now, commands_);
}

void MasterLoop::step_round(TimePoint now) {
  Contribution mine;
  mine.tally = dispatcher_.tally_of_no_worker();
  mine.never_handed_out = dispatcher_.never_handed_out();
  if (endings_.is_closing() && crew_.is_all_closed()) mine.quiet_farm = rounds_.farm;
  const bool has_ended = rounds().step(mine, now);
  if (!has_ended || !rounds().verdict().aborts() || endings_.ending()) return;
  rounds_.verdict = rounds().verdict();
  end_with({ExitStatus::failed, rounds_.verdict.text(thresholds_of(parts_)), parts_.folder.job_error()});
}

void MasterLoop::send_beats(TimePoint now) {
  sender_.send_beats([this](int rank) { return crew_.member(rank).is_lost; }, now);
}

void MasterLoop::tell_all(Tag tag, const std::string& bytes) {
  parts_.transport.send_to_workers(crew_.ranks(), tag, bytes);
}

void MasterLoop::run_again(const Outcome& last) {
  dispatcher_.on_bad_stretch(last, now(), commands_);
}

void MasterLoop::give_back_all() {
  std::vector<std::vector<MiniBatchIndex>> held(static_cast<std::size_t>(crew_.ranks()));
  for (const OutMiniBatch& out : dispatcher_.out()) held[out.worker.value].push_back(out.mini_batch);
  for (std::uint32_t rank = 1; rank < held.size(); ++rank)
    if (!held[rank].empty()) dispatcher_.on_given_back(WorkerId{rank}, held[rank], now(), commands_);
}

Progress MasterLoop::progress() const {
  Progress progress;
  const Tally& tally = dispatcher_.tally();
  progress.mini_batches = parts_.config.slicing.range_of(parts_.plan.mini_batch_count()).size();
  progress.done = static_cast<std::uint64_t>(tally.done);
  progress.gave_up = static_cast<std::uint64_t>(tally.gave_up);
  progress.failed = static_cast<std::uint64_t>(tally.failed_mini_batches);
  progress.succeeded_items = static_cast<std::uint64_t>(tally.succeeded_items);
  progress.failed_items = static_cast<std::uint64_t>(tally.failed_items);
  progress.running = dispatcher_.running();
  progress.tries = recorder_.tries();
  progress.reused = dispatcher_.reused();
  progress.workers = crew_.living();
  progress.workers_ready = crew_.ready();
  progress.is_stopping = endings_.ending().has_value();
  progress.assembled = shares_.assembled();
  if (parts_.survey) {
    progress.bytes_to_survey = parts_.survey->bytes();
    progress.surveyed_bytes = parts_.survey->taken_bytes();
  }
  return progress;
}

/// Counts the workers only where something is due.
void MasterLoop::update_progress(TimePoint now) {
  if (now >= parts_.progress.next_due()) parts_.progress.update(progress(), now);
}

/// Not while something goes on aside, which may be looking at the lease.
void MasterLoop::refresh_page() {
  if (!parts_.lease.loss()) parts_.page.update(now());
}

void MasterLoop::rest(TimePoint now, int also_wake_fd) {
  std::vector<pollfd> fds{{parts_.io.wake_fd(), POLLIN, 0}, {also_wake_fd, POLLIN, 0}};  // −1 is passed over
  Waiting::Limits limits;
  if (!endings_.is_finishing()) limits.until = parts_.progress.next_due();
  limits.until = std::min(limits.until, rounds().next_due());
  if (endings_.ending() && !endings_.is_closing()) limits.until = std::min(limits.until, endings_.ending()->deadline);
  if (mean_run_nanoseconds_ > 0 && dispatcher_.running() > 0) {
    const std::uint64_t at_each_worker = dispatcher_.running() / std::max(1U, parts_.world.workers());
    limits.nap = nap_while_held(std::chrono::nanoseconds(mean_run_nanoseconds_), at_each_worker);
    limits.is_work_out = true;
  }
  if (limits.until <= now) return;
  parts_.transport.rest(fds, limits);
}

}  // namespace prs
