#include "mpi/closing.hpp"

#include <filesystem>

#include "mpi/host_settings.hpp"
#include "output/assembly.hpp"
#include "support/checksum.hpp"
#include "support/flat_bytes.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {

Closing::Closing(Parts parts)
    : parts_(std::move(parts)),
      file_(parts_.folder.path + "/" + parts_.config.parallel.append_row_file_name_or_default()) {
  result_.name = parts_.config.name;
  result_.run_folder = parts_.folder.path;
  result_.warnings = parts_.warnings;
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
  try {
    write_reports(read_ledger());
  } catch (const InfrastructureError& error) {
    // A full disk must not hide why the run ended; what could not be written is said.
    std::fprintf(stderr, "prs_mpi: a report could not be written: %s\n", error.what());
  }
  std::fprintf(stderr, "%s%s\n", frequent_causes_text(result_).c_str(), last_line(result_).c_str());
  return result_.status;
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
  check_tallies(history);
  if (parts_.config.parallel.output_action == OutputAction::summary_only) {
    finish_file(0, 0);
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
  if (parts_.master.rounds().verdict().aborts()) result_.verdict = cause;
  return status;
}

History Closing::read_ledger() const {
  return read_history([this](std::uint32_t start) { return parts_.folder.ledger(start); }, parts_.plan.fingerprint(),
                      parts_.plan.mini_batch_count());
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
  const auto shares = split_assembly(history.entries.size(), stretch_of, header.size(), parts_.workers, total_bytes);
  file_.begin(total_bytes, header);
  std::vector<std::string> messages;
  for (const AssemblyShare& share : shares) messages.push_back(to_bytes(share));
  auto damaged = parts_.master.assemble(messages);
  if (damaged.empty() && !parts_.master.ending()) finish_file(total_bytes, all.value());
  return damaged;
}

void Closing::finish_file(std::uint64_t total_bytes, std::uint64_t checksum) {
  LedgerWriter& ledger = parts_.master.ledger();
  ledger.finishing(total_bytes, checksum);
  ledger.submit();
  parts_.master.io().finish();
  if (const auto failure = parts_.master.io().failure()) throw InfrastructureError(*failure);
  if (parts_.config.parallel.output_action == OutputAction::append_row) {
    file_.finish();
    result_.output_file = file_.path();
  }
  ledger.finished();
  ledger.submit();
  parts_.master.io().finish();
}

void Closing::write_reports(const History& history) {
  const Master& master = parts_.master;
  result_.progress = master.progress();
  result_.tally = master.dispatcher().tally();
  result_.frequent_causes = frequent_causes(master.errors(), 3);
  result_.seconds = seconds_of(Clock::now() - parts_.begun);
  for (const History::Entry& entry : history.entries)
    if (entry.outcome.dequeue_count > 0 && entry.outcome.is_done()) result_.rows += entry.outcome.rows;
  parts_.progress.finish(result_.progress, Clock::now());
  write_failed_items(history);
  write_file_atomically(parts_.folder.job_error(), job_error_text(master.errors()));
  std::vector<std::string> tries;
  for (std::uint32_t part = 1; std::filesystem::exists(parts_.folder.tries(part)); ++part)
    tries.push_back(parts_.folder.tries(part));
  join_try_rows(tries, parts_.folder.processed_mini_batches());
  write_file_atomically(parts_.folder.job_result(), job_result_text(result_));
}

/// What failed for good, ready to be used again (SPEC 5.7): all items of what was given up, and those of a short
/// return, since run() does not tell which of them it left out.
void Closing::write_failed_items(const History& history) {
  FailedItemsWriter writer(parts_.folder.failed_items());
  const std::uint32_t run_max_try = parts_.config.parallel.run_max_try_or_default();
  for (const History::Entry& entry : history.entries) {
    const Outcome& outcome = entry.outcome;
    if (outcome.dequeue_count == 0) continue;
    const bool is_short = outcome.is_done() && outcome.succeeded < outcome.items;
    if (!is_short && !gives_up(outcome, run_max_try)) continue;
    FailedItem item;
    item.mini_batch = outcome.mini_batch;
    item.tries = outcome.dequeue_count;
    const std::string short_text = "run() returned " + std::to_string(outcome.rows) + " rows for " +
                                   std::to_string(outcome.items) + " items; which ones failed it does not tell";
    item.category = is_short ? "ShortReturn" : std::string_view(name_of(outcome.status));
    item.message = short_text;
    if (!is_short) {
      item.message = {};
      if (entry.error != 0) {
        item.category = history.errors[entry.error - 1].category;
        item.message = history.errors[entry.error - 1].message;
      }
    }
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
