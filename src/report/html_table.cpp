#include "report/html_table.hpp"

#include <algorithm>

namespace prs {

void HtmlTable::row(const std::vector<std::string>& cells) {
  rows_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    rows_ += std::string(columns_[i].is_number ? "<td class=\"number\">" : "<td>") + cells[i] + "</td>";
  rows_ += "</tr>\n";
}

std::string HtmlTable::text() const {
  std::string head;
  const bool is_narrow =
      std::all_of(columns_.begin(), columns_.end(), [](const Column& column) { return column.is_number; });
  for (const Column& column : columns_)
    head += std::string(column.is_number ? "<th class=\"number\">" : "<th>") + html_of(column.name) + "</th>";
  return std::string("<div class=\"table\"><table") + (is_narrow ? " class=\"narrow\"" : "") + "><thead><tr>" + head +
         "</tr></thead>\n<tbody>\n" + rows_ + "</tbody></table></div>\n";
}

std::string html_section(std::string_view id, std::string_view heading, std::string_view line, std::string_view body) {
  std::string html = "<section id=\"" + std::string(id) + "\">\n<h2>" + html_of(heading) + "</h2>\n";
  if (!line.empty()) html += "<p class=\"lead\">" + html_of(line) + "</p>\n";
  return html.append(body) + "</section>\n";
}

std::string html_chart(std::string_view id, std::string_view label, std::string_view class_name) {
  return "<figure class=\"" + std::string(class_name) + "\" hidden><figcaption>" + html_of(label) +
         "</figcaption><div class=\"canvas\"><canvas id=\"" + std::string(id) + "\" role=\"img\" aria-label=\"" +
         html_of(label) + "\"></canvas></div></figure>\n";
}

std::string html_details(std::string_view summary, std::string_view body, bool is_open) {
  return std::string(is_open ? "<details open>" : "<details>") + "<summary>" + html_of(summary) + "</summary>\n" +
         std::string(body) + "</details>\n";
}

}  // namespace prs
