#pragma once

#include <string>
#include <string_view>

namespace prs {

/// Any bytes as UTF-8 text: each byte as the character of that number (Latin-1). JSON holds text alone, and paths,
/// arguments and headers may have any byte; Python makes the bytes of it again.
std::string latin1(std::string_view bytes);

}  // namespace prs
