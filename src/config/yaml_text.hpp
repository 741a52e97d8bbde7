#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prs {

/// The place of the first byte that is not valid UTF-8, if there is one.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// A text as one YAML scalar that reads back to the same bytes; `!!binary` where they are not UTF-8.
std::string yaml_scalar(const std::string& text);
/// A list and a mapping of texts, in flow style, on one line.
std::string yaml_list(const std::vector<std::string>& texts);
std::string yaml_mapping(const std::vector<std::pair<std::string, std::string>>& texts);
std::string yaml_mapping(const std::map<std::string, std::string>& texts);
/// The shortest text that reads back to the same number.
std::string yaml_number(double number);

/// A text for a message: in single quotes, one line, control and broken bytes as \xNN, cut where it is long.
std::string in_quotes(std::string_view text);
/// With A to Z in lower case.
std::string lower_case(std::string text);
/// "a, b or c"
std::string joined(const std::vector<std::string>& words, const std::string& last_separator = ", ");

}  // namespace prs
