// The results' way through a worker: from the script host into the part, the try rows and the reports.
#include <unistd.h>

#include <algorithm>

#include "farm/worker.hpp"
#include "script/failure_text.hpp"
#include "support/log.hpp"
#include "support/new_name.hpp"
#include "support/posix_io.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr std::uint64_t most_backlog_bytes = 64 << 20;  ///< rows waiting for the disk, before the host has to wait too
constexpr std::size_t try_rows_block = 1 << 16;
constexpr std::size_t room_bytes = 1 << 20;  ///< that a disk must have where a script says that one is full

/// One entry of logs/user/error/<node>/processNNN.txt.
std::string error_entry(const TryEnd& end) {
  return utc_now_text() + " mini-batch " + std::to_string(end.task.mini_batch.value) + ", try " +
         std::to_string(end.task.dequeue_count) + ", " + std::string(name_of(end.status)) + ": " + end.failure.message +
         "\n" + end.failure.detail + (end.failure.detail.empty() ? "" : "\n");
}

}  // namespace

void Worker::harvest(TimePoint now) {
  TaskDriver::Events events;
  driver_->pause_harvest(io_->backlog_bytes() > most_backlog_bytes);
  driver_->poll(now, events);
  for (const std::string& note : events.notes) log().warn("{}", note);
  if (has_told_trouble_ || (closing_ && !closing_->is_healthy)) return;
  if (!events.ended.empty() || events.is_host_ready) transport_.expect_traffic(now);
  for (TryEnd& end : events.ended) take(std::move(end));
  if (part_ && !events.ended.empty()) {
    const std::uint64_t ticket = part_->submit();
    for (auto waiting = unwritten_.end() - static_cast<std::ptrdiff_t>(events.ended.size());
         waiting != unwritten_.end(); ++waiting)
      waiting->ticket = std::max(waiting->ticket, ticket);
  }
  if (events.is_host_lost && is_host_ready_) {
    is_host_ready_ = false;
    send(Tag::host_state, protocol::plain_bytes(false));
  }
  if (events.is_host_ready && !is_host_ready_) {
    is_host_ready_ = true;
    send(Tag::host_state, protocol::plain_bytes(true));
  }
  if (driver_->gave_up() && !has_gave_up_) {
    has_gave_up_ = true;
    const Failure& failure = *driver_->gave_up();
    gave_up_ = GaveUp{failure, blames_a_disk(failure) ? io_->try_room(room_file(), room_bytes) : 0};
  }
}

void Worker::take(TryEnd end) {
  std::uint64_t ticket = 0;
  protocol::ReportedOutcome reported;
  Outcome& outcome = reported.outcome;
  outcome.mini_batch = end.task.mini_batch;
  outcome.dequeue_count = end.task.dequeue_count;
  outcome.status = end.status;
  outcome.items = end.items;
  longest_run_.add(end.process_time);
  if (outcome.is_done()) {
    outcome.rows = end.rows;
    outcome.succeeded = static_cast<std::uint32_t>(std::min<std::uint64_t>(end.rows, end.items));
    outcome.stretch = end.stretch;
    reported.columns = std::move(end.columns);
    mean_run_.add(end.process_time);
    if (end.rows > end.items && !has_warned_of_more_rows_) {
      has_warned_of_more_rows_ = true;
      log().warn("mini-batch {}: run() returned {} rows for {} items; all are written (said once)",
                 outcome.mini_batch.value, end.rows, end.items);
    }
  } else {
    ticket = keep_error_text(end);
  }
  Pending pending{outcome, {}};
  TryRow& row = pending.row;
  row.outcome = outcome;
  row.process = process_;
  row.process_started_unix_nanoseconds = end.host_started_unix_nanoseconds;
  row.elapsed_seconds = seconds_of(end.ended - end.given);
  row.process_seconds = seconds_of(end.process_time);
  row.run_seconds = seconds_of(end.run_time);
  row.error_category = end.failure.category;
  row.error_message = end.failure.message;
  name_items(row, end.task.items);
  reported.failure = std::move(end.failure);
  pending_.push_back(std::move(pending));
  unwritten_.push_back({std::move(reported), ticket});
}

/// The ticket after which the try may count. On a full disk a script fails that only wants to print: then it is the
/// disk that has failed, and not the mini-batch; all of them would use up their tries. What is written here tells
/// which.
std::uint64_t Worker::keep_error_text(const TryEnd& end) {
  if (!errors_file_) errors_file_ = io_->open_later(folder_.user_error(world_.host_of(rank_), process_));
  const std::uint64_t ticket = io_->append(*errors_file_, error_entry(end));
  return blames_a_disk(end.failure) ? io_->try_room(room_file(), room_bytes) : ticket;
}

