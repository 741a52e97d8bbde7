#include "farm/run_reports.hpp"

#include <algorithm>
#include <utility>

#include "farm/failed_items_list.hpp"
#include "farm/job_report_files.hpp"
#include "support/humane.hpp"
#include "support/posix_io.hpp"

namespace prs {

void RunReports::write(const History& history, RunResult& result) {
  const Counts counts = count(history);
  const BesideTries beside{counts.totals.short_mini_batches, counts.totals.short_items,
                           parts_.master.first_init_failure()};
  const TimePoint now = Clock::now();
  fill_in(result, counts.totals, beside);
  add_warnings(result, counts.more_rows);
  result.seconds = seconds_of(now - parts_.begun);
  parts_.progress.finish(result.progress, now);
  const std::string errors = job_error_text(parts_.master.errors(), beside);
  AdviceFigures figures = figures_of(result.progress);
  parts_.disk.aside("writing the reports", [&] { write_files(history, counts.failed, errors, figures, result); });
  parts_.disk.sync_ledger();  // and with it the overview, whose last line the page shows
  parts_.disk.aside("writing report.html", [this] {
    parts_.lease.expect_held();
    parts_.page.finish();
  });
}

RunReports::Counts RunReports::count(const History& history) {
  Counts counts;
  const std::uint32_t run_max_try = parts_.config.parallel.run_max_try;
  parts_.disk.aside("reading the ledger", [&] {
    history.last.for_each([&](const LastOutcome& last) {
      counts.totals.add(last.outcome, run_max_try);
      counts.more_rows.add(last.outcome);
      if (is_short_return(last.outcome) || gives_up(last.outcome, run_max_try))
        counts.failed.push_back(last.outcome.mini_batch);
    });
  });
  std::sort(counts.failed.begin(), counts.failed.end());
  return counts;
}

void RunReports::fill_in(RunResult& result, const Totals& totals, const BesideTries& beside) const {
  const Master& master = parts_.master;
  result.progress = master.progress();
  result.tally = master.dispatcher().tally();
  result.short_items = totals.short_items;
  result.rows = totals.rows;
  name_causes(result, beside);
}

void RunReports::MoreRows::add(const Outcome& outcome) {
  if (!outcome.is_done() || outcome.rows <= outcome.items) return;
  if (mini_batches++ == 0 || outcome.mini_batch < first.mini_batch) first = outcome;
}

void RunReports::add_warnings(RunResult& result, const MoreRows& more_rows) const {
  const Master& master = parts_.master;
  if (!master.is_ended_by_loss())
    for (const std::string& lost : master.lost_workers())
      result.warnings.push_back("lost on the way, and done without: " + lost);
  if (more_rows.mini_batches > 0)
    result.warnings.push_back(
        "run() returned more rows than items in " + counted(more_rows.mini_batches, "mini-batch", "mini-batches") +
        "; all are " + (parts_.config.has_output() ? "written" : "counted") + ". The first is mini-batch " +
        std::to_string(more_rows.first.mini_batch.value) + ", with " + counted(more_rows.first.rows, "row", "rows") +
        " for " + counted(more_rows.first.items, "item", "items"));
  if (std::string text = master.crew().failed_shutdowns_text(parts_.folder); !text.empty())
    result.warnings.push_back(std::move(text));
}

void RunReports::name_causes(RunResult& result, const BesideTries& beside) const {
  const Master& master = parts_.master;
  // What earlier starts met is no news once all of it came right.
  const bool is_all_mended = result.status == ExitStatus::completed && result.tally.failed_items == 0;
  if (!is_all_mended || master.errors().added() > 0)
    result.frequent_causes = frequent_causes(master.errors(), 3, beside);
  const Verdict::Limit limit = master.verdict().limit;
  const bool is_by_items = limit == Verdict::Limit::error_threshold || limit == Verdict::Limit::none;
  if (result.look_into == parts_.folder.job_error() && is_by_items &&
      2 * static_cast<std::int64_t>(beside.short_items) > result.tally.failed_items)
    result.look_into = parts_.folder.failed_items();
}

void RunReports::write_files(const History& history, const std::vector<MiniBatchIndex>& failed,
                             const std::string& errors, AdviceFigures& figures, RunResult& result) {
  parts_.lease.expect_held();
  const std::vector<RunLedger> ledgers = ledgers_of(parts_.folder, parts_.plan, history, parts_.joined);
  write_failed_items(ledgers, parts_.plan, history, failed);
  parts_.lease.expect_held();
  write_file_atomically(parts_.folder.job_error(), errors);
  parts_.lease.expect_held();
  figures.tries = write_job_report(ledgers, parts_.plan, history, [this] { parts_.lease.expect_held(); });
  result.advice = advice_of(figures);
  parts_.lease.expect_held();
  write_file_atomically(parts_.folder.job_result(), job_result_text(result));
  parts_.status_file.finish(result);
}

AdviceFigures RunReports::figures_of(const Progress& progress) const {
  const ParallelRunSettings& parallel = parts_.config.parallel;
  const WorkerTime& time = parts_.progress.worker_time();
  AdviceFigures figures;
  figures.ready_seconds = time.ready_seconds();
  figures.idle_at_end_seconds = time.idle_at_end_seconds();
  figures.restart_seconds = time.restart_seconds();
  figures.disk_wait_seconds = seconds_of(parts_.master.disk_wait());
  figures.run_invocation_timeout = parallel.run_invocation_timeout;
  figures.max_batches_per_process = parallel.max_batches_per_process.value_or(0);
  figures.is_all_at_first_try =
      progress.reused == 0 && progress.done == progress.mini_batches && progress.tries == progress.mini_batches;
  figures.can_be_larger = parallel.mini_batch_size.has_value();  // else the keys of the paths split the input
  figures.can_be_smaller = figures.can_be_larger && parallel.mini_batch_size->value > 1;
  return figures;
}

}  // namespace prs
