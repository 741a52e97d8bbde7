#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/run_folder_contents.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// What the slices of a run have left, and what a join makes of it (rule 7.7). A join is a start of the whole run for
/// which everything is done already: its history goes on from those of the slices, and its output, reports and limits
/// are made as those of any run. Rows that were damaged on disk run again in it. Rank 0's.

/// One ledger of a run, with the folder that it is of.
struct RunLedger {
  RunFolder folder;
  std::uint64_t fingerprint = 0;
  std::vector<std::uint64_t> segment_bytes;
  std::uint32_t parts_before = 0;  ///< added to the numbers of its parts
};

struct JoinedSlices {
  std::vector<RunLedger> ledgers;  ///< in the order of the slices, without empty slices
  History history;                 ///< of them all, as it was when the join began
  std::uint64_t fingerprint = 0;   ///< of the plan and of these ledgers: another one once a slice has gone on
};

/// Throws UserError where a slice is missing, not finished, or does not fit the others, with what to do.
std::unique_ptr<JoinedSlices> read_slices(const RunConfig& config, const Plan& plan);

// Of a run's own ledger; `joined` is null where it is no join.
std::uint64_t ledger_fingerprint(const Plan& plan, const JoinedSlices* joined);
History read_ledger_of(const RunFolder& folder, const Plan& plan, const JoinedSlices* joined,
                       std::optional<LedgerPlace> until = std::nullopt);
/// Those of the slices, and at the end the run's own, of which `history` is.
std::vector<RunLedger> ledgers_of(const RunFolder& folder, const Plan& plan, const History& history,
                                  const JoinedSlices* joined);
/// With the numbers that their parts have here.
std::vector<TriesFile> tries_files_of(std::span<const RunLedger> ledgers);

/// The output that an earlier join has made, and nobody has changed since; the slices were others then.
std::optional<FileStamp> find_output_of_earlier_join(const RunFolder& folder, const std::string& output_file);

}  // namespace prs
