#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataset/record_scanner.hpp"
#include "dataset/text_encoding.hpp"

namespace prs {

/// Whether a text in UTF-8 may begin inside a quoted field that a line break cut: its first quote opens no field.
bool may_begin_in_quotes(std::string_view text, char delimiter);

/// Where no line break may stand in quotes: the place in a file of the quoted field that an earlier line opens, and
/// that is still open at the line that begins at `line`. It looks at the nearest line with a quote, as far as 64 KiB
/// before. Throws PieceError.
std::optional<std::uint64_t> open_quote_before(const std::string& path, std::uint64_t line, const TextLayout& layout,
                                               const RecordRules& rules);

}  // namespace prs
