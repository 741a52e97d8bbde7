#include "support/posix_io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "support/errors.hpp"

namespace prs {
namespace {

/// The name under which NFS or FUSE keeps a file that was removed and is still open.
bool is_of_open_file(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.starts_with(".nfs") || name.starts_with(".fuse_hidden");
}

/// A file that is still open, or a folder that remove_tree() had to leave for such ones.
bool is_left_over(const std::string& path) {
  std::error_code error;
  return is_of_open_file(path) || std::filesystem::is_directory(std::filesystem::symlink_status(path, error));
}

std::vector<std::string> entries_of(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    paths.push_back(entry->path().string());
  if (error && error != std::errc::no_such_file_or_directory) throw system_error("cannot list", folder, error.value());
  return paths;
}

}  // namespace

UniqueFd open_file(const std::string& path, int flags, unsigned mode) {
  UniqueFd fd;
  do fd.reset(::open(path.c_str(), flags | O_CLOEXEC, mode));
  while (!fd && errno == EINTR);
  if (!fd) throw system_error("cannot open", path, errno);
  return fd;
}

bool is_unsupported(int error_number) {
  switch (error_number) {
    case EOPNOTSUPP:  // ENOTSUP is the same
    case ENOSYS:
    case EINVAL:
    case EPERM:   // link() on vfat and exFAT; a sandbox that does not know a system call
    case EMLINK:  // link() where a file has one name at most
    case EXDEV:
      return true;
    default:
      return false;
  }
}

UniqueFd open_anew(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw system_error("cannot remove the leftover", path, errno);
  return open_file(path, O_WRONLY | O_CREAT | O_EXCL);
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error("cannot write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void pwrite_all(int fd, std::string_view bytes, std::uint64_t offset_bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset_bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error("cannot write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset_bytes += static_cast<std::uint64_t>(written);
  }
}

std::size_t pread_some(int fd, std::span<char> buffer, std::uint64_t offset_bytes, const std::string& path) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got =
        ::pread(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset_bytes + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error("cannot read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void sync_file(int fd, const std::string& path) {
  if (::fdatasync(fd) != 0) throw system_error("cannot sync", path, errno);
}

void sync_folder(const std::string& folder) {
  const UniqueFd fd = open_file(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  // Some network file systems refuse to sync a folder; the rename itself is then as durable as they make it.
  if (::fsync(fd.get()) != 0 && !is_unsupported(errno)) throw system_error("cannot sync", folder, errno);
}

void make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw system_error("cannot make the folder", path, error.value());
}

std::string read_file(const std::string& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  std::string bytes;
  constexpr std::size_t step = 1 << 16;
  for (;;) {
    const std::size_t have = bytes.size();
    bytes.resize(have + step);
    const ssize_t got = ::read(fd.get(), bytes.data() + have, step);
    bytes.resize(have + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error("cannot read", path, errno);
    if (got == 0) return bytes;
  }
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  write_file_atomically(path, bytes, path + ".part");
}

void write_file_atomically(const std::string& path, std::string_view bytes, const std::string& beside) {
  UniqueFd fd = open_anew(beside);
  try {
    write_all(fd.get(), bytes, beside);
    sync_file(fd.get(), beside);
    fd.reset();
    if (::rename(beside.c_str(), path.c_str()) != 0) throw system_error("cannot rename", path, errno);
  } catch (...) {
    ::unlink(beside.c_str());  // on a full disk it would keep what room there is
    throw;
  }
  sync_folder(std::filesystem::path(path).parent_path().string());
}

std::string why_not_writable(const std::string& folder) {
  const int status = ::faccessat(AT_FDCWD, folder.empty() ? "." : folder.c_str(), W_OK | X_OK, AT_EACCESS);
  return status == 0 ? "" : std::strerror(errno);
}

void remove_tree(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    throw system_error("cannot look at", path, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && !is_of_open_file(path))
      throw system_error("cannot delete", path, errno);
    return;
  }
  // Once over what was there: a name that comes back for what is still open would keep a loop going for ever.
  for (const std::string& entry : entries_of(path)) remove_tree(entry);
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return;
  const int error = errno;
  const std::vector<std::string> left = entries_of(path);
  if (left.empty() || !std::all_of(left.begin(), left.end(), is_left_over))
    throw system_error("cannot delete", path, error);
}

void try_room(const std::string& path, std::size_t bytes) {
  UniqueFd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  // Not before it is written: some file systems take nothing into a file that has no name any more.
  const auto remove = [&] {
    fd.reset();
    ::unlink(path.c_str());
  };
  try {
    write_all(fd.get(), std::string(bytes, '\0'), path);
    sync_file(fd.get(), path);
  } catch (...) {
    remove();
    throw;
  }
  remove();
}

}  // namespace prs
