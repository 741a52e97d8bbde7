#include "farm/job_report_files.hpp"

#include <map>

#include "cluster/world.hpp"
#include "ledger/outcome_pass.hpp"
#include "output/run_folder_contents.hpp"
#include "report/report.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// All rows of the files that can be understood.
void for_each_row(const std::vector<TriesFile>& files, const std::function<void(const Outcome&)>& on_row) {
  for (const TriesFile& file : files)
    read_whole_lines(file.path, [&](std::string_view lines, std::uint64_t) {
      while (!lines.empty())
        if (const auto line = take_try_line(lines)) on_row(line->outcome);
    });
}

/// What the ledger knows of a try. Who ran it is told by the part that its rows are in, where there are any.
TryRow row_of(const SegmentHeader& start, const Outcome& outcome, const Failure* failure, const Plan& plan) {
  TryRow row;
  row.outcome = outcome;
  row.is_measured = false;
  const std::uint32_t part = outcome.stretch.part;
  if (part >= start.first_part && part > 0)
    row.process = World::process_name(static_cast<int>(part - start.first_part) + 1);
  if (failure != nullptr) {
    row.error_category = failure->category;
    row.error_message = failure->message;
  }
  name_items(row, plan.items_of(outcome.mini_batch));
  return row;
}

/// `nodes`: of the parts.
void add_missing_rows(JobReport& report, std::span<const RunLedger> ledgers, const Plan& plan,
                      const std::vector<TriesFile>& files, const std::map<std::uint32_t, std::string>& nodes) {
  std::uint32_t parts_before = 0;  // of the outcome that is reported
  const auto for_each_outcome = [&](const auto& on_outcome) {
    for (const RunLedger& ledger : ledgers) {
      parts_before = ledger.parts_before;
      read_outcomes([&](std::uint32_t start) { return ledger.folder.ledger(start); }, ledger.segment_bytes,
                    ledger.fingerprint, plan.mini_batch_count(), on_outcome);
    }
  };
  MissingTries missing(plan.mini_batch_count());
  for_each_row(files, [&](const Outcome& row) { missing.count_row(row); });
  for_each_outcome(
      [&](const SegmentHeader&, const Outcome& outcome, const Failure*) { missing.count_outcome(outcome); });
  for_each_row(files, [&](const Outcome& row) { missing.note_row(row); });
  for_each_outcome([&](const SegmentHeader& start, const Outcome& outcome, const Failure* failure) {
    if (!missing.is_missing(outcome)) return;
    const auto node = nodes.find(parts_before + outcome.stretch.part);
    report.add_row(row_of(start, outcome, failure, plan), node == nodes.end() ? "" : node->second);
  });
}

}  // namespace

TryFigures write_job_report(std::span<const RunLedger> ledgers, const Plan& plan, const History& history,
                            const std::function<void()>& before_each) {
  const RunFolder& folder = ledgers.back().folder;
  const std::vector<TriesFile> files = tries_files_of(ledgers);
  JobReport report(folder.processed_mini_batches());
  std::map<std::uint32_t, std::string> nodes;                                                           // of the parts
  const std::uint32_t part_after_own = ledgers.size() > 1 ? ledgers.front().parts_before : UINT32_MAX;  // slices follow
  for (const TriesFile& file : files) {
    const bool is_of_this_start = file.part >= history.next_part && file.part < part_after_own;
    if (const auto head = report.add_file(file.path, is_of_this_start)) nodes[file.part] = head->node;
  }
  // Of a first start that ends here nothing is missing where the numbers are equal.
  if (ledgers.size() > 1 || history.starts() > 1 || report.rows() != history.outcomes)
    add_missing_rows(report, ledgers, plan, files, nodes);
  before_each();
  report.finish();
  before_each();
  write_file_atomically(folder.process_summary(), report.summaries().process_table());
  before_each();
  write_file_atomically(folder.node_summary(), report.summaries().node_table());
  return report.figures();
}

}  // namespace prs
