#pragma once

#include <string>
#include <string_view>

namespace prs {

/// What has the name that a page is to get.
enum class PagePlace {
  free,
  page,   ///< one that run_page() has made, also at the end of a link
  other,  ///< another file, or one that cannot be read
  odd,    ///< no file: a folder, a FIFO, a device, a link that leads nowhere
};
PagePlace place_of_page(const std::string& path);

/// Something is there and is no page: it is the user's, and stays.
bool is_foreign_page(const std::string& path);

/// The file of a page, whole or not at all. Several may write one at once: each does so under a name of its own, and
/// the last one stays. A link is followed. Replaces whatever is there. Removes what writers left behind that were
/// killed an hour ago or more. Throws InfrastructureError; nothing is left behind then.
void write_page(const std::string& path, std::string_view text);

}  // namespace prs
