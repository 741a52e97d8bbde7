#pragma once

#include <optional>
#include <string>
#include <vector>

#include "script/host_process.hpp"
#include "support/clock.hpp"
#include "support/temporary_folder.hpp"

namespace prs {

/// A program that is started for its answer: what it prints on its standard output. It runs below a keeper, like a
/// script, so it is killed with all that it started when its time is up, and when this process dies.
class AskedProgram {
 public:
  /// `command` is at least the program's name. `environment`: "NAME=value", whole. Throws InfrastructureError where
  /// nothing can be started at all.
  AskedProgram(const std::string& keeper_program, std::vector<std::string> command,
               std::vector<std::string> environment, TimePoint until);

  /// Readable when poll() has something to do; −1 when it has ended.
  int fd() const { return process_.status_fd(); }
  /// Never blocks.
  void poll(TimePoint now);
  /// Nothing of its tree is left.
  bool is_over() const { return process_.is_gone(); }
  /// Until it is over, or its time is up.
  void wait();

  /// Its time was up before it ended.
  bool is_late() const { return is_late_; }
  /// How it ended, as waitpid tells; none where it is late, was never started, or its keeper was killed.
  const std::optional<int>& wait_status() const { return process_.wait_status(); }
  const std::optional<KeeperReport>& start_failure() const { return process_.start_failure(); }
  /// The last part of what it printed, and of what it said on its standard error.
  std::string answer() const;
  std::string complaints() const;

  std::string answer_file() const { return folder_.file("answer"); }
  std::string complaints_file() const { return folder_.file("complaints"); }

 private:
  TimePoint until_;
  TemporaryFolder folder_;
  HostProcess process_;
  bool is_late_ = false;
};

}  // namespace prs
