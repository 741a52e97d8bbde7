#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "script/keeper/keeper_protocol.hpp"
#include "script/orphans.hpp"
#include "support/clock.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// What a keeper is told to start.
struct HostOrder {
  std::string keeper_program;
  std::vector<std::string> command;
  std::vector<std::string> environment;  ///< "NAME=value", whole
  std::string working_folder;            ///< of the new process; empty: as it is
  std::string stdout_file, stderr_file;  ///< appended to; empty: /dev/null
  std::vector<int> cores;                ///< empty: as it is
  std::string folder_to_remove;          ///< holds the socket; removed at the end, however it comes
  bool is_foreground = false;            ///< own terminal, no session or process group of its own
};

/// One keeper and the tree of processes below it, seen from the worker. It reports how the host ended; it never decides
/// when. Nothing of the tree outlives this object or its process (rule 7.6), not even when the keeper itself is killed.
class HostProcess {
 public:
  /// Throws InfrastructureError when the keeper itself cannot be started.
  explicit HostProcess(const HostOrder& order);
  ~HostProcess();  ///< kills the tree, and waits a short while for its end
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  /// Reads what the keeper reports. Never blocks.
  void poll();
  /// SIGTERM to the host's process group.
  void terminate();
  /// SIGKILL to the whole tree. It is over when is_gone().
  void kill();

  /// Readable when poll() has something to do; −1 when it has ended.
  int status_fd() const { return status_.get(); }
  pid_t host_pid() const { return host_pid_; }
  bool is_kill_asked() const { return !lifeline_; }
  /// How the host ended, as waitpid tells, once it has.
  const std::optional<int>& wait_status() const { return wait_status_; }
  /// Why the host could not be started, if so: it never ran.
  const std::optional<KeeperReport>& start_failure() const { return start_failure_; }
  /// Nothing of the tree is left.
  bool is_gone() const { return keeper_pid_ < 0 && !has_orphans_; }

 private:
  void accept_report(const KeeperReport& report);
  void reap();
  void clear_orphans();

  Orphans orphans_;
  bool has_orphans_ = false;  ///< the keeper was killed, and what it kept is not all gone
  TimePoint next_clearing_;
  Duration clearing_pause_ = std::chrono::milliseconds(1);
  pid_t keeper_pid_ = -1;
  pid_t host_pid_ = -1;
  UniqueFd lifeline_, status_;
  std::optional<int> wait_status_;
  std::optional<KeeperReport> start_failure_;
};

}  // namespace prs
