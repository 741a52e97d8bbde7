#include "farm/worker.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "config/run_config.hpp"
#include "farm/host_settings.hpp"
#include "script/script_driver.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr std::chrono::seconds flush_limit{5};
constexpr std::chrono::minutes master_sign_limit{2};

}  // namespace

MakeDriver script_drivers() {
  return [](const ScriptSettings& settings, RowSink& rows) { return std::make_unique<ScriptDriver>(settings, rows); };
}

Worker::Worker(const World& world, Transport& transport, MakeRounds make_rounds, int rank, MakeDriver make_driver)
    : world_(world),
      transport_(transport),
      make_rounds_(std::move(make_rounds)),
      rank_(rank),
      make_driver_(std::move(make_driver)),
      line_(transport) {}

protocol::Leave Worker::serve() {
  while (turn()) {
  }
  if (!leave_->is_at_once) driver_.reset();
  if (!peers().is_lost(0)) line_.send(Tag::left);
  transport_.flush(flush_limit);
  return *leave_;
}

bool Worker::turn() {
  const TimePoint now = transport_.now();
  try {
    pass(now);
  } catch (const InfrastructureError& error) {
    tell_trouble(error.what());
  }
  if (!leave_) rest(now);
  return !leave_;
}

void Worker::pass(TimePoint now) {
  while (auto letter = transport_.receive()) {
    on_letter(*letter);
  }
  if (leave_) return;
  look_for_losses(now);
  if (leave_) return;
  line_.tell_signals();
  if (rounds_ && line_.is_beat_due(now)) line_.send(Tag::beat, protocol::plain_bytes(busy(now)));
  // What could not be taken back at once, since the host was just asked for something else, is taken back now.
  if (stops_.is_stopped() && driver_ && !stops_.is_closing_or_closed() && driver_->held() > 0) give_back(0, false);
  if (driver_) harvest(now);
  if (start_) report();
  if (rounds_) step_round(now);
  if (usage_ && pace_.is_host_ready() && usage_->is_due(now)) usage_->sample(now);
  if (stops_.is_closing()) step_closing(now);
  look_after_shares(now);
}

void Worker::on_letter(const Letter& letter) {
  switch (letter.tag) {
    case Tag::start:
      return on_start(letter);
    case Tag::survey:
      // The master ends the run, where there is trouble.
      if (start_ && !line_.has_trouble()) shares_.survey.begin(letter.bytes, *start_, transport_.now());
      return;
    case Tag::open:
      return on_open(protocol::plain_value<std::uint32_t>(letter.bytes));
    case Tag::work:
      return on_work(letter);
    case Tag::call_back:
      return give_back(protocol::plain_value<protocol::CallBack>(letter.bytes).keep, true);
    case Tag::stop:
      return on_stop();
    case Tag::close:
      return on_close(protocol::plain_value<protocol::Close>(letter.bytes));
    case Tag::assemble:
      return shares_.output.begin(letter.bytes, *start_);
    case Tag::make_part_file:
      return shares_.part_file.begin(protocol::plain_value<protocol::PartFileToMake>(letter.bytes), *start_);
    case Tag::leave:
      return on_leave(letter);
    case Tag::beat:
      return;
    default:
      PRS_INVARIANT(false && "a worker gets only messages to a worker");
  }
}

void Worker::on_leave(const Letter& letter) {
  leave_ = protocol::leave_of(letter.bytes);
  for (const std::uint64_t rank : leave_->hung) peers().end_by_force(static_cast<int>(rank));
}

void Worker::on_start(const Letter& letter) {
  const protocol::Start start = protocol::start_of(letter.bytes);
  RunConfig config = run_config_of(start.config);
  rounds_ = make_rounds_(thresholds_of(config.parallel, start.mini_batches));
  peers().listen_to(0, master_sign_limit, transport_.now());
  start_.emplace(start, std::move(config), world_, rank_);
  results_.emplace(*start_);
  usage_.emplace(*start_, world_, rank_);
  log().info("{} on {}: start {}, part {}", start_->process, start_->host, start_->number, start_->part);
}

/// Also where this worker does no work any more: its part in the rounds, and its Closed, are waited for.
void Worker::begin_farm(std::uint32_t farm) {
  rounds_->begin_farm(farm);
  stops_.begin_farm(farm);
}

