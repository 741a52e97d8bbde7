#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/run_folder.hpp"
#include "output/lease_file.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"
#include "support/io_thread.hpp"
#include "support/new_name.hpp"

namespace prs {

/// The run folder is another job's by now, or gone: this job must not write in it any more.
class LeaseLost : public InfrastructureError {
  using InfrastructureError::InfrastructureError;
};

/// That only one job works in a run folder, on network file systems too (rule 7.5). Rank 0 takes it before the first
/// look into the folder; its own thread renews it until it is released or lost. It never removes or changes a lease
/// that is not lower than its own.
///
/// The folder has a chain of files 1.lease, 2.lease … (lease_file.hpp); the highest one holds. Whoever finds it stale
/// makes the next one, and make_new_file() succeeds for one of all that try.
/// Nothing but mtimes of the same file server are compared, never the clocks of two machines.
///
/// A holder that was stopped for longer than the lease finds a higher file, or its own gone, when it goes on. Between
/// its last look and what it does next it may be stopped again, so what it writes later has names of its own (name()).
class RunLease {
 public:
  struct Options {
    /// Without a sign for longer, a lease is stale; a sixth of it lies between two renewals. The environment variable
    /// PRS_LEASE_SECONDS shortens it for tests; each lease is judged by the length that its holder wrote down.
    std::chrono::duration<double> length = length_of_environment();
    /// Called several times a second while another job's lease is watched; what it throws ends the waiting.
    std::function<void()> between_looks = [] {};
    /// Told once whose lease is being watched, and for how long at most.
    std::function<void(const std::string&)> say = [](const std::string&) {};
    NewNameBy make_by = NewNameBy::link;  ///< else: as on a file system that has no hard links
  };
  /// Takes the lease in this folder (made if need be), at once or after watching that of a job which may be gone.
  /// Throws UserError that names the job which holds it.
  RunLease(std::string folder, const Options& options);
  RunLease(std::string folder, const Options& options, LeaseHolder self);
  ~RunLease();  ///< releases it
  RunLease(const RunLease&) = delete;
  RunLease& operator=(const RunLease&) = delete;

  /// "3-9f3c…": of no other start in this folder, and growing by its number.
  std::string name() const { return lease_name(number_, self_.nonce); }
  /// Why it is lost, once it is; for good. Cheap: asks the thread that renews, and looks itself only after a stall.
  const std::optional<std::string>& loss();
  /// Why it cannot be renewed any more. It is held still, for a while.
  std::optional<std::string> failure() const;
  /// Looks itself, now; throws LeaseLost. Before whatever would harm another job.
  void expect_held();
  /// The next job takes over at once. Nothing may be written in the run folder after it.
  void release();

 private:
  static std::chrono::duration<double> length_of_environment();
  void acquire(const Options& options);
  bool take(std::uint64_t number, NewNameBy by);
  bool make(const std::string& path, NewNameBy by);
  void clear_away();
  void renew();
  void look();

  LeaseFolder folder_;
  LeaseHolder self_;
  std::uint64_t number_ = 0;
  std::unique_ptr<IoThread> io_;  ///< none: released
  IoThread::FileId file_;
  std::optional<std::string> loss_;
  TimePoint last_asked_{};
};

}  // namespace prs
