#include "support/file_stamp.hpp"

#include <sys/stat.h>

#include <cerrno>

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

FileStamp stamp_of(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw system_error("cannot look at", path, errno);
  return stamp_of(status);
}

}  // namespace prs
