#include "dataset/open_quote.hpp"

#include <algorithm>

#include "dataset/text_source.hpp"

namespace prs {
namespace {

constexpr std::uint64_t most_bytes_before = 64 << 10;
constexpr std::string_view line_ends = "\r\n";

/// The code units of a file in [begin, end), one byte each.
std::string units_of(const std::string& path, std::uint64_t begin, std::uint64_t end, const TextLayout& layout) {
  std::string bytes(end - begin, '\0');
  bytes.resize(open_plain(path, begin)->read(bytes));
  bytes.resize(bytes.size() - bytes.size() % layout.unit_bytes);
  if (layout.unit_bytes == 1) return bytes;
  std::string units;
  narrow(layout, bytes, units);
  return units;
}

}  // namespace

bool may_begin_in_quotes(std::string_view text, char delimiter) {
  const std::size_t quote = text.find('"');
  if (quote == text.npos || quote == 0) return false;
  return text[quote - 1] != delimiter && line_ends.find(text[quote - 1]) == line_ends.npos;
}

std::optional<std::uint64_t> open_quote_before(const std::string& path, std::uint64_t line, const TextLayout& layout,
                                               const RecordRules& rules) {
  const std::uint64_t most = std::min(most_bytes_before, line - layout.mark_bytes);
  const std::string units = units_of(path, line - most, line, layout);
  const std::size_t quote = units.rfind('"');
  if (quote == units.npos) return std::nullopt;
  const std::size_t end_before = units.find_last_of(line_ends, quote);
  if (end_before == units.npos && line - most > layout.mark_bytes) return std::nullopt;  // the line begins further back
  const std::size_t begin = end_before == units.npos ? 0 : end_before + 1;
  RecordScanner scanner(rules);
  scanner.scan(std::string_view(units).substr(begin));
  if (!scanner.broken_quote()) return std::nullopt;
  return line - most + (begin + *scanner.broken_quote()) * layout.unit_bytes;
}

}  // namespace prs
