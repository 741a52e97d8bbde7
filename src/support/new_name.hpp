#pragma once

#include <string>
#include <string_view>

namespace prs {

/// How a name is given that nobody has yet, so that nothing is replaced; a file system that cannot do the one is asked
/// for the next. This is the one place that knows what file systems can do here.
enum class NewNameBy {
  link,       ///< POSIX and NFS; not vfat, exFAT and many FUSE and SMB mounts
  rename,     ///< renameat2(RENAME_NOREPLACE): local ones, vfat and exFAT too, and SMB; not NFS and many FUSE mounts
  exclusion,  ///< O_EXCL, or a look before the rename: everywhere, and with less to rely on, as said below
};

/// Renames a file; false where `to` is taken. Both are in one folder. Throws InfrastructureError.
/// By exclusion, what somebody puts at `to` within the microseconds between look and rename is replaced. To take the
/// name first by an empty file would close that gap, and would show a file that is not complete.
bool rename_to_free_name(const std::string& from, const std::string& to, NewNameBy first = NewNameBy::link);

/// Makes a file with these bytes; false where there is one of this name. Of several that try, one does it. `beside`: a
/// name of the caller's own in the same folder, where the bytes lie until the file gets its name; nothing is left
/// there. False as well where somebody swept that away meanwhile. Throws InfrastructureError. By exclusion others may
/// see the file before its bytes are in it, and a kill in between leaves it so.
bool make_new_file(const std::string& path, std::string_view bytes, const std::string& beside, bool is_synced = true,
                   NewNameBy first = NewNameBy::link);

}  // namespace prs
