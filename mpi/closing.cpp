#include "mpi/closing.hpp"

#include <algorithm>
#include <filesystem>

#include "mpi/host_settings.hpp"
#include "mpi/job_report_files.hpp"
#include "output/assembly.hpp"
#include "report/humane.hpp"
#include "support/checksum.hpp"
#include "support/flat_bytes.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// A share goes to its writer in parts of so many pieces, so that no message grows with the run.
constexpr std::size_t pieces_of_a_part = 1'000'000;

AssemblyShare nth_part(const AssemblyShare& share, std::size_t n) {
  const std::size_t begin = std::min(n * pieces_of_a_part, share.pieces.size());
  const std::size_t end = std::min(begin + pieces_of_a_part, share.pieces.size());
  const auto end_of = [&](std::size_t piece) {
    return share.pieces[piece].final_offset_bytes + share.pieces[piece].stretch.length_bytes;
  };
  AssemblyShare part;
  part.begin_bytes = begin == 0 ? share.begin_bytes : std::max(share.begin_bytes, end_of(begin - 1));
  part.end_bytes = end == share.pieces.size() ? share.end_bytes : std::min(share.end_bytes, end_of(end - 1));
  part.pieces.assign(share.pieces.begin() + static_cast<std::ptrdiff_t>(begin),
                     share.pieces.begin() + static_cast<std::ptrdiff_t>(end));
  return part;
}

bool is_short_return(const Outcome& outcome) {
  return outcome.dequeue_count > 0 && outcome.is_done() && outcome.succeeded < outcome.items;
}

BesideTries beside_tries(const History& history, const Master& master) {
  BesideTries beside;
  beside.init_failure = master.first_init_failure();
  for (const History::Entry& entry : history.entries) {
    if (!is_short_return(entry.outcome)) continue;
    ++beside.short_mini_batches;
    beside.short_items += entry.outcome.items - entry.outcome.succeeded;
  }
  return beside;
}

/// What given-up mini-batches failed with. The worker of a try that rank 0 overruled knows less of it than the ledger.
Failure text_of_given_up(const History& history, const History::Entry& entry, TryTexts& texts) {
  Failure kind{std::string(name_of(entry.outcome.status)), {}, {}};
  if (entry.error != 0) kind = history.errors[entry.error - 1];
  if (kind.category == "ColumnMismatch") return kind;
  if (auto own = texts.text_of(entry.outcome); own && !own->category.empty()) return std::move(*own);
  return kind;
}

}  // namespace

