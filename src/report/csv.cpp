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

namespace {

/// A field in quotes, its first one taken already; what follows its last one stays in `line`. False: there is none.
bool take_quoted(std::string_view& line, std::string& field) {
  for (;;) {
    const std::size_t quote = line.find('"');
    if (quote == std::string_view::npos) return false;
    field.append(line.substr(0, quote));
    line.remove_prefix(quote + 1);
    if (!line.starts_with('"')) return true;
    field += '"';
    line.remove_prefix(1);
  }
}

}  // namespace

bool split_csv_line(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  for (;;) {
    std::string& field = fields.emplace_back();
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      if (!take_quoted(line, field)) return false;
    } else {
      field = line.substr(0, line.find(','));
      if (field.find('"') != std::string::npos) return false;
      line.remove_prefix(field.size());
    }
    if (line.empty()) return true;
    if (line.front() != ',') return false;
    line.remove_prefix(1);
  }
}

}  // namespace prs