void Worker::on_open(std::uint32_t farm) {
  begin_farm(farm);
  shares_.survey.end(transport_.now());
  // The master ends the run, or does without this worker.
  if (line_.has_trouble() || results_->has_gave_up()) return;
  pace_.begin();
  driver_ = make_driver_(start_->settings, results_->sink());
  driver_->set_window(1);
  driver_->start(transport_.now());
}

void Worker::on_work(const Letter& letter) {
  protocol::Work work = protocol::work_of(letter.bytes);
  if (results_) results_->acknowledge(work, transport_.now());
  if (work.tasks.empty()) return;
  if (stops_.is_stopped() || !driver_ || results_->has_gave_up() || stops_.is_closing_or_closed()) {
    std::vector<MiniBatchIndex> back;
    for (const Task& task : work.tasks) back.push_back(task.mini_batch);
    line_.send(Tag::given_back, protocol::to_bytes(back));
    return;
  }
  const TimePoint now = transport_.now();
  for (Task& task : work.tasks) driver_->give(std::move(task), now);
}

void Worker::give_back(std::uint32_t keep, bool is_answer) {
  std::vector<MiniBatchIndex> back;
  if (driver_)
    for (const Task& task : driver_->take_back(keep)) back.push_back(task.mini_batch);
  if (is_answer || !back.empty()) line_.send(Tag::given_back, protocol::to_bytes(back));
}

void Worker::on_stop() {
  stops_.on_stop();
  shares_.output.cancel();
  shares_.part_file.cancel();
  shares_.survey.end(transport_.now());
  stop_starting();
}

void Worker::stop_starting() {
  if (stops_.stop()) give_back(0, true);
}

void Worker::on_close(const protocol::Close& close) {
  begin_farm(close.farm);
  if (!stops_.on_close(close)) return;
  rounds_->hurry();
  shares_.survey.end(transport_.now());
  if (!driver_) return;
  const TimePoint now = transport_.now();
  if (usage_) usage_->sample(now);  // while the host is there
  if (close.is_healthy && driver_->held() == 0 && !results_->has_gave_up()) {
    driver_->begin_shutdown(now + duration_of(close.limit_seconds));
    return;
  }
  // Tries that the stop itself ends are no outcomes (rule 6.5); what was harvested and not reported runs again, too.
  driver_->kill_all();
  results_->forget_unreported();
}

void Worker::step_closing(TimePoint now) {
  if (driver_ && !driver_->is_over()) return;
  if (results_ && !stops_.is_in_trouble() && !start_->io.failure() &&
      !(results_->is_all_acknowledged() && results_->is_settled(now)))
    return;
  driver_.reset();
  stops_.set_closed();
  line_.send(Tag::closed, protocol::plain_bytes(stops_.closed()));
}

protocol::Busy Worker::busy(TimePoint now) const {
  using protocol::Busy;
  if (shares_.survey.has_stalled(now) || shares_.part_file.is_making()) return Busy::disk;
  if (shares_.output.is_writing()) return shares_.output.has_stalled(now) ? Busy::disk : Busy::no;
  if (!stops_.is_closing()) return Busy::no;
  if (driver_ && !driver_->is_over()) return Busy::script;
  // What is not acknowledged waits for rank 0's disk.
  return !results_ || results_->is_all_acknowledged() ? Busy::disk : Busy::no;
}

void Worker::harvest(TimePoint now) {
  TaskDriver::Events events;
  const bool is_behind = results_->is_behind();
  driver_->pause_harvest(is_behind);
  pace_.note_disk(is_behind, now);
  driver_->poll(now, events);
  for (const std::string& note : events.notes) log().warn("{}", note);
  if (events.is_shutdown_failed) stops_.note_failed_shutdown();
  if (line_.has_trouble() || stops_.is_killing()) return;
  if (!events.ended.empty() || events.is_host_ready) transport_.expect_traffic(now);
  for (const TryEnd& end : events.ended) pace_.add(end);
  results_->add(std::move(events.ended));
  if (events.is_host_lost) set_host_ready(false);
  if (events.is_host_ready) set_host_ready(true);
  if (driver_->gave_up()) results_->give_up(*driver_->gave_up());
}

