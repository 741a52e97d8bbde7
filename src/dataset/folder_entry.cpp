#include "dataset/folder_entry.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace prs {
namespace {
bool is_dot_or_dot_dot(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

EntryKind kind_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::file;
  return S_ISDIR(mode) ? EntryKind::folder : EntryKind::special;
}

/// For an entry that leads nowhere: a link that is there, or nothing any more.
EntryKind kind_without_target(int folder_fd, const char* name) {
  struct stat status;
  if (::fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0) return EntryKind::broken_link;
  const bool is_absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
  return is_absent ? EntryKind::gone : EntryKind::unreadable;
}
}  // namespace

FolderId id_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

EntryKind kind_of(int folder_fd, const char* name, unsigned char type) {
  if (type == DT_REG) return EntryKind::file;
  if (type == DT_DIR) return EntryKind::folder;
  if (type != DT_LNK && type != DT_UNKNOWN) return EntryKind::special;
  struct stat status;
  if (::fstatat(folder_fd, name, &status, 0) == 0) return kind_of_mode(status.st_mode);
  const bool leads_nowhere = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG;
  return leads_nowhere ? kind_without_target(folder_fd, name) : EntryKind::unreadable;
}

int for_each_entry(int folder_fd, std::span<char> buffer,
                   const std::function<void(const char*, unsigned char)>& on_entry) {
  for (;;) {
    const ssize_t length = ::getdents64(folder_fd, buffer.data(), buffer.size());
    if (length == 0) return 0;
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == ENOENT ? 0 : errno;  // ENOENT: the folder was removed meanwhile
    for (ssize_t at = 0; at < length;) {
      const auto* const entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      if (!is_dot_or_dot_dot(entry->d_name)) on_entry(entry->d_name, entry->d_type);
      at += entry->d_reclen;
    }
  }
}

}  // namespace prs
