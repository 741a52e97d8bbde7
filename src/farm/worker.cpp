#include "farm/worker.hpp"

#include <algorithm>

#include "farm/host_settings.hpp"
#include "output/assembly.hpp"
#include "script/script_driver.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr std::chrono::seconds flush_limit{5};
constexpr std::uint32_t first_credit = 2;  ///< before a run time is known
constexpr std::chrono::minutes master_sign_limit{2};

}  // namespace

Worker::Worker(const World& world, Transport& transport, MakeRounds make_rounds, int rank)
    : world_(world),
      transport_(transport),
      make_rounds_(std::move(make_rounds)),
      rank_(rank),
      process_(World::process_name(rank)) {}

protocol::Leave Worker::serve() {
  while (!leave_) {
    const TimePoint now = transport_.now();
    try {
      pass(now);
    } catch (const InfrastructureError& error) {
      tell_trouble(error.what());
    }
    if (!leave_) rest(now);
  }
  if (!leave_->is_at_once) driver_.reset();
  if (!peers().is_lost(0)) send(Tag::left);
  transport_.flush(flush_limit);
  return *leave_;
}

void Worker::pass(TimePoint now) {
  while (auto letter = transport_.receive()) {
    on_letter(*letter);
  }
  if (leave_) return;
  look_for_losses(now);
  if (leave_) return;
  tell_signals();
  if (io_ && now - last_sent_ >= protocol::beat_interval) send(Tag::beat, protocol::plain_bytes(busy(now)));
  // What could not be taken back at once, since the host was just asked for something else, is taken back now.
  if (is_stopped_ && driver_ && !closing_ && driver_->held() > 0) give_back(0, false);
  if (driver_) harvest(now);
  if (io_) report();
  if (rounds_) step_round(now);
  if (monitor_ && is_host_ready_ && monitor_->is_due(now)) sample_resources(now);
  if (closing_ && !has_closed_) step_closing();
  look_after_share();
}

void Worker::on_letter(const Letter& letter) {
  switch (letter.tag) {
    case Tag::start:
      return on_start(letter);
    case Tag::open:
      return on_open(protocol::plain_value<std::uint32_t>(letter.bytes));
    case Tag::work:
      return on_work(letter);
    case Tag::call_back:
      return on_call_back(protocol::plain_value<protocol::CallBack>(letter.bytes).keep);
    case Tag::stop:
      return on_stop();
    case Tag::close:
      return on_close(protocol::plain_value<protocol::Close>(letter.bytes));
    case Tag::assemble:
      return on_assemble(letter);
    case Tag::leave:
      leave_ = protocol::leave_of(letter.bytes);
      for (const std::uint64_t rank : leave_->hung) peers().end_by_force(static_cast<int>(rank));
      return;
    case Tag::beat:
      return;
    default:
      PRS_INVARIANT(!"a worker gets only messages to a worker");
  }
}

void Worker::on_start(const Letter& letter) {
  const protocol::Start start = protocol::start_of(letter.bytes);
  config_ = run_config_of(start.config);
  folder_ = RunFolder{config_.output};
  building_path_ = prs::building_path(folder_.output(config_.parallel.append_row_file_name), start.lease);
  rounds_ = make_rounds_(thresholds_of(config_.parallel, start.mini_batches));
  peers().listen_to(0, master_sign_limit, transport_.now());
  first_part_ = start.first_part;
  const std::string& host = world_.host_of(rank_);
  io_ = std::make_unique<IoThread>();
  opened_log_.emplace(*io_, folder_.worker_log(host, process_), name_of(config_.parallel.logging_level));
  settings_ = host_settings(config_, start, folder_, world_, rank_);
  const std::uint32_t part = first_part_ + static_cast<std::uint32_t>(rank_) - 1;
  if (settings_.rows.format != RowFormat::none) part_ = std::make_unique<PartWriter>(*io_, folder_.part(part), part);
  tries_file_ = io_->create(folder_.tries(part));
  io_->append(*tries_file_, text_of(TriesFileHead{host, process_}));
  start_monitor();
  log().info("{} on {}: start {}, part {}", process_, host, start.start, part);
}

