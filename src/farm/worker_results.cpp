#include "farm/worker_results.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "report/tries_file.hpp"
#include "script/failure_text.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

constexpr std::uint64_t most_backlog_bytes = 64 << 20;  ///< rows waiting for the disk, before the host has to wait too
constexpr std::size_t try_rows_block = 1 << 16;

/// One entry of logs/user/error/<node>/processNNN.txt.
std::string error_entry(const TryEnd& end) {
  return utc_now_text() + " mini-batch " + std::to_string(end.task.mini_batch.value) + ", try " +
         std::to_string(end.task.dequeue_count) + ", " + std::string(name_of(end.status)) + ": " + end.failure.message +
         "\n" + end.failure.detail + (end.failure.detail.empty() ? "" : "\n");
}

std::int64_t unix_microseconds_of(TimePoint time) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch() + (time - Clock::now());
  return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
}

Outcome outcome_of(const TryEnd& end) {
  Outcome outcome;
  outcome.mini_batch = end.task.mini_batch;
  outcome.dequeue_count = end.task.dequeue_count;
  outcome.status = end.status;
  outcome.items = end.items;
  if (!outcome.is_done()) return outcome;
  outcome.rows = end.rows;
  outcome.succeeded = succeeded_items(end.rows, end.items);
  outcome.stretch = end.stretch;
  return outcome;
}

/// The master has found that the columns do not match.
void overrule(TryRow& row) {
  overrule(row.outcome);
  row.error_category = column_mismatch_category;
  row.error_message = "another set of columns than the first DataFrame's; see logs/job_error.txt";
}

}  // namespace

WorkerResults::WorkerResults(WorkerStart& start) : start_(start) {
  if (start.settings.rows.format != RowFormat::none)
    part_ = std::make_unique<PartWriter>(start.io, start.folder.part(start.part), start.part);
  tries_file_ = start.io.create(start.folder.tries(start.part));
  start.io.append(tries_file_, text_of(TriesFileHead{start.host, start.process}));
}

bool WorkerResults::is_behind() const {
  return start_.io.backlog_bytes() > most_backlog_bytes;
}

void WorkerResults::add(std::vector<TryEnd> ends) {
  if (ends.empty()) return;
  const std::size_t first = tries_.size();
  for (TryEnd& end : ends) tries_.push_back(try_of(std::move(end)));
  if (!part_) return;
  const std::uint64_t ticket = part_->submit();
  for (std::size_t i = first; i < tries_.size(); ++i) tries_[i].ticket = std::max(tries_[i].ticket, ticket);
}

WorkerResults::Try WorkerResults::try_of(TryEnd end) {
  Try made;
  TryRow& row = made.row;
  row.outcome = outcome_of(end);
  if (row.outcome.is_done()) {
    made.columns = std::move(end.columns);
    warn_of_more_rows(end);
  } else {
    made.ticket = keep_error_text(end);
  }
  row.process = start_.process;
  row.process_started_unix_nanoseconds = end.host_started_unix_nanoseconds;
  row.ended_unix_microseconds = unix_microseconds_of(end.ended);
  row.process_seconds = seconds_of(end.process_time);
  // The end is that of the look that found it, which may have begun a moment before it.
  row.elapsed_seconds = std::max(seconds_of(end.ended - end.given), row.process_seconds);
  row.run_seconds = seconds_of(end.run_time);
  row.error_category = std::move(end.failure.category);
  row.error_message = std::move(end.failure.message);
  made.failure_detail = std::move(end.failure.detail);
  name_items(row, end.task.items);
  return made;
}

void WorkerResults::warn_of_more_rows(const TryEnd& end) {
  if (end.rows <= end.items || std::exchange(has_warned_of_more_rows_, true)) return;
  log().warn("mini-batch {}: run() returned {} for {}; all are written (said once)", end.task.mini_batch.value,
             counted(end.rows, "row", "rows"), counted(end.items, "item", "items"));
}

/// The ticket after which the try may count. On a full disk a script fails that only wants to print: then it is the
/// disk that has failed, and not the mini-batch; all of them would use up their tries. What is written here tells
/// which.
std::uint64_t WorkerResults::keep_error_text(const TryEnd& end) {
  if (!errors_file_) errors_file_ = start_.io.open_later(start_.folder.user_error(start_.host, start_.process));
  const std::uint64_t ticket = start_.io.append(*errors_file_, error_entry(end));
  return blames_a_disk(end.failure) ? try_room() : ticket;
}

void WorkerResults::give_up(const Failure& failure) {
  if (std::exchange(has_gave_up_, true)) return;
  gave_up_ = GaveUp{failure, blames_a_disk(failure) ? try_room() : 0};
}

std::optional<Failure> WorkerResults::take_gave_up() {
  if (!gave_up_ || gave_up_->ticket > start_.io.written()) return std::nullopt;
  return std::exchange(gave_up_, std::nullopt)->failure;
}

std::vector<protocol::ReportedOutcome> WorkerResults::take_written() {
  std::vector<protocol::ReportedOutcome> outcomes;
  for (const std::uint64_t written = start_.io.written();
       reported_ < tries_.size() && tries_[reported_].ticket <= written; ++reported_) {
    Try& ended = tries_[reported_];
    protocol::ReportedOutcome& reported = outcomes.emplace_back();
    reported.outcome = ended.row.outcome;
    reported.columns = std::exchange(ended.columns, {});
    reported.failure = {ended.row.error_category, ended.row.error_message, std::exchange(ended.failure_detail, {})};
  }
  return outcomes;
}

void WorkerResults::forget_unreported() {
  tries_.erase(tries_.begin() + static_cast<std::ptrdiff_t>(reported_), tries_.end());
}

void WorkerResults::acknowledge(const protocol::Work& work, TimePoint now) {
  for (; acknowledged_ < work.acknowledged; ++acknowledged_) {
    PRS_INVARIANT(reported_ > 0);
    Try& ended = tries_.front();
    const auto is_in = [this](const std::vector<std::uint64_t>& numbers) {
      return std::find(numbers.begin(), numbers.end(), acknowledged_) != numbers.end();
    };
    if (is_in(work.overruled)) overrule(ended.row);
    if (is_in(work.dropped)) {
      log().info("outcome of an older try of mini-batch {} dropped", ended.row.outcome.mini_batch.value);
    } else {
      tally_ += charge_of(ended.row.outcome, start_.config.parallel.run_max_try);
      append_try_row(try_rows_, ended.row);
    }
    tries_.pop_front();
    --reported_;
  }
  if (try_rows_.size() >= try_rows_block) submit_try_rows(now);
}

void WorkerResults::submit_try_rows(TimePoint now) {
  if (!try_rows_.empty()) start_.io.append(tries_file_, std::move(try_rows_));
  try_rows_.clear();
  try_rows_due_ = now + std::chrono::seconds(1);
}

void WorkerResults::submit_due_try_rows(TimePoint now) {
  if (!try_rows_.empty() && now >= try_rows_due_) submit_try_rows(now);
}

bool WorkerResults::is_settled(TimePoint now) {
  submit_try_rows(now);
  if (part_) part_->submit();
  if (start_.io.is_synced()) return true;
  start_.io.sync_soon();
  return false;
}

}  // namespace prs
