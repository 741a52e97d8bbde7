#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/clock.hpp"

namespace prs {

/// How a host sees a path, compared with how rank 0's host sees it. Sent as one byte.
enum class Sight : std::uint8_t {
  same,
  missing,
  unreadable,    ///< it stands there, and this user may not use it
  other_kind,    ///< a file here and a folder there
  other_size,    ///< a file of another size
  empty,         ///< an empty folder, as a mount point is where nothing is mounted
  other_folder,  ///< a folder of that name, but not the same one
  hung,          ///< the file system did not answer in time
  unknown,       ///< nobody looked, since one before it hung
};

/// A path that a run needs on each of its hosts, as rank 0's host sees it.
struct SharedPath {
  enum class Kind : std::uint8_t { file, folder, program, package };
  std::string what;  ///< "input 'digits'", for messages
  std::string path;  ///< absolute
  Kind kind = Kind::file;
  std::uint64_t size_bytes = 0;  ///< of a file
  bool has_entries = false;      ///< of a folder
  bool is_required = true;       ///< without it the run cannot be right; else the user is warned
  std::string mark;  ///< of a folder: a name in it that nothing else has; empty: it need not be the same one
};

/// A new, empty folder of a name that nobody else has drawn: whoever sees it sees the same file system. A folder, since
/// no other job takes it for input. It is gone with this object.
class FolderMark {
 public:
  /// Where `folder` cannot be written to there is no mark: whoever needs to write there says so.
  explicit FolderMark(const std::string& folder);
  ~FolderMark();
  FolderMark(const FolderMark&) = delete;
  FolderMark& operator=(const FolderMark&) = delete;
  /// Empty: there is none.
  const std::string& name() const { return name_; }

 private:
  std::string folder_, name_;
};

/// What rank 0 asks one rank of each host. The mark of the run folder lives as long as this.
struct HostsQuestion {
  std::vector<SharedPath> paths;
  std::unique_ptr<FolderMark> mark;
};

/// How this host sees the path. None where there is neither a file nor a folder that it can read.
std::optional<SharedPath> shared_path_of(const std::string& what, const std::string& path, bool is_required = true);
/// The path itself, or the nearest folder above it that is there.
std::string nearest_existing(const std::string& path);

/// How long a difference may be the fault of caches, as network file systems have them; how long a file system has to
/// answer.
struct LookLimits {
  Duration patience = std::chrono::seconds(5);
  Duration answer = std::chrono::seconds(30);
};
/// One for each path. Ends in time also where a file system does not answer: what was to be looked at then stays
/// behind with a thread.
std::vector<Sight> look_at(const std::vector<SharedPath>& paths, const LookLimits& limits);

/// Flat bytes, between ranks of one version.
std::string to_bytes(const std::vector<SharedPath>& paths);
std::vector<SharedPath> shared_paths_of_bytes(std::string_view bytes);

}  // namespace prs
