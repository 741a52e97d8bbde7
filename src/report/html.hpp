#pragma once

#include <string>
#include <string_view>

namespace prs {

/// Text of users' files and scripts for an HTML page, between tags or in an attribute in quotes: nothing in it can
/// become markup. Valid UTF-8, without control characters.
std::string html_of(std::string_view text);

/// JSON for a <script> of a page: nothing in it can end the script, or begin a comment there. Still the same JSON.
std::string json_in_html(std::string_view json);

}  // namespace prs
