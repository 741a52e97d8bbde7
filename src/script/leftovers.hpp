#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "script/orphans.hpp"
#include "support/clock.hpp"

namespace prs {

/// The variable that marks the processes of a job: "/ID" of its launcher, behind those of the jobs that it runs inside.
inline constexpr const char* job_variable = "PRS_JOB";

/// What a killed mpirun leaves to this process, its launcher, which is a subreaper and so becomes their parent: ranks,
/// which end by themselves within a second or two and until then hold the run folder; keepers; what scripts left. Ours
/// is what carries the job's mark in its environment. No other child is touched: it may be from before this process was
/// prs_mpi (exec), or any daemon of a container whose first process this is. What empties its own environment and
/// outlives both its rank and its keeper is not known as ours.
class Leftovers {
 public:
  struct Options {
    Duration patience = std::chrono::seconds(10);         ///< before what is left is killed
    Duration last_patience = std::chrono::seconds(10);    ///< before what is killed is left: it may hang in the kernel
    Duration unknown_patience = std::chrono::seconds(5);  ///< with one that is ending and shows no mark any more
    std::function<void(pid_t)> kill;                      ///< by default SIGKILL
  };
  Leftovers(std::string job, Options options);

  enum class Hurry { none, kill_now, leave_now };
  /// Waits until none is left. `hurry` is asked now and then. Returns those that did not end though they were killed,
  /// "process 77 (prs_mpi)"; they are not waited for another time.
  std::vector<std::string> clear(const std::function<Hurry()>& hurry);

 private:
  struct Look {
    std::vector<Orphans::Child> living;   ///< ours
    std::vector<Orphans::Child> unknown;  ///< ending, and no longer showing whose they are: their children may be ours
    bool is_settled = false;              ///< nothing else of ours can have been overlooked
  };
  Look look();
  bool has_mark(pid_t process) const;

  std::string job_;
  Options options_;
  std::vector<Orphans::Child> ours_;      ///< not reaped yet
  std::vector<Orphans::Child> given_up_;  ///< not looked at any more
  std::vector<Orphans::Child> before_;    ///< all children at the last look
};

}  // namespace prs
