#include "tests/unit/farm/master_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "dataset/quote_scan.hpp"
#include "farm/host_settings.hpp"
#include "output/run_folder_contents.hpp"
#include "support/posix_io.hpp"
#include "tests/fastest_folder.hpp"

namespace prs {
namespace {
using protocol::Tag;

World world_of(int ranks) {
  std::vector<Place> places;
  for (int rank = 0; rank < ranks; ++rank) places.push_back({"node", 0, 100 + rank, 1});
  return World(std::move(places));
}

RunConfig config_of(const std::string& output, const std::function<void(RunConfig&)>& change) {
  RunConfig config;
  config.name = "played";
  config.output = output;
  config.parallel.mini_batch_size = MiniBatchSize{1, false};
  config.parallel.run_max_try = 3;
  config.parallel.allowed_failed_count = -1;
  config.parallel.allowed_failed_percent = 100;
  config.parallel.progress_update_timeout = 1e6;
  config.parallel.grace_period = 30;
  config.parallel.append_row_file_name = "rows.txt";
  if (change) change(config);
  return config;
}

ProgressReporter::Options quiet_progress() {
  ProgressReporter::Options options;
  options.stream = std::fopen("/dev/null", "w");
  options.start = Clock::now();
  return options;
}

protocol::ReportedOutcome outcome_of(const Task& task, TryStatus status) {
  protocol::ReportedOutcome reported;
  reported.outcome.mini_batch = task.mini_batch;
  reported.outcome.dequeue_count = task.dequeue_count;
  reported.outcome.status = status;
  reported.outcome.items = item_count(task.items);
  return reported;
}

}  // namespace

protocol::ReportedOutcome PlayedWorkers::done(const Task& task) {
  protocol::ReportedOutcome reported = outcome_of(task, TryStatus::run_done);
  reported.outcome.succeeded = item_count(task.items);
  reported.outcome.rows = item_count(task.items);
  return reported;
}

protocol::ReportedOutcome PlayedWorkers::failed(const Task& task, const std::string& message) {
  protocol::ReportedOutcome reported = outcome_of(task, TryStatus::run_exception);
  reported.failure = {"ValueError", message, {}};
  return reported;
}

PlayedWorkers::PlayedWorkers(FakeTransport& transport, int ranks, const Thresholds& thresholds)
    : transport_(transport), joined_(ranks), rounds_(1), tallies_(static_cast<std::size_t>(ranks)) {
  for (int rank = 1; rank < ranks; ++rank) rounds_.push_back(joined_.maker(rank)(thresholds));
}

void PlayedWorkers::answer() {
  for (Sent& sent : transport_.take_all()) {
    if (left_alone.contains(sent.tag))
      left_.push_back(std::move(sent));
    else if (!silent.contains(sent.to) && !transport_.peers().is_lost(sent.to))
      answer(sent.to, sent);
  }
  for (std::size_t rank = 1; rank < rounds_.size(); ++rank) {
    if (transport_.peers().is_lost(static_cast<int>(rank))) continue;
    close_if_acknowledged(static_cast<int>(rank));
    Contribution mine;
    mine.tally = tallies_[rank];
    rounds_[rank]->step(mine, transport_.now());
  }
}

/// A worker waits for the acknowledgement of all that it has reported, unless nothing can be written any more.
void PlayedWorkers::close_if_acknowledged(int rank) {
  const bool is_in_trouble = !closes.empty() && (closes.back().is_in_trouble || !closes.back().is_healthy);
  if (!closing_.contains(rank) || (acknowledged_[rank] < reported_[rank].size() && !is_in_trouble)) return;
  closing_.erase(rank);
  transport_.put(rank, Tag::closed, protocol::plain_bytes(protocol::Closed{failed_shutdowns}));
}

std::optional<std::string> PlayedWorkers::try_take(int rank, Tag tag) {
  const auto found =
      std::find_if(left_.begin(), left_.end(), [&](const Sent& sent) { return sent.to == rank && sent.tag == tag; });
  if (found == left_.end()) return std::nullopt;
  std::string bytes = std::move(found->bytes);
  left_.erase(found);
  return bytes;
}

void PlayedWorkers::answer(int rank, const Sent& sent) {
  switch (sent.tag) {
    case Tag::open: {
      rounds_[static_cast<std::size_t>(rank)]->begin_farm(protocol::plain_value<std::uint32_t>(sent.bytes));
      if (rank == 1) farms.push_back(protocol::plain_value<std::uint32_t>(sent.bytes));
      if (never_ready.contains(rank))
        return transport_.put(rank, Tag::gave_up, protocol::to_bytes(Failure{"RuntimeError", "no model", {}}));
      protocol::Report first;
      first.credit = 4;
      transport_.put(rank, Tag::host_state, protocol::plain_bytes(true));
      return transport_.put(rank, Tag::report, protocol::to_bytes(first));
    }
    case Tag::survey:
      return transport_.put(rank, Tag::surveyed, scan(rank, order_of_scan(sent.bytes)));
    case Tag::work:
      return on_work(rank, sent.bytes);
    case Tag::call_back:
      return transport_.put(rank, Tag::given_back, protocol::to_bytes(std::vector<MiniBatchIndex>()));
    case Tag::stop:
      if (rank == 1) ++stops;
      return;
    case Tag::close:
      rounds_[static_cast<std::size_t>(rank)]->begin_farm(protocol::plain_value<protocol::Close>(sent.bytes).farm);
      rounds_[static_cast<std::size_t>(rank)]->hurry();
      if (rank == 1) closes.push_back(protocol::plain_value<protocol::Close>(sent.bytes));
      closing_.insert(rank);
      return;
    case Tag::assemble:
      return transport_.put(rank, Tag::assembled, protocol::to_bytes(assemble(rank)));
    default:
      ADD_FAILURE() << "a worker is sent a message with tag " << static_cast<int>(sent.tag);
  }
}

std::string PlayedWorkers::scanned(const QuoteScanOrder& order) {
  TableOptions options;
  options.support_multi_line = true;
  ScannedPieces found;
  for (const TablePiece& piece : order.items.pieces)
    found.steps.push_back(scan_quotes(piece, options, order.step_bytes, [] {}));
  return to_bytes(found);
}

void PlayedWorkers::on_work(int rank, const std::string& bytes) {
  const protocol::Work work = protocol::work_of(bytes);
  acknowledge(rank, work);
  std::vector<protocol::ReportedOutcome> outcomes;
  for (const Task& task : work.tasks)
    if (!keeps(rank, task)) outcomes.push_back(run(rank, task));
  if (!outcomes.empty()) report(rank, std::move(outcomes));
}

void PlayedWorkers::report(int rank, std::vector<protocol::ReportedOutcome> outcomes) {
  protocol::Report report;
  report.credit = 4;
  for (const protocol::ReportedOutcome& reported : outcomes) reported_[rank].push_back(reported.outcome);
  report.outcomes = std::move(outcomes);
  transport_.put(rank, Tag::report, protocol::to_bytes(report));
}

void PlayedWorkers::acknowledge(int rank, const protocol::Work& work) {
  const auto is_in = [](const std::vector<std::uint64_t>& numbers, std::uint64_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  };
  for (std::uint64_t& number = acknowledged_[rank]; number < work.acknowledged; ++number) {
    ASSERT_LT(number, reported_[rank].size()) << "what was not reported is acknowledged";
    Outcome outcome = reported_[rank][number];
    if (is_in(work.overruled, number)) {
      overruled[rank].push_back(number);
      overrule(outcome);
    }
    if (is_in(work.dropped, number))
      dropped[rank].push_back(number);
    else
      tallies_[static_cast<std::size_t>(rank)] += charge_of(outcome, run_max_try);
  }
}

FilePlan MasterHarness::make_plan(const TemporaryFolder& folder, std::uint64_t mini_batches) {
  make_folders(folder.file("in"));
  for (std::uint64_t i = 0; i < mini_batches; ++i) std::ofstream(folder.file("in/" + std::to_string(1000 + i)));
  return FilePlan::make({{"files", {folder.file("in")}}}, {});
}

MasterHarness::MasterHarness(int worker_count, std::uint64_t mini_batches, const Change& change)
    : MasterHarness(std::make_shared<TemporaryFolder>(fastest_folder()), 1, worker_count, mini_batches, change) {}

MasterHarness::MasterHarness(MasterHarness& earlier, int worker_count, const Change& change)
    : MasterHarness(folder_after(earlier), earlier.start_ + 1, worker_count, earlier.plan_.mini_batch_count(), change) {
}

std::shared_ptr<TemporaryFolder> MasterHarness::folder_after(MasterHarness& earlier) {
  earlier.lease_->release();
  return earlier.folder_;
}

MasterHarness::MasterHarness(std::shared_ptr<TemporaryFolder> folder, std::uint32_t start, int worker_count,
                             std::uint64_t mini_batches, const Change& change)
    : folder_(std::move(folder)),
      config_(config_of(folder_->file("out"), change)),
      transport(0, worker_count + 1),
      workers(transport, worker_count + 1, thresholds_of(config_.parallel, mini_batches)),
      start_(start),
      world_(world_of(worker_count + 1)),
      plan_(make_plan(*folder_, mini_batches)),
      run_folder_{config_.output},
      progress_(quiet_progress()),
      page_(run_folder_, false, TimePoint::max() - std::chrono::hours(1)),  // made at the end alone
      status_file_(run_folder_.status(), {}),
      time_left_(3600, {}),
      make_rounds_(workers.rounds_of_master()) {
  make_folders_of(run_folder_);
  lease_ = std::make_unique<RunLease>(run_folder_.lease(), RunLease::Options{});
  history_ = read_ledger();
  history_.next_part = next_part(run_folder_);
  workers.run_max_try = config_.parallel.run_max_try;
  transport.at_rest([this] {
    on_rest();
    workers.answer();
  });
  std::vector<TableInput> tables;
  for (const InputConfig& input : config_.inputs) tables.push_back({{input.name, input.paths}, *input.table});
  if (!tables.empty()) survey_.emplace(tables_.emplace(TablePlan::make(tables, {.mini_batch_bytes = 4})));
  master_ = std::make_unique<Master>(MasterParts{config_, plan_, world_, transport, make_rounds_, io_, run_folder_,
                                                 *lease_, history_, start_, false, progress_, page_, time_left_,
                                                 survey_ ? &*survey_ : nullptr});
}

MasterHarness::~MasterHarness() {
  workers.answer();
  while (transport.receive()) {  // what the workers still had to say
  }
}

RunPhases::Parts MasterHarness::phases() {
  const auto leave_at_once = [](ExitStatus) { throw std::runtime_error("a disk hangs"); };
  return {config_,      plan_, interpreter_, run_folder_,  *lease_, *master_,      progress_,   page_,
          status_file_, false, false,        Clock::now(), {},      leave_at_once, std::nullopt};
}

History MasterHarness::read_ledger() const {
  return read_history([this](std::uint32_t start) { return run_folder_.ledger(start); }, plan_.fingerprint(),
                      plan_.mini_batch_count());
}

History MasterHarness::ledger() {
  EXPECT_TRUE(master_->sync_ledger());
  return read_ledger();
}

void MasterHarness::hold_disk(std::size_t bytes) {
  held_disk_.emplace(folder_->file("stuck"));
  io_.append_line(io_.open_log(held_disk_->path()), "a line\n");
  io_.append(io_.create_later(folder_->file("behind")), std::string(bytes, '-'));
}

}  // namespace prs
