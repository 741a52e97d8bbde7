#include "report/csv.hpp"

namespace prs {

void append_quoted_csv_field(std::string& csv, std::string_view field) {
  csv += '"';
  for (;;) {
    const std::size_t quote = field.find('"');
    if (quote == std::string_view::npos) break;
    csv.append(field.substr(0, quote + 1));
    csv += '"';
    field.remove_prefix(quote + 1);
  }
  csv.append(field);
  csv += '"';
}

void append_csv_field(std::string& csv, std::string_view field) {
  for (const char c : field)
    if (c == ',' || c == '"' || c == '\n' || c == '\r') return append_quoted_csv_field(csv, field);
  csv.append(field);
}

}  // namespace prs
