#pragma once

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

}  // namespace prs
