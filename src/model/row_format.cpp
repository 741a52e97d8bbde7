#include "model/row_format.hpp"

#include <algorithm>
#include <cctype>

namespace prs {
namespace {

bool is_same_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

RowFormat row_format_of(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return RowFormat::text;
  for (const RowFileEnding& known : row_file_endings)
    if (is_same_in_any_case(file_name.substr(dot), known.ending)) return known.format;
  return RowFormat::text;
}

bool has_header_by_default(std::string_view file_name) {
  return std::any_of(row_file_endings.begin(), row_file_endings.end(),
                     [&](const RowFileEnding& known) { return known.has_header && file_name.ends_with(known.ending); });
}

}  // namespace prs
