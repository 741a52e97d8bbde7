#pragma once

#include <memory>
#include <string>

#include "report/run_status.hpp"
#include "support/side_work.hpp"

namespace prs {

/// `.prs/status.json`: how the run stands, for `prs_mpi status` from another terminal or machine (rule 9.3). Rank 0's.
/// Written beside the main thread and renamed, so that a reader sees the whole of it; never synced, since the ledger is
/// what a run goes by. A disk that hangs or is full costs nothing but this file's news.
class StatusFile {
 public:
  /// `status`: what does not change while the run goes on.
  StatusFile(std::string path, RunStatus status);
  ~StatusFile();
  StatusFile(const StatusFile&) = delete;
  StatusFile& operator=(const StatusFile&) = delete;

  /// Left out while the last one is still being written.
  void publish(const Progress& progress, const Pace& pace);
  /// The last word. It waits for the disk, so the caller is beside the main thread; what cannot be written is left.
  void finish(const RunResult& result);
  /// What all of the run's words have in common.
  const RunStatus& status() const { return status_; }

 private:
  struct File;  ///< the writing thread's too
  std::shared_ptr<File> file_;
  std::unique_ptr<SideWork> work_;
  RunStatus status_;
};

}  // namespace prs
