#include "farm/closing.hpp"

#include <algorithm>
#include <filesystem>

#include "farm/host_settings.hpp"
#include "farm/job_report_files.hpp"
#include "output/run_folder_contents.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t failed_at_once = 250'000;  ///< mini-batches whose texts are looked for in one reading

/// What given-up mini-batches failed with. The worker of a try that rank 0 overruled knows less of it than the ledger.
Failure text_of_given_up(const History& history, const LastOutcome& last, TryTexts& texts) {
  Failure kind{std::string(name_of(last.outcome.status)), {}, {}};
  if (last.error != 0) kind = history.errors[last.error - 1];
  if (kind.category == column_mismatch_category) return kind;
  if (auto own = texts.text_of(last.outcome); own && !own->category.empty()) return std::move(*own);
  return kind;
}

Failure text_of_short_return(const Outcome& last) {
  return {"ShortReturn",
          "run() returned " + counted(last.rows, "row", "rows") + " for " + counted(last.items, "item", "items") +
              "; which ones failed it does not tell",
          {}};
}

}  // namespace

Closing::Closing(Parts parts)
    : parts_(std::move(parts)),
      file_(parts_.folder.output(parts_.config.parallel.append_row_file_name), parts_.lease.name()) {
  result_.name = parts_.config.name;
  result_.run_folder = parts_.folder.path;
  result_.warnings = parts_.warnings;
  result_.description = parts_.config.parallel.description.value_or("");
  const Dispatcher& queue = parts_.master.dispatcher();
  is_limit_passed_before_ =
      evaluate(queue.tally(), thresholds_of(parts_.config.parallel, parts_.plan.mini_batch_count()),
               queue.all_handed_out())
          .aborts();
}

ExitStatus Closing::run() {
  std::optional<ExitStatus> status;
  try {
    do parts_.master.farm();
    while (!(status = settle()));
  } catch (const InfrastructureError& error) {
    status = fail(ExitStatus::infrastructure, error.what(), parts_.folder.master_log());
  }
  result_.status = *status;
  report();
  release();
  say_last_line();
  return result_.status;
}

/// Nothing may be left that waits for a disk when this start ends: it would be waited for without an ear for signals.
void Closing::release() {
  try {
    sync_ledger();
  } catch (const InfrastructureError&) {
    // It has ended the run, and is said.
  }
  aside("releasing the run folder", [this] {
    heed_lost_lease();
    parts_.lease.release();
  });
}

/// Whatever else there was to say is the other job's now.
void Closing::heed_lost_lease() {
  const auto& loss = parts_.lease.loss();
  if (!loss) return;
  result_.status = ExitStatus::infrastructure;
  result_.cause = *loss;
  result_.look_into.clear();
  if (std::error_code error; !std::filesystem::exists(parts_.folder.job_result(), error)) result_.run_folder.clear();
  result_.frequent_causes.clear();
}

void Closing::say_last_line() const {
  std::fprintf(stderr, "%s%s\n", frequent_causes_text(result_).c_str(), last_line(result_).c_str());
}

void Closing::aside(const std::string& what, const std::function<void()>& work) {
  if (!parts_.master.aside(what, work)) leave_at_once();
}

void Closing::sync_ledger() {
  if (!parts_.master.sync_ledger()) leave_at_once();
}

/// Nothing is unwound: the work that hangs may still use all of it.
void Closing::leave_at_once() {
  const auto& ending = parts_.master.ending();
  RunResult result;
  result.status = ending ? ending->status : ExitStatus::interrupted;
  const std::string& hurry = parts_.master.hurry_cause();
  result.cause = ending ? ending->cause : hurry;
  if (result.cause.find(hurry) == std::string::npos) result.cause += "; then " + hurry;
  result.cause += "; a disk did not answer any more";
  result.progress = parts_.master.progress();
  result.run_folder = parts_.folder.path;
  result.look_into = parts_.folder.master_log();
  std::fprintf(stderr, "%s\n", last_line(result).c_str());
  parts_.leave_at_once(result.status);
  std::abort();
}

