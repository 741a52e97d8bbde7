#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "support/unique_fd.hpp"

namespace prs {

/// The file system, or this kernel, cannot do what was asked, whatever the arguments: do without it.
bool is_unsupported(int error_number);
/// Opens close-on-exec; throws InfrastructureError with the path.
UniqueFd open_file(const std::string& path, int flags, unsigned mode = 0666);
/// A new file where there may be an old one: removed, not emptied, so that whoever still holds the old one open writes
/// where nobody reads. Throws InfrastructureError with the path.
UniqueFd open_anew(const std::string& path);
/// Writes all of it, through short writes and EINTR; throws InfrastructureError with the path.
void write_all(int fd, std::string_view bytes, const std::string& path);
void pwrite_all(int fd, std::string_view bytes, std::uint64_t offset_bytes, const std::string& path);
/// Reads up to `buffer.size()` bytes at `offset_bytes`; fewer only at the end of the file. Throws InfrastructureError.
std::size_t pread_some(int fd, std::span<char> buffer, std::uint64_t offset_bytes, const std::string& path);
/// fdatasync; throws InfrastructureError with the path.
void sync_file(int fd, const std::string& path);
/// Makes a rename or a new name in `folder` durable.
void sync_folder(const std::string& folder);
/// A folder and its parents; throws InfrastructureError where one cannot be made.
void make_folders(const std::string& path);
/// The whole file; throws InfrastructureError.
std::string read_file(const std::string& path);
/// Beside it, synced, renamed: the file is there whole or not at all (rule 5.4).
void write_file_atomically(const std::string& path, std::string_view bytes);
/// The same by way of `beside`, a name in the same folder. Nothing is left there.
void write_file_atomically(const std::string& path, std::string_view bytes, const std::string& beside);
/// The system's words for why this user may not make files in a folder; empty: that is allowed.
std::string why_not_writable(const std::string& folder);

/// Deletes it with all that is in it; nothing there is no error. What somebody still holds open some file systems keep
/// under a name of their own (.nfs…, .fuse_hidden…) until it is closed: that stays, with its folder. Throws
/// InfrastructureError.
void remove_tree(const std::string& path);

/// Whether there is room on the disk: writes, syncs and removes a file of that size. Throws InfrastructureError where a
/// disk is full, read-only or broken.
void try_room(const std::string& path, std::size_t bytes);

}  // namespace prs
