#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "report/html.hpp"

namespace prs {

/// A table of a page. Cells are HTML already: html_of() makes it of text.
class HtmlTable {
 public:
  struct Column {
    std::string_view name;
    bool is_number = false;
  };
  HtmlTable(std::initializer_list<Column> columns) : columns_(columns) {}
  void row(const std::vector<std::string>& cells);
  bool is_empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::string rows_;
};

/// A section with a heading and a line below it, which may be empty.
std::string html_section(std::string_view id, std::string_view heading, std::string_view line, std::string_view body);
/// Where a script draws; nothing is seen of it without scripts. `label` says what there is to see.
std::string html_chart(std::string_view id, std::string_view label, std::string_view class_name = "chart");
/// What is shown on demand.
std::string html_details(std::string_view summary, std::string_view body, bool is_open = false);

}  // namespace prs