/// Without the lease, nothing: what is in the folder is another job's.
void Closing::report() {
  try {
    parts_.master.begin_finishing();
    write_reports(read_ledger());
    if (result_.status == ExitStatus::completed) record_finished();
  } catch (const LeaseLost&) {
  } catch (const InfrastructureError& error) {
    // A full disk must not hide why the run ended; what could not be written is said. Where that is all that is amiss,
    // the run is not finished yet, and the next start writes it.
    const std::string what = std::string("a report could not be written: ") + error.what();
    if (result_.status == ExitStatus::completed)
      result_.status = fail(ExitStatus::infrastructure, what, parts_.folder.path);
    else
      std::fprintf(stderr, "prs_mpi: %s\n", what.c_str());
  }
}

std::optional<ExitStatus> Closing::settle() {
  Master& master = parts_.master;
  const auto ended = [&]() -> std::optional<ExitStatus> {
    const auto& ending = master.ending();
    if (!ending) return std::nullopt;
    return fail(ending->status, ending->cause, ending->look_into);
  };
  if (auto status = ended()) return status;
  const History history = read_ledger();
  if (auto status = ended()) return status;
  AssemblyLayout layout(history.last.mini_batches(), header_line(history));
  Totals totals;
  aside("reading the ledger", [&] {
    history.last.for_each([&](const LastOutcome& last) {
      totals.add(last.outcome, parts_.config.parallel.run_max_try);
      if (last.outcome.is_done()) layout.add(last.outcome.mini_batch, last.outcome.stretch);
    });
  });
  if (auto status = ended()) return status;
  check_tallies(totals.tally);
  if (parts_.config.parallel.output_action == OutputAction::summary_only) {
    finish_file(0, 0);
    return ExitStatus::completed;
  }
  if (const std::string cause = text_of_missing_output(master.rounds().sum()); !cause.empty())
    return fail(ExitStatus::failed, cause, parts_.folder.job_error());
  const std::vector<MiniBatchIndex> damaged = assemble(history, layout);
  if (auto status = ended()) return status;
  if (damaged.empty()) return ExitStatus::completed;
  run_again(damaged, history);
  return std::nullopt;
}

void Closing::run_again(const std::vector<MiniBatchIndex>& damaged, const History& history) {
  log().warn("the rows of {} mini-batches are damaged on disk; they run again", damaged.size());
  result_.warnings.push_back("the rows of " + std::to_string(damaged.size()) +
                             " mini-batches were found damaged on disk and were made again");
  for (const LastOutcome& last : history.last.of(damaged)) parts_.master.run_again(last.outcome);
}

ExitStatus Closing::fail(ExitStatus status, const std::string& cause, const std::string& look_into) {
  result_.cause = cause;
  result_.look_into = look_into;
  if (!parts_.master.verdict().aborts()) return status;
  result_.verdict = cause;
  if (!is_limit_passed_before_) return status;
  const bool has_given_up = parts_.master.dispatcher().tally().gave_up > 0;
  result_.cause += std::string(" (counted from earlier starts; ") +
                   (has_given_up ? "--retry-failed gives those mini-batches a new set of tries, or raise the limit)"
                                 : "raise the limit to go on)");
  result_.verdict = result_.cause;
  return status;
}

History Closing::read_ledger() {
  History history;
  aside("reading the ledger", [&] {
    parts_.lease.expect_held();
    history = read_history([this](std::uint32_t start) { return parts_.folder.ledger(start); },
                           parts_.plan.fingerprint(), parts_.plan.mini_batch_count());
  });
  return history;
}

/// The collective's last word must be the ledger's own count (rule 1.3).
void Closing::check_tallies(const Tally& ledger) const {
  const Tally& reduced = parts_.master.rounds().sum();
  if (ledger == reduced && ledger == parts_.master.dispatcher().tally()) return;
  throw InfrastructureError("internal error: the last tally round counts " +
                            std::to_string(reduced.failed_mini_batches) + " failed mini-batches, " +
                            std::to_string(reduced.failed_items) + " failed items and " + std::to_string(reduced.done) +
                            " done, the ledger " + std::to_string(ledger.failed_mini_batches) + ", " +
                            std::to_string(ledger.failed_items) + " and " + std::to_string(ledger.done));
}