Closing::Closing(Parts parts)
    : parts_(std::move(parts)),
      file_(parts_.folder.path + "/" + parts_.config.parallel.append_row_file_name_or_default(), parts_.lease.name()) {
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
  check_tallies(history);
  if (parts_.config.parallel.output_action == OutputAction::summary_only) {
    finish_file(0, 0, std::nullopt);
    return ExitStatus::completed;
  }
  if (master.rounds().sum().succeeded_items == 0)
    return fail(ExitStatus::failed, "not one item succeeded, so there is no output", parts_.folder.job_error());
  const std::vector<MiniBatchIndex> damaged = assemble(history);
  if (auto status = ended()) return status;
  if (damaged.empty()) return ExitStatus::completed;
  log().warn("the rows of {} mini-batches are damaged on disk; they run again", damaged.size());
  result_.warnings.push_back("the rows of " + std::to_string(damaged.size()) +
                             " mini-batches were found damaged on disk and were made again");
  for (const MiniBatchIndex mini_batch : damaged) master.run_again(history.entries[mini_batch.value].outcome);
  return std::nullopt;
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

/// The collective's last word must be the ledger's own count (SPEC 1.3).
void Closing::check_tallies(const History& history) const {
  const Tally ledger = tally_of(history, parts_.config.parallel.run_max_try_or_default());
  const Tally& reduced = parts_.master.rounds().sum();
  if (ledger == reduced && ledger == parts_.master.dispatcher().tally()) return;
  throw InfrastructureError("internal error: the last tally round counts " +
                            std::to_string(reduced.failed_mini_batches) + " failed mini-batches, " +
                            std::to_string(reduced.failed_items) + " failed items and " + std::to_string(reduced.done) +
                            " done, the ledger " + std::to_string(ledger.failed_mini_batches) + ", " +
                            std::to_string(ledger.failed_items) + " and " + std::to_string(ledger.done));
}

std::vector<MiniBatchIndex> Closing::assemble(const History& history) {
  const std::string header = parts_.config.parallel.append_row_dataframe_header_or_default() ? history.columns : "";
  std::uint64_t total_bytes = 0;
  RunningChecksum all;
  const auto stretch_of = [&](MiniBatchIndex mini_batch) {
    const Outcome& outcome = history.entries[mini_batch.value].outcome;
    if (outcome.dequeue_count == 0 || !outcome.is_done()) return Stretch{};
    all.add(protocol::plain_bytes(outcome.stretch.checksum));
    return outcome.stretch;
  };
  const auto shares = split_assembly(history.entries.size(), stretch_of, header.size(),
                                     std::max(1U, parts_.master.living_workers()), total_bytes);
  aside("making the output's file", [&] {
    parts_.lease.expect_held();
    file_.begin(total_bytes, header);
  });
  const auto share_of = [&](std::size_t index, std::size_t step) {
    const AssemblyShare part = nth_part(shares[index], step);
    return part.pieces.empty() ? std::string() : to_bytes(part);
  };
  auto damaged = parts_.master.assemble(share_of, shares.size());
  if (damaged.empty() && !parts_.master.ending()) finish_file(total_bytes, all.value(), history.finishing);
  return damaged;
}

void Closing::finish_file(std::uint64_t total_bytes, std::uint64_t checksum,
                          const std::optional<History::Finishing>& earlier) {
  parts_.master.begin_finishing();
  aside("looking at its lease", [this] { parts_.lease.expect_held(); });
  parts_.master.ledger().finishing(total_bytes, checksum);
  sync_ledger();
  if (parts_.config.parallel.output_action == OutputAction::append_row) {
    aside("giving the output its name", [&] {
      parts_.lease.expect_held();
      file_.finish(earlier ? std::optional(earlier->length_bytes) : std::nullopt);
    });
    result_.output_file = file_.path();
  }
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
  const BesideTries beside = beside_tries(history, master);
  result_.short_items = beside.short_items;
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
  for (const History::Entry& entry : history.entries)
    if (entry.outcome.dequeue_count > 0 && entry.outcome.is_done()) result_.rows += entry.outcome.rows;
  parts_.progress.finish(result_.progress, Clock::now());
  aside("writing the reports", [&, errors = job_error_text(master.errors(), beside)] {
    parts_.lease.expect_held();
    write_failed_items(history);
    parts_.lease.expect_held();
    write_file_atomically(parts_.folder.job_error(), errors);
    parts_.lease.expect_held();
    write_job_report(parts_.folder, parts_.plan, history, [this] { parts_.lease.expect_held(); });
    parts_.lease.expect_held();
    write_file_atomically(parts_.folder.job_result(), job_result_text(result_));
  });
}

/// What failed for good, ready to be used again (SPEC 5.7): all items of what was given up, and those of a short
/// return, since run() does not tell which of them it left out.
void Closing::write_failed_items(const History& history) {
  const std::uint32_t run_max_try = parts_.config.parallel.run_max_try_or_default();
  const auto is_given_up = [&](const Outcome& outcome) {
    return outcome.dequeue_count > 0 && gives_up(outcome, run_max_try);
  };
  std::vector<Outcome> given_up;
  for (const History::Entry& entry : history.entries)
    if (is_given_up(entry.outcome)) given_up.push_back(entry.outcome);
  std::vector<std::string> files;
  for (const TriesFile& file : tries_files_of(parts_.folder)) files.push_back(file.path);
  TryTexts texts(files, given_up);
  FailedItemsWriter writer(parts_.folder.failed_items());
  for (const History::Entry& entry : history.entries) {
    const Outcome& outcome = entry.outcome;
    Failure failure;
    if (is_short_return(outcome))
      failure = {"ShortReturn",
                 "run() returned " + counted(outcome.rows, "row", "rows") + " for " +
                     counted(outcome.items, "item", "items") + "; which ones failed it does not tell",
                 {}};
    else if (is_given_up(outcome))
      failure = text_of_given_up(history, entry, texts);
    else
      continue;
    FailedItem item{outcome.mini_batch, {}, outcome.dequeue_count, failure.category, failure.message};
    std::string_view paths = parts_.plan.items_of(outcome.mini_batch).paths;
    while (!paths.empty()) {
      const std::size_t end = paths.find('\0');
      item.item = paths.substr(0, end);
      writer.add(item);
      paths.remove_prefix(end + 1);
    }
  }
  writer.finish();
}

}  // namespace prs