/// Also where this worker does no work any more: its part in the rounds, and its Closed, are waited for.
void Worker::begin_farm(std::uint32_t farm) {
  rounds_->begin_farm(farm);
  if (farm == farm_) return;
  farm_ = farm;
  has_closed_ = false;
  closing_.reset();
  is_stopped_ = is_stop_told_ = false;
}

void Worker::on_open(std::uint32_t farm) {
  begin_farm(farm);
  if (has_told_trouble_ || has_gave_up_) return;  // the master ends the run, or does without this worker
  is_host_ready_ = false;
  told_credit_ = 0;
  driver_ = std::make_unique<ScriptDriver>(settings_, part_ ? static_cast<RowSink&>(*part_) : no_rows_);
  set_pace(first_credit, 1);
  driver_->start(transport_.now());
}

void Worker::on_work(const Letter& letter) {
  protocol::Work work = protocol::work_of(letter.bytes);
  acknowledge(work);
  if (work.tasks.empty()) return;
  if (is_stopped_ || has_gave_up_ || !driver_ || closing_) {
    std::vector<MiniBatchIndex> back;
    for (const Task& task : work.tasks) back.push_back(task.mini_batch);
    send(Tag::given_back, protocol::to_bytes(back));
    return;
  }
  const TimePoint now = transport_.now();
  for (Task& task : work.tasks) driver_->give(std::move(task), now);
}

void Worker::on_call_back(std::uint32_t keep) {
  give_back(keep, true);
}

void Worker::give_back(std::uint32_t keep, bool is_answer) {
  std::vector<MiniBatchIndex> back;
  if (driver_)
    for (const Task& task : driver_->take_back(keep)) back.push_back(task.mini_batch);
  if (is_answer || !back.empty()) send(Tag::given_back, protocol::to_bytes(back));
}

void Worker::on_stop() {
  is_stop_told_ = true;
  if (share_) share_->cancel();
  stop_starting();
}

void Worker::stop_starting() {
  if (is_stopped_) return;
  is_stopped_ = true;
  give_back(0, true);
}

void Worker::on_close(const protocol::Close& close) {
  begin_farm(close.farm);
  if (has_closed_) return;  // it crossed our answer
  closing_ = close;
  is_stopped_ = is_stop_told_ = true;
  rounds_->hurry();
  if (!driver_) return;
  if (monitor_) sample_resources(transport_.now());  // while the host is there
  if (close.is_healthy && driver_->held() == 0 && !has_gave_up_) {
    driver_->begin_shutdown(transport_.now() + duration_of(close.limit_seconds));
    return;
  }
  // Tries that the stop itself ends are no outcomes (rule 6.5); what was harvested and not reported runs again, too.
  driver_->kill_all();
  forget_unreported();
}

void Worker::step_closing() {
  if (driver_ && !driver_->is_over()) return;
  if (io_ && !closing_->is_in_trouble && !io_->failure()) {
    if (!pending_.empty() || !unwritten_.empty()) return;
    submit_try_rows();
    if (part_) part_->submit();
    if (!io_->is_synced()) return io_->sync_soon();
  }
  driver_.reset();
  has_closed_ = true;
  send(Tag::closed);
}

protocol::Busy Worker::busy(TimePoint now) const {
  using protocol::Busy;
  if (share_) return share_->has_stalled(now) ? Busy::disk : Busy::no;
  if (!closing_ || has_closed_) return Busy::no;
  if (driver_ && !driver_->is_over()) return Busy::script;
  return pending_.empty() ? Busy::disk : Busy::no;  // what is not acknowledged waits for rank 0's disk
}

void Worker::set_pace(std::uint32_t credit, std::size_t window) {
  credit_ = credit;
  if (driver_) driver_->set_window(window);
}

