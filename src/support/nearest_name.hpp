#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace prs {

/// The known name with the fewest edits to `name` (Damerau–Levenshtein, case ignored), if it is near enough to be
/// meant.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace prs
