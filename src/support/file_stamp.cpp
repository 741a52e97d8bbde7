#include "support/file_stamp.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "support/errors.hpp"

namespace prs {
namespace {

std::int64_t nanoseconds_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds_of(status.st_mtim),
          nanoseconds_of(status.st_ctim)};
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0) return stamp_of(status);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error("cannot look at", path, errno);
}

std::optional<FileStamp> stamp_with_files(const std::string& path) {
  std::optional<FileStamp> stamp = stamp_of(path);
  std::error_code error;
  if (!stamp || !std::filesystem::is_directory(path, error)) return stamp;
  stamp->length_bytes = 0;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const auto file = stamp_of(entry->path().string());
    if (!file) continue;  // it has gone meanwhile
    if (!entry->path().filename().string().starts_with('.')) stamp->length_bytes += file->length_bytes;
    stamp->modified_nanoseconds = std::max(stamp->modified_nanoseconds, file->modified_nanoseconds);
    stamp->changed_nanoseconds = std::max(stamp->changed_nanoseconds, file->changed_nanoseconds);
  }
  if (error) throw system_error("cannot list", path, error.value());
  return stamp;
}

FileStamp stamp_of(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw system_error("cannot look at", path, errno);
  return stamp_of(status);
}

}  // namespace prs
