#pragma once

#include <string>
#include <vector>

#include "dataset/folder_entry.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// A folder opened name by name from "/" down, so that the whole path may be longer than PATH_MAX, and which folders
/// lie above it.
struct FolderChain {
  UniqueFd fd;                 ///< O_PATH: for openat and fstatat, not for listing
  std::vector<FolderId> ids;   ///< of "/" … of the folder itself
  std::size_t opened_end = 0;  ///< so many characters of the path could be opened
  int error = 0;               ///< errno of the part that follows `opened_end`; 0: the whole path stands
};

/// `path`: absolute and normal. Throws only InfrastructureError, where no descriptor is to be had.
FolderChain open_chain(const std::string& path);

/// Opens a folder for listing. −1 and errno where it can't be; throws InfrastructureError where no descriptor is to be
/// had.
int open_folder_at(int folder_fd, const char* name);

}  // namespace prs
