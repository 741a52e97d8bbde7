#include "farm/run_phases.hpp"

#include <cstdio>
#include <filesystem>

#include "farm/host_settings.hpp"
#include "farm/tally_check.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"

namespace prs {

RunPhases::RunPhases(const Parts& parts)
    : parts_(parts),
      disk_(parts.master, parts.folder, parts.leave_at_once),
      output_({parts.config, parts.folder, parts.lease, parts.master, disk_, parts.interpreter, parts.earlier_output}),
      reports_({parts.config, parts.plan, parts.folder, parts.lease, parts.master, disk_, parts.progress, parts.page,
                parts.status_file, parts.begun, parts.joined}),
      result_(parts.status_file.status().result) {
  result_.warnings = parts_.warnings;
  const Dispatcher& queue = parts_.master.dispatcher();
  is_limit_passed_before_ =
      evaluate(queue.tally(), thresholds_of(parts_.config.parallel, parts_.plan.mini_batch_count()),
               queue.all_handed_out())
          .aborts();
}

ExitStatus RunPhases::run() {
  std::optional<ExitStatus> status;
  try {
    do parts_.master.farm();
    while (!(status = settle()));
  } catch (const InfrastructureError& error) {
    status = fail(ExitStatus::infrastructure, error.what(), parts_.folder.master_log());
  }
  result_.status = *status;
  result_.may_start_again = parts_.master.may_start_again();
  result_.output_file = output_.output_file();
  report();
  release();
  say_last_line();
  return result_.status;
}

std::optional<ExitStatus> RunPhases::settle() {
  if (const auto status = early_end()) return status;
  const History history = read_ledger();
  if (const auto status = early_end()) return status;
  AssemblyLayout layout(history.last.mini_batches(), output_.header_line(history));
  const Tally counted = read_outcomes(history, layout);
  if (const auto status = early_end()) return status;
  check_tallies(counted, parts_.master.rounds().sum(), parts_.master.dispatcher().tally());
  if (parts_.config.has_output()) return build_output(history, layout);
  output_.finish(0, 0);
  return ExitStatus::completed;
}

std::optional<ExitStatus> RunPhases::early_end() {
  const auto& ending = parts_.master.ending();
  if (!ending) return std::nullopt;
  return fail(ending->status, ending->cause, ending->look_into);
}

Tally RunPhases::read_outcomes(const History& history, AssemblyLayout& layout) {
  Totals totals;
  disk_.aside("reading the ledger", [&] {
    history.last.for_each([&](const LastOutcome& last) {
      totals.add(last.outcome, parts_.config.parallel.run_max_try);
      if (last.outcome.is_done()) layout.add(last.outcome.mini_batch, last.outcome.stretch);
    });
  });
  return totals.tally;
}

std::optional<ExitStatus> RunPhases::build_output(const History& history, const AssemblyLayout& layout) {
  if (const std::string cause = text_of_missing_output(parts_.master.rounds().sum()); !cause.empty())
    return fail(ExitStatus::failed, cause, parts_.folder.job_error());
  const std::vector<MiniBatchIndex> damaged = output_.assemble(history, layout);
  if (const auto status = early_end()) return status;
  if (damaged.empty()) return ExitStatus::completed;
  run_again(damaged, history);
  return std::nullopt;
}

void RunPhases::run_again(const std::vector<MiniBatchIndex>& damaged, const History& history) {
  log().warn("the rows of {} are damaged on disk, and are made again",
             counted(damaged.size(), "mini-batch", "mini-batches"));
  result_.warnings.push_back("the rows of " + std::to_string(damaged.size()) +
                             " mini-batches were found damaged on disk and were made again");
  for (const LastOutcome& last : history.last.of(damaged)) parts_.master.run_again(last.outcome);
}

ExitStatus RunPhases::fail(ExitStatus status, const std::string& cause, const std::string& look_into) {
  result_.cause = cause;
  result_.look_into = look_into;
  if (!parts_.master.verdict().aborts()) return status;
  result_.verdict = cause;
  if (!is_limit_passed_before_) return status;
  if (parts_.config.slicing.is_join()) {
    result_.cause += " (counted over all slices)";
    return status;
  }
  const bool has_given_up = parts_.master.dispatcher().tally().gave_up > 0;
  result_.cause += std::string(" (counted from earlier starts; ") +
                   (has_given_up ? "--retry-failed gives those mini-batches a new set of tries, or raise the limit)"
                                 : "raise the limit to go on)");
  result_.verdict = result_.cause;
  return status;
}

History RunPhases::read_ledger() {
  History history;
  disk_.aside("reading the ledger", [&] {
    parts_.lease.expect_held();
    history = read_ledger_of(parts_.folder, parts_.plan, parts_.joined);
  });
  return history;
}

/// Without the lease, nothing: what is in the folder is another job's.
void RunPhases::report() {
  try {
    parts_.master.begin_finishing();
    reports_.write(read_ledger(), result_);
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
    disk_.aside("writing how the run ended", [this] { parts_.status_file.finish(result_); });
  }
}

/// From now on there is nothing left to do for another start.
void RunPhases::record_finished() {
  parts_.master.ledger().finished();
  disk_.sync_ledger();
}

/// Nothing may be left that waits for a disk when this start ends: it would be waited for without an ear for signals.
void RunPhases::release() {
  try {
    disk_.sync_ledger();
  } catch (const InfrastructureError&) {
    // It has ended the run, and is said.
  }
  disk_.aside("releasing the run folder", [this] {
    heed_lost_lease();
    parts_.lease.release();
  });
}

/// Whatever else there was to say is the other job's now.
void RunPhases::heed_lost_lease() {
  const auto& loss = parts_.lease.loss();
  if (!loss) return;
  result_.status = ExitStatus::infrastructure;
  result_.cause = *loss;
  result_.look_into.clear();
  if (std::error_code error; !std::filesystem::exists(parts_.folder.job_result(), error)) result_.run_folder.clear();
  result_.frequent_causes.clear();
}

void RunPhases::say_last_line() const {
  std::string warnings;
  for (std::size_t i = parts_.warnings.size(); i < result_.warnings.size() && !parts_.is_quiet; ++i)
    warnings += "prs_mpi: warning: " + result_.warnings[i] + "\n";  // those before were said at the start
  std::fprintf(stderr, "%s%s%s%s\n", frequent_causes_text(result_).c_str(), warnings.c_str(),
               advice_text(result_.advice).c_str(), last_line(result_, parts_.is_coloured).c_str());
}

}  // namespace prs
