#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace prs {

/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none (RFC 3629: no overlong form, no
/// surrogate, nothing above U+10FFFF) or is empty.
std::size_t utf8_character_bytes(std::string_view text);

/// Text from a script or the system as one line of valid UTF-8 that a terminal can't be confused by: runs of line
/// breaks, tabs and blanks become one blank, other control characters and bytes that are no UTF-8 become "\x1b".
/// At most `most_bytes` (3 or more); what is cut ends in "…".
std::string one_line(std::string_view text, std::size_t most_bytes);

/// The same for text of several lines: line breaks, tabs and blanks stay as they are, nothing is cut.
std::string printable_lines(std::string_view text);

}  // namespace prs
