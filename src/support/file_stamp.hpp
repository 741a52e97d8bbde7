#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace prs {

/// What tells whether a file is still as it was, without reading it: which file, how long, and when it was changed.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t length_bytes = 0;
  std::int64_t modified_nanoseconds = 0;  ///< of its bytes; whoever changes them can set it back
  std::int64_t changed_nanoseconds = 0;   ///< of anything, its names and rights too; nobody can set it back

  bool operator==(const FileStamp&) const = default;
  /// The same file with the same bytes, unless somebody has set its time back.
  bool has_bytes_of(const FileStamp& other) const {
    return device == other.device && inode == other.inode && length_bytes == other.length_bytes &&
           modified_nanoseconds == other.modified_nanoseconds;
  }
};

/// None: there is no such file. Follows a symbolic link. Throws InfrastructureError.
std::optional<FileStamp> stamp_of(const std::string& path);
/// The same of a folder, with the files in it: the bytes of all of them, and the latest of all times. Of what has a dot
/// in front of its name there are times only. Whatever somebody does to one of the files, some time is another one
/// then.
std::optional<FileStamp> stamp_with_files(const std::string& path);
/// Of an open file; `path` for what is thrown.
FileStamp stamp_of(int fd, const std::string& path);

}  // namespace prs
