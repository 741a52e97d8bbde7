#pragma once

#include <vector>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "farm/disk_work.hpp"
#include "farm/master.hpp"
#include "farm/page_refresh.hpp"
#include "farm/slices.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/run_lease.hpp"
#include "report/report.hpp"

namespace prs {

/// All that people read once a start is over: result, errors, failed items, tries. Counts nothing anew: the ledger and
/// the master say it.
class RunReports {
 public:
  struct Parts {
    const RunConfig& config;
    const Plan& plan;
    const RunFolder& folder;
    RunLease& lease;
    Master& master;
    DiskWork& disk;
    ProgressReporter& progress;
    PageRefresh& page;
    StatusFile& status_file;
    TimePoint begun;
    const JoinedSlices* joined = nullptr;  ///< of a join alone
  };
  explicit RunReports(const Parts& parts) : parts_(parts) {}

  /// Fills in what `result` does not know yet, and writes all. Throws InfrastructureError.
  void write(const History& history, RunResult& result);

 private:
  /// Mini-batches whose run() returned more rows than items (rule 4.4).
  struct MoreRows {
    std::uint64_t mini_batches = 0;
    Outcome first;
    void add(const Outcome& outcome);
  };
  struct Counts {
    Totals totals;
    MoreRows more_rows;
    std::vector<MiniBatchIndex> failed;  ///< of which some items failed for good, in order
  };
  Counts count(const History& history);
  void fill_in(RunResult& result, const Totals& totals, const BesideTries& beside) const;
  void add_warnings(RunResult& result, const MoreRows& more_rows) const;
  void name_causes(RunResult& result, const BesideTries& beside) const;
  /// Adds what is learnt from the tries to `figures` and `result`, before that is written.
  void write_files(const History& history, const std::vector<MiniBatchIndex>& failed, const std::string& errors,
                   AdviceFigures& figures, RunResult& result);
  /// All but the tries.
  AdviceFigures figures_of(const Progress& progress) const;

  Parts parts_;
};

}  // namespace prs
