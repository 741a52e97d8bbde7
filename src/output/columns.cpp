#include "output/columns.hpp"

#include <algorithm>

namespace prs {
namespace {

constexpr std::size_t shown_bytes = 300;

/// A header for a message: without its line end, and of a long one the bytes around `at`.
std::string shown(std::string_view header, std::size_t at) {
  while (header.ends_with('\n') || header.ends_with('\r')) header.remove_suffix(1);
  if (header.size() <= shown_bytes) return "[" + std::string(header) + "]";
  std::size_t begin = std::min(at, header.size());
  begin -= std::min<std::size_t>(begin, 100);
  std::string text = begin > 0 ? "[... " : "[";
  text += header.substr(begin, shown_bytes);
  text += begin + shown_bytes < header.size() ? " ...]" : "]";
  return text;
}

}  // namespace

std::optional<Failure> ColumnSettlement::check(std::string_view header) {
  if (header.empty() || header == settled_) return std::nullopt;
  if (header.size() > longest_header_bytes)
    return Failure{std::string(column_mismatch_category),
                   "the header line of the DataFrame that run() returned has " + std::to_string(header.size()) +
                       " bytes, the most is " + std::to_string(longest_header_bytes) +
                       "; return fewer columns: " + shown(header, 0),
                   {}};
  if (settled_.empty()) {
    settled_ = header;
    return std::nullopt;
  }
  const auto differs = std::ranges::mismatch(header, settled_).in1 - header.begin();
  return Failure{std::string(column_mismatch_category),
                 "run() returned a DataFrame with the columns " + shown(header, static_cast<std::size_t>(differs)) +
                     ", but the run's first DataFrame settled them as " +
                     shown(settled_, static_cast<std::size_t>(differs)) +
                     "; return the same columns in the same order from every run()",
                 {}};
}

}  // namespace prs
