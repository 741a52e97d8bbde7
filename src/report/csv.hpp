#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// Appends one field as RFC 4180 has it: quoted only where it must be. Every byte survives, line breaks and bytes that
/// are no UTF-8 too.
void append_csv_field(std::string& csv, std::string_view field);

/// The same, always in quotes.
void append_quoted_csv_field(std::string& csv, std::string_view field);

/// Takes apart one record as the above write it, without its line break; false where it is not whole.
bool split_csv_line(std::string_view line, std::vector<std::string>& fields);

/// The number that is all of a field; none: it is something else.
template <typename Number>
std::optional<Number> number_in(const std::string& field) {
  Number number{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  return error == std::errc() && end == field.data() + field.size() ? std::optional(number) : std::nullopt;
}

}  // namespace prs
