#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "script/script_settings.hpp"

namespace prs {

RowFormat row_format_of(const std::string& file_name) {
  const std::size_t dot = file_name.rfind('.');
  std::string ending = dot == std::string::npos ? std::string() : file_name.substr(dot);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  struct Known {
    std::string_view ending;
    RowFormat format;
  };
  constexpr std::array<Known, 3> known = {
      {{".csv", RowFormat::csv}, {".tsv", RowFormat::tsv}, {".jsonl", RowFormat::jsonl}}};
  for (const Known& entry : known)
    if (entry.ending == ending) return entry.format;
  return RowFormat::text;
}

}  // namespace prs
