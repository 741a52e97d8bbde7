#include "output/lease_chain.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {

namespace fs = std::filesystem;

double file_seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::uint64_t highest_lease(const LeaseFolder& folder) {
  std::uint64_t highest = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder.path, error), end; !error && entry != end; entry.increment(error))
    highest = std::max(highest, LeaseFolder::number_of(entry->path().filename().string()).value_or(0));
  if (error && error != std::errc::no_such_file_or_directory)
    throw system_error("cannot list", folder.path, error.value());
  return highest;
}

std::optional<Lease> read_lease(const std::string& path, double now_seconds) {
  UniqueFd fd;
  do fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  while (!fd && errno == EINTR);
  if (!fd && (errno == ENOENT || errno == ESTALE)) return std::nullopt;
  if (!fd) throw system_error("cannot open", path, errno);
  struct stat stat {};
  if (::fstat(fd.get(), &stat) != 0) {
    if (errno == ESTALE) return std::nullopt;
    throw system_error("cannot look at", path, errno);
  }
  std::string bytes(static_cast<std::size_t>(stat.st_size), '\0');
  bytes.resize(pread_some(fd.get(), bytes, 0, path));
  Lease lease = parse_lease(bytes);
  lease.age_seconds = now_seconds - file_seconds(stat.st_mtim);
  return lease;
}

LeaseWatch LeaseWatcher::look(const Lease& lease) {
  const std::string nonce = lease.holder ? lease.holder->nonce : "";
  const TimePoint now = Clock::now();
  if (lease.number != number_ || nonce != nonce_) {
    number_ = lease.number;
    nonce_ = nonce;
    bytes_ = lease.bytes;
    since_ = now;
    is_said_ = false;
  }
  return {lease.bytes > bytes_, std::chrono::duration<double>(now - since_).count()};
}

bool LeaseWatcher::is_first() {
  return !std::exchange(is_said_, true);
}

}  // namespace prs
