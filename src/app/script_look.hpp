#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace prs {

/// The line, from 1, of a Python script on which run() prints something for each item, whatever the item is: a print()
/// below a `for` of run()'s that no `if`, `except` or other condition guards. None: there is none, or the text is too
/// unusual to tell. Pure; goes by the text alone, and rather sees nothing than something that is not there.
std::optional<std::size_t> line_that_prints_for_each_item(std::string_view script);

}  // namespace prs