void Worker::step_round(TimePoint now) {
  Contribution mine;
  mine.tally = tally_;
  if (!rounds_->step(mine, now)) return;
  const bool aborts = rounds_->verdict().aborts();
  if (aborts && driver_ && !closing_) stop_starting();
  // A verdict of a round that broke on other ranks, and did not come again.
  if (!aborts && !is_stop_told_) is_stopped_ = false;
}

void Worker::send(Tag tag, std::string bytes) {
  last_sent_ = transport_.now();
  transport_.send(0, tag, std::move(bytes));
}

void Worker::look_for_losses(TimePoint now) {
  for (const Loss& loss : peers().take_losses(now)) {
    if (loss.rank == 0) return on_master_lost(loss);
    log().warn("rank {} ({}) is lost: {}", loss.rank, World::process_name(loss.rank), loss.how);
    if (rounds_ && peers().can_go_on()) rounds_->on_rank_lost(loss.rank, now);
    send(Tag::peer_lost, protocol::plain_bytes(loss.rank));
  }
}

/// Without the master nothing can be recorded any more. What has no record runs again at the next start.
void Worker::on_master_lost(const Loss& loss) {
  log().error("rank 0, the master, is lost: {}", loss.how);
  if (driver_) driver_->kill_all();
  if (peers().is_lowest_left())  // one of them speaks for all
    std::fprintf(stderr,
                 "prs_mpi: rank 0, the master, was lost: %s; what is done is kept, the same command goes on; see %s\n",
                 loss.how.c_str(), folder_.path.empty() ? "what is printed above" : folder_.job_result().c_str());
  leave_ = protocol::Leave{ExitStatus::infrastructure, true, false, {}};
}

void Worker::tell_signals() {
  const StopsAsked asked = transport_.stops_asked();
  if (asked.count == told_signals_) return;
  told_signals_ = asked.count;
  send(Tag::signal, protocol::plain_bytes(protocol::Signal{asked.last, asked.count}));
}

void Worker::tell_trouble(const std::string& what) {
  if (has_told_trouble_) return;
  has_told_trouble_ = true;
  log().error("{}", what);
  // From now on nothing is known to be written: no outcome may be reported any more. What was not, runs again.
  if (driver_) driver_->kill_all();
  forget_unreported();
  send(Tag::trouble, world_.host_of(rank_) + ": " + what);
}

void Worker::on_assemble(const Letter& letter) {
  PRS_INVARIANT(!share_);
  share_ = std::make_unique<ShareWriting>(assembly_share_of(letter.bytes), building_path_,
                                          [folder = folder_](std::uint32_t part) { return folder.part(part); });
}

void Worker::look_after_share() {
  if (!share_ || !share_->is_over()) return;
  const std::unique_ptr<ShareWriting> ended = std::move(share_);
  const auto damaged = ended->result();
  const std::vector<MiniBatchIndex> none;
  send(Tag::assembled, protocol::to_bytes(protocol::Assembled{damaged.has_value(), damaged.value_or(none)}));
}

void Worker::rest(TimePoint now) {
  std::vector<pollfd> fds;
  Waiting::Limits limits;
  if (io_) fds.push_back({io_->wake_fd(), POLLIN, 0});
  if (share_) fds.push_back({share_->wake_fd(), POLLIN, 0});
  if (driver_) {
    driver_->add_poll_fds(fds);
    limits.until = driver_->next_deadline();
    if (!try_rows_.empty() && now >= try_rows_due_) submit_try_rows();
  }
  if (rounds_) limits.until = std::min(limits.until, rounds_->next_due());
  if (driver_ && is_host_ready_ && mean_run_.is_known()) {
    limits.is_work_out = driver_->held() > 0;  // a busy host wakes us itself
    if (limits.is_work_out) limits.nap = nap_while_held(mean_run_.value(), driver_->held());
  }
  transport_.rest(fds, limits);
}

}  // namespace prs
