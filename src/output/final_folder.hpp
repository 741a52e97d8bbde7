#pragma once

#include <functional>
#include <optional>
#include <string>

#include "support/file_stamp.hpp"

namespace prs {

/// The folder of part files that is the output, while its files are made: under a name of its own beside the final one,
/// synced, and then given that one (rule 5.4). Rank 0's; workers make the files in `building_path()`. See FinalFile.
class FinalFolder {
 public:
  /// `path`: the final name. `lease`: the name of this start's lease. Nothing is touched yet.
  FinalFolder(std::string path, const std::string& lease);
  const std::string& path() const { return path_; }
  const std::string& building_path() const { return building_path_; }
  /// Goes on with the folder that an earlier lease began, which gets this lease's name, or makes a new one. What is in
  /// it stays where `is_kept` says so of its path, and else goes.
  void begin(const std::function<bool(const std::string& path)>& is_kept);
  /// Removes what has a dot in front of its name, syncs the names in it, and gives it its own: from now on it is there,
  /// whole. The files were synced by who made them. What has this name already is replaced as FinalFile::finish() says.
  FileStamp finish(const std::optional<FileStamp>& replaceable);
  /// Of earlier leases: their building folders.
  void remove_leftovers() const;

 private:
  void take_over();
  void replace() const;

  std::string path_;
  std::string lease_;
  std::string building_path_;
};

}  // namespace prs
