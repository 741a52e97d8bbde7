#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/errors.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// Something came to the output's name that may not be replaced.
InfrastructureError foreign_output(const std::string& path);
/// How the output is once it has its name; throws InfrastructureError where it has vanished.
FileStamp expect_named(const std::string& path, const std::optional<FileStamp>& stamp);

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
  std::string path_;
  std::string building_path_;
  std::uint64_t lease_number_ = 0;
};

}  // namespace prs
