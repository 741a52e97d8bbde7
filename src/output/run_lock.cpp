#include "output/run_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string owner_text() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return "process " + std::to_string(::getpid()) + " on " + host + ", since " + time;
}

}  // namespace

RunLock::RunLock(const std::string& path) : fd_(open_file(path, O_RDWR | O_CREAT)) {
  // A lock of the open file, not of the process: it goes over network file systems, and no other close() releases it.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd_.get(), F_OFD_SETLK, &whole) != 0) {
    if (errno == EAGAIN || errno == EACCES)
      throw UserError("another job works in this run folder (" + read_file(path) +
                      "): wait for its end, stop it, or choose another `output`; the lock is " + path);
    throw system_error("cannot lock", path, errno);
  }
  if (::ftruncate(fd_.get(), 0) != 0) throw system_error("cannot write", path, errno);
  pwrite_all(fd_.get(), owner_text(), 0, path);
}

}  // namespace prs
