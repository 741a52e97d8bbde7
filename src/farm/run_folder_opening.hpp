#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "farm/slices.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/run_lease.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// What the run folder holds when this start begins.
struct OpenedFolder {
  std::unique_ptr<RunLease> lease;  ///< held as long as the run goes on
  RunFolder folder;
  History history;
  std::uint32_t start = 1;
  std::uint32_t first_part = 1;
  bool is_finished = false;              ///< nothing to do: the run was completed by an earlier start
  bool is_retrying_failed = false;       ///< `history` has forgotten what was given up
  std::unique_ptr<JoinedSlices> joined;  ///< of a join alone
  std::optional<FileStamp> output;       ///< the rows file that an earlier start wrote: it may be replaced
};
/// What the command asks for. Where a launcher gives it again, neither is done a second time.
struct HowToOpen {
  bool is_overwriting = false;      ///< what an earlier run left is deleted
  bool is_retrying_failed = false;  ///< what was given up counts as never tried, and a finished run goes on with it
};
/// Makes the run folder, or finds in it a run of the same plan to go on with (rule 7.2), or refuses (rule 5.4).
/// Rank 0's. Throws UserError (exit 2) for a mistake of the user's and InfrastructureError for trouble.
OpenedFolder open_run_folder(const RunConfig& config, const Plan& plan, HowToOpen how);

/// Why a job that its batch system started again should not go on: its last starts, three in a row, were over before
/// anything new was done (rule 7.4). Empty: it should.
std::string text_of_idle_restarts(const OpenedFolder& opened);

}  // namespace prs
