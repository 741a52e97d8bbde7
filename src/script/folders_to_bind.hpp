#pragma once

#include <string>
#include <vector>

namespace prs {

/// The folders that a container must be given so that it sees these absolute paths, now and when what is missing has
/// been made. A path that is not there, a pattern too, stands for its nearest folder that is; a file for its folder.
/// Each is there, none twice, and none below another. Reads the file system, changes nothing. Throws UserError where
/// only a folder would do that an image has itself (/, /opt, …): bound, it would hide the image's own.
std::vector<std::string> folders_to_bind(const std::vector<std::string>& paths);

}  // namespace prs
