#include "report/html.hpp"

#include "report/printable.hpp"

namespace prs {

std::string html_of(std::string_view text) {
  std::string html;
  for (const char c : printable_lines(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string json_in_html(std::string_view json) {
  std::string text;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&')
      text += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";  // outside strings JSON has none of them
    else
      text += c;
  }
  return text;
}

}  // namespace prs