std::string Worker::room_file() const {
  return folder_.room(process_);
}

/// Outcomes that the master has not been told of: their tries run again.
void Worker::forget_unreported() {
  // Both queues grow together, so what is not reported is the end of what is not acknowledged.
  pending_.erase(pending_.end() - static_cast<std::ptrdiff_t>(unwritten_.size()), pending_.end());
  unwritten_.clear();
}

/// Tells the master what is written, and how much the worker will hold.
void Worker::report() {
  io_->wake_acknowledged();
  if (const auto failure = io_->failure()) tell_trouble(*failure);
  if (has_told_trouble_) return;
  const std::uint64_t written = io_->written();
  if (gave_up_ && gave_up_->ticket <= written) {
    send(Tag::gave_up, protocol::to_bytes(gave_up_->failure));
    gave_up_.reset();
  }
  protocol::Report report;
  while (!unwritten_.empty() && unwritten_.front().ticket <= written) {
    report.outcomes.push_back(std::move(unwritten_.front().reported));
    unwritten_.pop_front();
  }
  if (mean_run_.is_known()) {
    const Lookahead ahead = lookahead_for(mean_run_.value());
    set_pace(ahead.credit, ahead.window);
  }
  const std::uint32_t credit = is_host_ready_ ? credit_ : 0;
  if (report.outcomes.empty() && (credit == told_credit_ || !is_host_ready_ || is_stopped_)) return;
  report.credit = told_credit_ = is_stopped_ ? 0 : std::max(credit, 1U);
  report.mean_run_nanoseconds = mean_run_.is_known() ? mean_run_.value().count() : 0;
  report.longest_run_nanoseconds = longest_run_.value().count();
  send(Tag::report, protocol::to_bytes(report));
  transport_.expect_traffic(transport_.now());
}

/// What the master has in its ledger counts from now on (rule 1.3).
void Worker::acknowledge(const protocol::Work& work) {
  const std::uint32_t run_max_try = config_.parallel.run_max_try;
  while (acknowledged_ < work.acknowledged) {
    PRS_INVARIANT(!pending_.empty());
    Pending& pending = pending_.front();
    const auto is_in = [this](const std::vector<std::uint64_t>& numbers) {
      return std::find(numbers.begin(), numbers.end(), acknowledged_) != numbers.end();
    };
    if (is_in(work.overruled)) {
      pending.outcome.status = pending.row.outcome.status = TryStatus::bad_return;
      pending.outcome.succeeded = pending.row.outcome.succeeded = 0;
      pending.row.error_category = "ColumnMismatch";
      pending.row.error_message = "another set of columns than the first DataFrame's; see logs/job_error.txt";
    }
    if (!is_in(work.dropped)) {
      tally_ += charge_of(pending.outcome, run_max_try);
      append_try_row(try_rows_, pending.row);
    } else {
      log().info("outcome of an older try of mini-batch {} dropped", pending.outcome.mini_batch.value);
    }
    pending_.pop_front();
    ++acknowledged_;
  }
  if (try_rows_.size() >= try_rows_block) submit_try_rows();
}

void Worker::submit_try_rows() {
  if (!try_rows_.empty()) io_->append(*tries_file_, std::move(try_rows_));
  try_rows_.clear();
  try_rows_due_ = transport_.now() + std::chrono::seconds(1);
}

/// logs/sys/perf/<node>/: the processes of this worker, and from the node's first worker the node itself (rule 9.2).
void Worker::start_monitor() {
  const double interval = config_.parallel.resource_monitor_interval;
  if (interval <= 0) return;
  const bool is_first_of_node = world_.place_on_node(rank_) == 0;
  const std::string& node = world_.host_of(rank_);
  make_folders(folder_.performance(node));
  const std::string process_file = folder_.process_usage(node);
  make_new_file(process_file, process_usage_header(), process_file + "." + process_, false);
  process_usage_file_ = io_->open(process_file);
  if (is_first_of_node) {
    const std::string node_file = folder_.node_usage(node);
    make_new_file(node_file, node_usage_header(), node_file + "." + process_, false);
    node_usage_file_ = io_->open(node_file);
  }
  monitor_.emplace(process_, ::getpid(), duration_of(interval), is_first_of_node);
}

void Worker::sample_resources(TimePoint now) {
  if (std::string rows = monitor_->process_rows(now); !rows.empty()) io_->append(process_usage_file_, std::move(rows));
  if (std::string row = monitor_->node_row(now); !row.empty()) io_->append(node_usage_file_, std::move(row));
}

}  // namespace prs
