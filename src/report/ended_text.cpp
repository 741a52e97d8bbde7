#include "report/ended_text.hpp"

#include <algorithm>
#include <array>

#include "support/trimmed.hpp"

namespace prs {
namespace {

constexpr std::array<std::string_view, 5> headings = {"Most frequent causes", "Warnings", "Advice", "Where to look",
                                                      "Next step"};

/// The value of "name   value", where that is the name.
std::string value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with("  ")) return {};
  return std::string(trimmed(line.substr(name.size()), " "));
}

void add_line(EndedText& text, std::string_view heading, std::string_view line) {
  if (heading == "Warnings") {
    text.warnings.emplace_back(trimmed(line, " "));
  } else if (heading == "Advice") {
    text.advice.emplace_back(trimmed(line, " "));
  } else if (heading == "Next step") {
    if (text.next_step.empty()) text.next_step = trimmed(line, " ");
  } else if (heading.empty()) {
    const auto take = [line](std::string& into, std::string_view name) {
      if (into.empty()) into = value_of(line, name);
    };
    take(text.name, "Run");
    take(text.description, "Description");
    take(text.ended, "Ended");
    take(text.why, "Why");
    take(text.rows, "Rows");
    take(text.items, "Items");
  }
}

}  // namespace

EndedText ended_text_of(std::string_view job_result) {
  EndedText text;
  std::string_view heading;
  while (!job_result.empty()) {
    const std::string_view line = job_result.substr(0, job_result.find('\n'));
    job_result.remove_prefix(std::min(line.size() + 1, job_result.size()));
    const bool is_heading = std::find(headings.begin(), headings.end(), line) != headings.end();
    if (is_heading)
      heading = line;
    else if (!line.empty())
      add_line(text, heading, line);
  }
  return text;
}

}  // namespace prs
