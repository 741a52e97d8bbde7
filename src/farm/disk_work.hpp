#pragma once

#include <functional>
#include <string>

#include "farm/master.hpp"
#include "model/run_folder.hpp"
#include "support/errors.hpp"

namespace prs {

/// What rank 0 does that may have to wait for a disk: it goes on beside the master's loop. Where a disk hangs and is
/// not waited for any more, neither call comes back: the job ends where it stands.
class DiskWork {
 public:
  /// `leave_at_once` ends the process, and does not come back.
  DiskWork(Master& master, const RunFolder& folder, std::function<void(ExitStatus)> leave_at_once)
      : master_(master), folder_(folder), leave_at_once_(std::move(leave_at_once)) {}

  /// `what`: "writing the reports", for people. Throws what `work` throws. `on_ending`: called now and then once the
  /// run is to end early.
  void aside(const std::string& what, const std::function<void()>& work, const std::function<void()>& on_ending = {});
  /// All records so far are on the disk.
  void sync_ledger();

 private:
  [[noreturn]] void leave();

  Master& master_;
  const RunFolder& folder_;
  std::function<void(ExitStatus)> leave_at_once_;
};

}  // namespace prs
