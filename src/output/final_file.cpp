#include "output/final_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// Takes the room on the disk before anything is copied, so that a full disk is met at once and not after an hour.
/// Where the file system cannot, the file only gets its size.
void take_room(int fd, std::uint64_t bytes, const std::string& path) {
  int status = 0;
  if (bytes > 0) {
    do status = ::fallocate(fd, 0, 0, static_cast<off_t>(bytes));
    while (status != 0 && errno == EINTR);
  }
  if (status != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    const int error = errno;
    ::unlink(path.c_str());  // it may have taken all that there was
    throw system_error("no room for the " + std::to_string(bytes) + " bytes of the output", path, error);
  }
  if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw system_error("cannot set the size of", path, errno);
}

std::string folder_of(const std::string& path) {
  return std::filesystem::absolute(path).parent_path().string();
}

}  // namespace

FinalFile::FinalFile(std::string path) : path_(std::move(path)) {
  const std::filesystem::path final_path(path_);
  building_path_ = final_path.parent_path() / ("." + final_path.filename().string() + ".building");
}

void FinalFile::begin(std::uint64_t total_bytes, const std::string& header) {
  PRS_INVARIANT(header.size() <= total_bytes);
  // A new file, not the old one emptied: whoever still holds that one open writes where nobody reads.
  if (::unlink(building_path_.c_str()) != 0 && errno != ENOENT)
    throw system_error("cannot remove the leftover", building_path_, errno);
  const UniqueFd fd = open_file(building_path_, O_WRONLY | O_CREAT | O_EXCL);
  take_room(fd.get(), total_bytes, building_path_);
  pwrite_all(fd.get(), header, 0, building_path_);
  sync_file(fd.get(), building_path_);
  sync_folder(folder_of(path_));
}

void FinalFile::finish() {
  sync_file(open_file(building_path_, O_WRONLY).get(), building_path_);
  if (::rename(building_path_.c_str(), path_.c_str()) != 0) throw system_error("cannot rename to", path_, errno);
  sync_folder(folder_of(path_));
}

}  // namespace prs
