#include "cluster/shared_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <thread>

#include "support/flat_bytes.hpp"
#include "support/random_id.hpp"
#include "support/side_work.hpp"
#include "support/unique_fd.hpp"

namespace prs {
namespace {

/// Opened, and not only looked up: then a network file system asks the server whether what it has cached still holds.
/// A device or a pipe is left alone, as opening one may do something.
UniqueFd opened(const std::string& path, struct stat& status) {
  if (::stat(path.c_str(), &status) != 0) return {};
  errno = 0;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return {};
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return fd && ::fstat(fd.get(), &status) == 0 ? std::move(fd) : UniqueFd();
}

bool has_any_entry(int folder) {
  DIR* listing = ::fdopendir(::dup(folder));
  if (listing == nullptr) return false;
  bool is_found = false;
  while (const dirent* entry = is_found ? nullptr : ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    is_found = name != "." && name != "..";
  }
  ::closedir(listing);
  return is_found;
}

Sight sight_of_error(int error) {
  if (error == 0) return Sight::other_kind;
  return error == ENOENT || error == ENOTDIR ? Sight::missing : Sight::unreadable;
}

Sight look_once(const SharedPath& wanted) {
  const bool is_program = wanted.kind == SharedPath::Kind::program;
  if (is_program || wanted.kind == SharedPath::Kind::package)
    return ::access(wanted.path.c_str(), is_program ? X_OK : R_OK) == 0 ? Sight::same : sight_of_error(errno);
  struct stat status {};
  const UniqueFd fd = opened(wanted.path, status);
  if (!fd) return sight_of_error(errno);
  if (wanted.kind == SharedPath::Kind::file) {
    if (!S_ISREG(status.st_mode)) return Sight::other_kind;
    return static_cast<std::uint64_t>(status.st_size) == wanted.size_bytes ? Sight::same : Sight::other_size;
  }
  if (!S_ISDIR(status.st_mode)) return Sight::other_kind;
  if (wanted.has_entries && !has_any_entry(fd.get())) return Sight::empty;
  if (!wanted.mark.empty() && ::fstatat(fd.get(), wanted.mark.c_str(), &status, 0) != 0) return Sight::other_folder;
  return Sight::same;
}

Sight look_patiently(const SharedPath& wanted, TimePoint until) {
  constexpr std::chrono::milliseconds pause{50};
  for (;;) {
    const Sight sight = look_once(wanted);
    if (sight == Sight::same || Clock::now() >= until) return sight;
    struct stat ignored {};
    opened(std::filesystem::path(wanted.path).parent_path().string(), ignored);
    std::this_thread::sleep_for(pause);
  }
}

/// Shared with the thread, which may outlive who waits for it.
struct Looks {
  std::vector<SharedPath> paths;
  std::vector<Sight> sights;
  std::atomic<std::size_t> done{0};
};

std::string own_name() {
  return ".prs_mpi-" + random_id();
}

}  // namespace

FolderMark::FolderMark(const std::string& folder) : folder_(folder), name_(own_name()) {
  if (::mkdir((folder_ + "/" + name_).c_str(), 0700) != 0) name_.clear();
}

FolderMark::~FolderMark() {
  if (!name_.empty()) ::rmdir((folder_ + "/" + name_).c_str());
}

std::optional<SharedPath> shared_path_of(const std::string& what, const std::string& path, bool is_required) {
  SharedPath made;
  made.what = what;
  made.path = path;
  made.is_required = is_required;
  struct stat status {};
  const UniqueFd fd = opened(path, status);
  if (!fd) return {};
  if (S_ISREG(status.st_mode)) {
    made.size_bytes = static_cast<std::uint64_t>(status.st_size);
  } else {
    made.kind = SharedPath::Kind::folder;
    made.has_entries = has_any_entry(fd.get());
  }
  return made;
}

std::string nearest_existing(const std::string& path) {
  std::filesystem::path at = path;
  struct stat status {};
  while (at.has_relative_path() && ::stat(at.c_str(), &status) != 0) at = at.parent_path();
  return at.string();
}

std::vector<Sight> look_at(const std::vector<SharedPath>& paths, const LookLimits& limits) {
  const TimePoint begun = Clock::now();
  const auto looks = std::make_shared<Looks>();
  looks->paths = paths;
  looks->sights.assign(paths.size(), Sight::unknown);
  SideWork work([looks, until = begun + limits.patience] {
    for (std::size_t i = 0; i < looks->paths.size(); ++i) {
      looks->sights[i] = look_patiently(looks->paths[i], until);
      looks->done.store(i + 1, std::memory_order_release);
    }
  });
  for (const TimePoint end = begun + limits.answer; !work.is_over() && Clock::now() < end;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waited{work.wake_fd(), POLLIN, 0};
    ::poll(&waited, 1, static_cast<int>(left) + 1);
  }
  if (work.is_over()) return looks->sights;
  work.abandon();
  const std::size_t done = looks->done.load(std::memory_order_acquire);
  std::vector<Sight> sights(looks->sights.begin(), looks->sights.begin() + static_cast<std::ptrdiff_t>(done));
  sights.resize(paths.size(), Sight::unknown);
  if (done < sights.size()) sights[done] = Sight::hung;
  return sights;
}

std::string to_bytes(const std::vector<SharedPath>& paths) {
  FlatWriter writer;
  writer.put(static_cast<std::uint32_t>(paths.size()));
  for (const SharedPath& path : paths)
    writer.put_text(path.what)
        .put_text(path.path)
        .put(path.kind)
        .put(path.size_bytes)
        .put(path.has_entries)
        .put(path.is_required)
        .put_text(path.mark);
  return std::move(writer.bytes());
}

std::vector<SharedPath> shared_paths_of_bytes(std::string_view bytes) {
  FlatReader reader(bytes);
  constexpr std::size_t least_bytes = 4 + 4 + 1 + 8 + 1 + 1 + 4;
  std::vector<SharedPath> paths(reader.get_count(least_bytes));
  for (SharedPath& path : paths) {
    path.what = reader.get_text();
    path.path = reader.get_text();
    path.kind = reader.get<SharedPath::Kind>();
    path.size_bytes = reader.get<std::uint64_t>();
    path.has_entries = reader.get<bool>();
    path.is_required = reader.get<bool>();
    path.mark = reader.get_text();
  }
  return paths;
}

}  // namespace prs
