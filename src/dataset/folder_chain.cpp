#include "dataset/folder_chain.hpp"

#include <fcntl.h>

#include <cerrno>

#include "support/errors.hpp"

namespace prs {
namespace {
/// Not the path's fault: the machine is out of descriptors or memory.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int open_at(int folder_fd, const char* name, int flags) {
  int fd;
  do {
    fd = ::openat(folder_fd, name, flags | O_DIRECTORY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 && is_shortage(errno)) throw system_error("cannot open the folder", name, errno);
  return fd;
}

/// Goes one name down; false: chain.error says why not.
bool step_down(FolderChain& chain, const std::string& name) {
  UniqueFd next(open_at(chain.fd ? chain.fd.get() : AT_FDCWD, name.c_str(), O_PATH));
  struct stat status;
  if (!next || ::fstat(next.get(), &status) != 0) {
    chain.error = errno;
    return false;
  }
  chain.ids.push_back(id_of(status));
  chain.fd = std::move(next);
  return true;
}
}  // namespace

FolderChain open_chain(const std::string& path) {
  FolderChain chain;
  if (!step_down(chain, "/")) return chain;
  std::size_t begin = 1;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (!step_down(chain, path.substr(begin, end - begin))) return chain;
    chain.opened_end = end;
    begin = end + 1;
  }
  return chain;
}

int open_folder_at(int folder_fd, const char* name) {
  return open_at(folder_fd, name, O_RDONLY | O_NONBLOCK);
}

}  // namespace prs
