#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/advice.hpp"
#include "report/process_summary.hpp"
#include "report/tries_file.hpp"
#include "report/try_rows.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// logs/sys/job_report/ (rule 9.2), made by rank 0 at the end of a start from the workers' own files of all starts, in
/// one pass: processed_mini-batches.csv, and the sums for the two summaries. Holds a block and the sums. The rows keep
/// the order in which a worker's tries ended; who wants another order sorts by the first two columns.
class JobReport {
 public:
  /// Begins processed_mini-batches.csv beside its name, making its folder. This and the rest throw InfrastructureError.
  explicit JobReport(std::string path);
  /// All rows of a worker's file; who wrote it, if it says so.
  std::optional<TriesFileHead> add_file(const std::string& path, bool is_of_this_start = false);
  /// The row of a try that no file tells of. `node` and the row's process are empty where nobody knows them.
  void add_row(const TryRow& row, const std::string& node);
  std::uint64_t rows() const { return rows_; }
  /// Syncs, and gives the file its name.
  void finish();
  const ProcessSummaries& summaries() const { return summaries_; }
  /// Of the files that were added with `is_of_this_start`.
  const TryFigures& figures() const { return figures_; }

 private:
  void add_lines(std::string_view lines);

  /// Whose lines are being added.
  struct Current {
    TrySums* sums = nullptr;
    bool has_head = false;
    bool is_of_this_start = false;
    std::string process, process_started;
  };

  std::string path_;
  UniqueFd file_;
  ProcessSummaries summaries_;
  TryFigures figures_;
  Current current_;
  std::uint64_t rows_ = 0;
};

}  // namespace prs