/// From now on there is nothing left to do for another start.
void Closing::record_finished() {
  parts_.master.ledger().finished();
  sync_ledger();
}

void Closing::write_reports(const History& history) {
  const Master& master = parts_.master;
  result_.progress = master.progress();
  result_.tally = master.dispatcher().tally();
  const std::uint32_t run_max_try = parts_.config.parallel.run_max_try;
  Totals totals;
  std::vector<MiniBatchIndex> failed;
  aside("reading the ledger", [&] {
    history.last.for_each([&](const LastOutcome& last) {
      totals.add(last.outcome, run_max_try);
      if (is_short_return(last.outcome) || gives_up(last.outcome, run_max_try))
        failed.push_back(last.outcome.mini_batch);
    });
  });
  std::sort(failed.begin(), failed.end());
  const BesideTries beside{totals.short_mini_batches, totals.short_items, master.first_init_failure()};
  result_.short_items = beside.short_items;
  result_.rows = totals.rows;
  // What earlier starts met is no news once all of it came right.
  const bool is_all_mended = result_.status == ExitStatus::completed && result_.tally.failed_items == 0;
  if (!is_all_mended || master.errors().added() > 0)
    result_.frequent_causes = frequent_causes(master.errors(), 3, beside);
  const Verdict::Limit limit = master.verdict().limit;
  const bool is_by_items = limit == Verdict::Limit::error_threshold || limit == Verdict::Limit::none;
  if (result_.look_into == parts_.folder.job_error() && is_by_items &&
      2 * static_cast<std::int64_t>(beside.short_items) > result_.tally.failed_items)
    result_.look_into = parts_.folder.failed_items();
  result_.seconds = seconds_of(Clock::now() - parts_.begun);
  if (!master.is_ended_by_loss())
    for (const std::string& lost : master.lost_workers())
      result_.warnings.push_back("lost on the way, and done without: " + lost);
  parts_.progress.finish(result_.progress, Clock::now());
  aside("writing the reports", [&, errors = job_error_text(master.errors(), beside)] {
    parts_.lease.expect_held();
    write_failed_items(history, failed);
    parts_.lease.expect_held();
    write_file_atomically(parts_.folder.job_error(), errors);
    parts_.lease.expect_held();
    write_job_report(parts_.folder, parts_.plan, history, [this] { parts_.lease.expect_held(); });
    parts_.lease.expect_held();
    write_file_atomically(parts_.folder.job_result(), job_result_text(result_));
  });
}

/// What failed for good, ready to be used again (rule 5.7): all items of what was given up, and those of a short
/// return, since run() does not tell which of them it left out.
void Closing::write_failed_items(const History& history, std::span<const MiniBatchIndex> failed) {
  std::vector<std::string> files;
  for (const TriesFile& file : tries_files_of(parts_.folder)) files.push_back(file.path);
  FailedItemsWriter writer(parts_.folder.failed_items());
  while (!failed.empty()) {
    const auto now = failed.first(std::min(failed.size(), failed_at_once));
    failed = failed.subspan(now.size());
    const std::vector<LastOutcome> lasts = history.last.of(now);
    std::vector<Outcome> given_up;
    for (const LastOutcome& last : lasts)
      if (!last.outcome.is_done()) given_up.push_back(last.outcome);
    TryTexts texts(files, given_up);
    for (const LastOutcome& last : lasts) {
      const Outcome& outcome = last.outcome;
      const Failure failure =
          outcome.is_done() ? text_of_short_return(outcome) : text_of_given_up(history, last, texts);
      FailedItem item{outcome.mini_batch, {}, outcome.dequeue_count, failure.category, failure.message};
      for_each_item(parts_.plan.items_of(outcome.mini_batch), [&](std::string_view name) {
        item.item = name;
        writer.add(item);
      });
    }
  }
  writer.finish();
}

}  // namespace prs
