#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "farm/master.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/assembly.hpp"
#include "output/final_file.hpp"
#include "report/report.hpp"

namespace prs {

/// Rank 0 from the first hand-out to the last line: farms, has the rows put together from what the ledger says, farms
/// again what turned out damaged, and writes down how it ended. All decisions come from the verdict, the dispatcher and
/// the ledger.
class Closing {
 public:
  struct Parts {
    const RunConfig& config;
    const Plan& plan;
    const RunFolder& folder;
    RunLease& lease;
    Master& master;
    ProgressReporter& progress;
    TimePoint begun;
    std::vector<std::string> warnings;
    /// Ends the job where it stands: a disk hangs, and is not waited for any more. Does not come back.
    std::function<void(ExitStatus)> leave_at_once;
    std::optional<FileStamp> earlier_output;  ///< this run's own: it may be replaced
  };
  explicit Closing(Parts parts);
  ExitStatus run();

 private:
  /// How the run stands after one farm; none: damaged rows run again.
  std::optional<ExitStatus> settle();
  History read_ledger();
  /// What may have to wait for a disk; does not come back where that hangs and is not waited for any more.
  void aside(const std::string& what, const std::function<void()>& work);
  /// All records so far are on the disk.
  void sync_ledger();
  [[noreturn]] void leave_at_once();
  void check_tallies(const Tally& ledger) const;
  std::string header_line(const History& history) const;
  /// Puts the output file together; the mini-batches whose rows are damaged.
  std::vector<MiniBatchIndex> assemble(const History& history, const AssemblyLayout& layout);
  /// The output of an earlier start is what this one would write.
  bool is_output_there(const History& history, const AssemblyLayout& layout) const;
  bool can_go_on_with(const History::Building& building, const AssemblyLayout& layout) const;
  /// Begins the file, or goes on with one that an earlier start began: what of it is written.
  ByteRanges begin_building(const History& history, const AssemblyLayout& layout);
  void finish_file(std::uint64_t total_bytes, std::uint64_t layout);
  void run_again(const std::vector<MiniBatchIndex>& damaged, const History& history);
  void record_finished();
  void write_reports(const History& history);
  /// `failed`: of which some items failed for good, in order.
  void write_failed_items(const History& history, std::span<const MiniBatchIndex> failed);
  void report();
  void heed_lost_lease();
  void release();
  void say_last_line() const;
  ExitStatus fail(ExitStatus status, const std::string& cause, const std::string& look_into);

  Parts parts_;
  FinalFile file_;
  RunResult result_;
  bool is_limit_passed_before_ = false;  ///< by what earlier starts left
};

}  // namespace prs
