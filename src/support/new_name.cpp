#include "support/new_name.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

enum class Naming { done, taken, swept_away, impossible };

/// `from` has vanished, or its folder was removed and made anew on the file server.
bool is_gone(int error) {
  return error == ENOENT || error == ESTALE;
}

Naming give_name(const std::string& from, const std::string& to, NewNameBy first) {
  if (first == NewNameBy::link) {
    const int status = ::link(from.c_str(), to.c_str());
    const int error = errno;
    // A file server's answer may have got lost, and the client asked twice: then the name is ours all the same.
    if (status == 0 || (error == EEXIST && is_same_file(from, to))) {
      ::unlink(from.c_str());
      return Naming::done;
    }
    if (error == EEXIST) return Naming::taken;
    if (is_gone(error)) return Naming::swept_away;
    if (!is_unsupported(error)) throw system_error("cannot make", to, error);
  }
  if (first != NewNameBy::exclusion) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return Naming::done;
    if (errno == EEXIST) return Naming::taken;
    if (is_gone(errno)) return Naming::swept_away;
    if (!is_unsupported(errno)) throw system_error("cannot make", to, errno);
  }
  return Naming::impossible;
}

/// Writes all of a new file, or leaves none.
void fill(UniqueFd fd, const std::string& path, std::string_view bytes, bool is_synced) {
  try {
    write_all(fd.get(), bytes, path);
    if (is_synced) sync_file(fd.get(), path);
  } catch (...) {
    ::unlink(path.c_str());  // on a full disk it would keep what room there is
    throw;
  }
}

}  // namespace

bool rename_to_free_name(const std::string& from, const std::string& to, NewNameBy first) {
  const Naming naming = give_name(from, to, first);
  if (naming == Naming::swept_away) throw system_error("cannot rename", from, ENOENT);
  if (naming != Naming::impossible) return naming == Naming::done;
  if (is_there(to)) return false;
  if (::rename(from.c_str(), to.c_str()) != 0) throw system_error("cannot rename to", to, errno);
  return true;
}

bool make_new_file(const std::string& path, std::string_view bytes, const std::string& beside, bool is_synced,
                   NewNameBy first) {
  if (is_there(path)) return false;
  fill(open_anew(beside), beside, bytes, is_synced);
  Naming naming = Naming::impossible;
  try {
    naming = give_name(beside, path, first);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
  if (naming == Naming::done) return true;
  ::unlink(beside.c_str());
  if (naming != Naming::impossible) return false;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd && errno == EEXIST) return false;
  if (!fd) throw system_error("cannot make", path, errno);
  fill(std::move(fd), path, bytes, is_synced);
  return true;
}

}  // namespace prs
