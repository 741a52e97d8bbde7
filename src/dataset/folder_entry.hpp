#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <functional>
#include <span>

namespace prs {

/// Which folder it is, whatever name leads there.
struct FolderId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FolderId&) const = default;
};
FolderId id_of(const struct stat& status);

/// What an entry of a folder is, symbolic links followed.
enum class EntryKind {
  file,
  folder,
  broken_link,
  special,     ///< socket, pipe or device
  gone,        ///< no longer there
  unreadable,  ///< cannot be told; errno says why
};

/// `type` is what the listing said (DT_…): only a link or an unknown type costs a system call (rule 3.8).
EntryKind kind_of(int folder_fd, const char* name, unsigned char type);

/// Calls `on_entry(name, type)` for each entry of an open folder but `.` and `..`, in the order in which the file
/// system has them. Returns 0 or an errno. `buffer` is working space.
int for_each_entry(int folder_fd, std::span<char> buffer,
                   const std::function<void(const char*, unsigned char)>& on_entry);

}  // namespace prs
