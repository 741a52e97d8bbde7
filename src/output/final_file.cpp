#include "output/final_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "model/run_folder.hpp"
#include "support/new_name.hpp"
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
  if (status != 0 && !is_unsupported(errno)) {
    const int error = errno;
    ::unlink(path.c_str());  // it may have taken all that there was
    throw system_error("no room for the " + std::to_string(bytes) + " bytes of the output", path, error);
  }
  if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw system_error("cannot set the size of", path, errno);
}

std::string folder_of(const std::string& path) {
  return std::filesystem::absolute(path).parent_path().string();
}

/// What cannot be read is no beginning of ours, either: the file is then made anew.
bool begins_with(const std::string& path, const std::string& text) {
  std::string beginning(text.size(), '\0');
  try {
    return pread_some(open_file(path, O_RDONLY).get(), beginning, 0, path) == text.size() && beginning == text;
  } catch (const InfrastructureError&) {
    return false;
  }
}

}  // namespace

InfrastructureError foreign_output(const std::string& path) {
  return InfrastructureError(path +
                             " came there during the run, or was changed, and is not what this run wrote: move it "
                             "away; the same command goes on");
}

FileStamp expect_named(const std::string& path, const std::optional<FileStamp>& stamp) {
  if (!stamp) throw InfrastructureError(path + ": it vanished as soon as it was there");
  return *stamp;
}

FinalFile::FinalFile(std::string path, const std::string& lease)
    : path_(std::move(path)),
      building_path_(prs::building_path(path_, lease)),
      lease_number_(number_of_lease_name(lease)) {}

void FinalFile::remove_leftovers() const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(path_), error)) {
    const std::string name = entry.path().filename().string();
    const auto lease = lease_of_building(name, path_);
    if (!lease) continue;
    const std::uint64_t number = number_of_lease_name(*lease);
    if (number > 0 && number < lease_number_) std::filesystem::remove(entry.path(), error);
  }
}

std::optional<std::string> FinalFile::find_begun(const std::vector<std::string>& leases, std::uint64_t total_bytes,
                                                 const std::string& header) const {
  for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease) {
    std::string path = prs::building_path(path_, *lease);
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    // With a second name it is the output already, and whoever has that in hands may have changed it.
    const bool is_begun = S_ISREG(status.st_mode) && status.st_nlink == 1 &&
                          static_cast<std::uint64_t>(status.st_size) == total_bytes && begins_with(path, header);
    return is_begun ? std::optional(std::move(path)) : std::nullopt;
  }
  return std::nullopt;
}

bool FinalFile::take_over(const std::string& begun) {
  if (begun != building_path_ && ::rename(begun.c_str(), building_path_.c_str()) != 0) {
    if (errno == ENOENT) return false;
    throw system_error("cannot rename", begun, errno);
  }
  sync_folder(folder_of(path_));
  remove_leftovers();
  return true;
}

void FinalFile::begin(std::uint64_t total_bytes, const std::string& header) {
  PRS_INVARIANT(header.size() <= total_bytes);
  remove_leftovers();
  const UniqueFd fd = open_anew(building_path_);
  take_room(fd.get(), total_bytes, building_path_);
  pwrite_all(fd.get(), header, 0, building_path_);
  sync_file(fd.get(), building_path_);
  sync_folder(folder_of(path_));
}

FileStamp FinalFile::finish(const std::optional<FileStamp>& replaceable) {
  sync_file(open_file(building_path_, O_WRONLY).get(), building_path_);
  // A plain rename would replace in silence what came there meanwhile.
  if (!rename_to_free_name(building_path_, path_)) {
    const auto there = stamp_of(path_);
    if (there && !(replaceable && there->has_bytes_of(*replaceable))) throw foreign_output(path_);
    // It is this run's own earlier file.
    if (::rename(building_path_.c_str(), path_.c_str()) != 0) throw system_error("cannot rename to", path_, errno);
  }
  sync_folder(folder_of(path_));
  return expect_named(path_, stamp_of(path_));
}

}  // namespace prs
