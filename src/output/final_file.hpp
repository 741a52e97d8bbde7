#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/file_stamp.hpp"

namespace prs {

/// The one output file while it is put together: written under a name of its own beside the final one, synced, and then
/// given that one (rule 5.4). Rank 0's; the writers only write into `building_path()`.
class FinalFile {
 public:
  /// `path`: the final name. `lease`: the name of this start's lease, so that an older job which wakes up has another
  /// building file. Nothing is touched yet.
  FinalFile(std::string path, const std::string& lease);
  const std::string& path() const { return path_; }
  const std::string& building_path() const { return building_path_; }
  /// The file that an earlier lease, or this one, began to build: the last one that is there of those with the names of
  /// these leases. None where it has not this size and this text at its beginning.
  std::optional<std::string> find_begun(const std::vector<std::string>& leases, std::uint64_t total_bytes,
                                        const std::string& header) const;
  /// Goes on with that file, which gets this lease's name; false where somebody has taken it away.
  bool take_over(const std::string& begun);
  /// Makes a new file to build in, of this size, with this text at its beginning; removes those of earlier leases.
  void begin(std::uint64_t total_bytes, const std::string& header);
  /// Syncs and gives it its name: from now on it is there, whole. A file that has this name already is replaced only
  /// where it is `replaceable` (this run's earlier file, which was looked at) and unchanged; else throws
  /// InfrastructureError.
  FileStamp finish(const std::optional<FileStamp>& replaceable = std::nullopt);
  /// Of earlier leases: their building files.
  void remove_leftovers() const;

 private:
  std::string building_path_of(const std::string& lease) const;

  std::string path_;
  std::string building_path_;
  std::uint64_t lease_number_ = 0;
};

/// All that a run folder contains, by name: made and parsed here only (rule 9.2).
struct RunFolder {
  std::string path;

  std::string hidden() const { return path + "/.prs"; }
  std::string ledger(std::uint32_t start) const { return hidden() + "/ledger/" + std::to_string(start) + ".ledger"; }
  std::string part(std::uint32_t part) const { return hidden() + "/parts/" + std::to_string(part) + ".rows"; }
  std::string tries(std::uint32_t part) const { return hidden() + "/tries/" + std::to_string(part) + ".csv"; }
  /// Of one start: a script of an older job that wakes up works elsewhere.
  std::string working(const std::string& lease, const std::string& process) const {
    return hidden() + "/working/" + lease + "/" + process;
  }
  std::string lease() const { return hidden() + "/lease"; }
  std::string identity() const { return hidden() + "/run.json"; }
  std::string failed_items() const { return path + "/failed_items.csv"; }
  std::string logs() const { return path + "/logs"; }
  std::string job_result() const { return logs() + "/job_result.txt"; }
  std::string job_error() const { return logs() + "/job_error.txt"; }
  std::string progress_overview(const std::string& time) const {
    return logs() + "/job_progress_overview." + time + ".txt";
  }
  std::string user_stdout(const std::string& node, const std::string& process) const {
    return logs() + "/user/stdout/" + node + "/" + process + ".stdout.txt";
  }
  std::string user_stderr(const std::string& node, const std::string& process) const {
    return logs() + "/user/stderr/" + node + "/" + process + ".stderr.txt";
  }
  std::string user_error(const std::string& node, const std::string& process) const {
    return logs() + "/user/error/" + node + "/" + process + ".txt";
  }
  std::string entry_script_log(const std::string& node, const std::string& process) const {
    return logs() + "/user/entry_script_log/" + node + "/" + process + ".log.txt";
  }
  std::string master_log() const { return logs() + "/sys/master_role.txt"; }
  std::string worker_log(const std::string& node, const std::string& process) const {
    return logs() + "/sys/node/" + node + "/" + process + ".txt";
  }
  std::string job_report() const { return logs() + "/sys/job_report"; }
  std::string processed_mini_batches() const { return job_report() + "/processed_mini-batches.csv"; }
  std::string process_summary() const { return job_report() + "/process_summary.csv"; }
  std::string node_summary() const { return job_report() + "/node_summary.csv"; }
  std::string performance(const std::string& node) const { return logs() + "/sys/perf/" + node; }
};

}  // namespace prs
