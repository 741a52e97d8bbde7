#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs::testing {

using CsvRecord = std::vector<std::string>;

/// RFC 4180 to the letter, line breaks "\n" or "\r\n"; nothing when the text is not that.
inline std::optional<std::vector<CsvRecord>> parse_csv(std::string_view text) {
  std::vector<CsvRecord> records;
  CsvRecord record;
  std::size_t at = 0;
  while (at < text.size()) {
    std::string field;
    if (text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size()) return std::nullopt;
        if (text[at] == '"') {
          if (at + 1 >= text.size() || text[at + 1] != '"') break;
          ++at;
        }
        field += text[at];
      }
      ++at;
    } else {
      while (at < text.size() && text[at] != ',' && text[at] != '\n' && text[at] != '\r') {
        if (text[at] == '"') return std::nullopt;
        field += text[at++];
      }
    }
    record.push_back(std::move(field));
    if (at >= text.size()) return std::nullopt;  // the last line has its line break too
    if (text[at] == ',') {
      ++at;
      if (at == text.size() || text[at] == '\n') {
        record.emplace_back();
      } else {
        continue;
      }
    }
    if (at < text.size() && text[at] == '\r') ++at;
    if (at >= text.size() || text[at] != '\n') return std::nullopt;
    ++at;
    records.push_back(std::move(record));
    record.clear();
  }
  return records;
}

}  // namespace prs::testing