void Worker::set_host_ready(bool is_ready) {
  if (pace_.is_host_ready() == is_ready) return;
  pace_.set_host_ready(is_ready);
  line_.send(Tag::host_state, protocol::plain_bytes(is_ready));
}

/// Tells the master what is written, and how much the worker will hold.
void Worker::report() {
  start_->io.wake_acknowledged();
  if (const auto failure = start_->io.failure()) tell_trouble(*failure);
  if (line_.has_trouble()) return;
  if (const auto failure = results_->take_gave_up()) line_.send(Tag::gave_up, protocol::to_bytes(*failure));
  protocol::Report report;
  report.outcomes = results_->take_written();
  if (const auto window = pace_.follow(); window && driver_) driver_->set_window(*window);
  if (!pace_.fill_in(report, stops_.is_stopped())) return;
  line_.send(Tag::report, protocol::to_bytes(report));
  transport_.expect_traffic(transport_.now());
}

void Worker::step_round(TimePoint now) {
  Contribution mine;
  if (results_) mine.tally = results_->tally();
  if (!rounds_->step(mine, now)) return;
  if (!rounds_->verdict().aborts()) return stops_.on_good_verdict();
  if (driver_ && !stops_.is_closing_or_closed()) stop_starting();
}

void Worker::look_for_losses(TimePoint now) {
  for (const Loss& loss : peers().take_losses(now)) {
    if (loss.rank == 0) return on_master_lost(loss);
    log().warn("rank {} ({}) is lost: {}", loss.rank, World::process_name(loss.rank), loss.how);
    if (rounds_ && peers().can_go_on()) rounds_->on_rank_lost(loss.rank);
    line_.send(Tag::peer_lost, protocol::plain_bytes(loss.rank));
  }
}

/// Without the master nothing can be recorded any more. What has no record runs again at the next start.
void Worker::on_master_lost(const Loss& loss) {
  log().error("rank 0, the master, is lost: {}", loss.how);
  if (driver_) driver_->kill_all();
  if (peers().is_lowest_left())  // one of them speaks for all
    std::fprintf(stderr,
                 "prs_mpi: rank 0, the master, was lost: %s; what is done is kept, the same command goes on; see %s\n",
                 loss.how.c_str(), start_ ? start_->folder.job_result().c_str() : "what is printed above");
  leave_ = protocol::Leave{ExitStatus::infrastructure, true, false, {}};
}

void Worker::tell_trouble(const std::string& what) {
  if (!line_.begin_trouble()) return;
  log().error("{}", what);
  shares_.survey.end(transport_.now());
  // From now on nothing is known to be written: no outcome may be reported any more. What was not, runs again.
  if (driver_) driver_->kill_all();
  if (results_) results_->forget_unreported();
  line_.send(Tag::trouble, world_.host_of(rank_) + ": " + what);
}

void Worker::look_after_shares(TimePoint now) {
  if (const auto assembled = shares_.output.take_result()) line_.send(Tag::assembled, protocol::to_bytes(*assembled));
  if (const auto made = shares_.part_file.poll(now)) line_.send(Tag::assembled, protocol::to_bytes(*made));
  const auto surveyed = shares_.survey.poll(now);
  if (!surveyed) return;
  line_.send(Tag::surveyed, *surveyed);
  transport_.expect_traffic(now);
}

void Worker::rest(TimePoint now) {
  std::vector<pollfd> fds;
  Waiting::Limits limits;
  if (start_) fds.push_back({start_->io.wake_fd(), POLLIN, 0});
  shares_.output.add_poll_fds(fds);
  shares_.part_file.add_poll_fds(fds);
  shares_.survey.add_poll_fds(fds);
  limits.until = std::min(shares_.survey.next_deadline(), shares_.part_file.next_deadline(transport_.now()));
  if (driver_) {
    driver_->add_poll_fds(fds);
    limits.until = std::min(limits.until, driver_->next_deadline());
    results_->submit_due_try_rows(now);
  }
  if (rounds_) limits.until = std::min(limits.until, rounds_->next_due());
  if (driver_) pace_.limit_rest(limits, driver_->held());
  transport_.rest(fds, limits);
}

}  // namespace prs
