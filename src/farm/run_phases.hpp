#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "farm/disk_work.hpp"
#include "farm/master.hpp"
#include "farm/output_building.hpp"
#include "farm/run_reports.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "report/report.hpp"

namespace prs {

/// Rank 0 from the first hand-out to the last line: farms, has the rows put together from what the ledger says, farms
/// again what turned out damaged, and has written down how it ended. All decisions come from the verdict, the
/// dispatcher and the ledger.
///
///   farm ──▶ settle ──nothing damaged, or the run failed──▶ report ──▶ release ──▶ last line
///    ▲          │
///    └─ damaged rows
class RunPhases {
 public:
  struct Parts {
    const RunConfig& config;
    const Plan& plan;
    const Interpreter& interpreter;
    const RunFolder& folder;
    RunLease& lease;
    Master& master;
    ProgressReporter& progress;
    PageRefresh& page;
    StatusFile& status_file;
    bool is_coloured;  ///< the last line
    bool is_quiet;     ///< the warnings stand in the run folder alone
    TimePoint begun;
    std::vector<std::string> warnings;
    /// Ends the job where it stands: a disk hangs, and is not waited for any more. Does not come back.
    std::function<void(ExitStatus)> leave_at_once;
    std::optional<FileStamp> earlier_output;  ///< this run's own: it may be replaced
    const JoinedSlices* joined = nullptr;     ///< of a join alone
  };
  explicit RunPhases(const Parts& parts);
  ExitStatus run();

 private:
  /// How the run stands after one farm; none: damaged rows run again.
  std::optional<ExitStatus> settle();
  /// What the ledger says has been reached, with the place of each mini-batch's rows in `layout`.
  Tally read_outcomes(const History& history, AssemblyLayout& layout);
  std::optional<ExitStatus> build_output(const History& history, const AssemblyLayout& layout);
  /// How the run ended, if something ended it early.
  std::optional<ExitStatus> early_end();
  History read_ledger();
  void run_again(const std::vector<MiniBatchIndex>& damaged, const History& history);
  void report();
  void record_finished();
  void heed_lost_lease();
  void release();
  void say_last_line() const;
  ExitStatus fail(ExitStatus status, const std::string& cause, const std::string& look_into);

  Parts parts_;
  DiskWork disk_;
  OutputBuilding output_;
  RunReports reports_;
  RunResult result_;
  bool is_limit_passed_before_ = false;  ///< by what earlier starts left
};

}  // namespace prs
