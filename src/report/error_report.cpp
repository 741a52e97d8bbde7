#include "report/error_report.hpp"

#include <string_view>

#include "report/humane.hpp"
#include "report/printable.hpp"

namespace prs {
namespace {

void append_indented(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out.append("    ").append(line);
    out += '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string tries(std::uint64_t count) {
  return counted(count, "try", "tries");
}

}  // namespace

std::string failure_line(const Failure& failure, std::size_t most_bytes) {
  if (failure.message.empty()) return one_line(failure.category, most_bytes);
  if (failure.category.empty() || failure.message.starts_with(failure.category + ":"))
    return one_line(failure.message, most_bytes);
  return one_line(failure.category + ": " + failure.message, most_bytes);
}

std::vector<std::string> frequent_causes(const ErrorCatalog& errors, std::size_t most) {
  std::vector<std::string> causes;
  for (const std::uint32_t error : errors.most_frequent(most))
    causes.push_back(failure_line(errors.text_of(error)) + " (" + tries(errors.count_of(error)) + ")");
  return causes;
}

std::string job_error_text(const ErrorCatalog& errors) {
  const std::vector<std::uint32_t> kinds = errors.most_frequent(ErrorCatalog::most_kinds + 1);
  if (kinds.empty()) return "No try failed: there are no script errors.\n";
  std::uint64_t failed_tries = 0;
  for (const std::uint32_t error : kinds) failed_tries += errors.count_of(error);
  std::string text = counted(failed_tries, "failed try", "failed tries") + ", " +
                     counted(kinds.size(), "kind of error", "kinds of errors") + ", most frequent first.\n" +
                     "Texts that differ only in numbers, addresses, paths or quoted text are of one kind; shown is the "
                     "first of each.\n";
  std::size_t place = 0;
  for (const std::uint32_t error : kinds) {
    const Failure& failure = errors.text_of(error);
    text += "\n" + std::to_string(++place) + ". " + tries(errors.count_of(error)) + ": " + failure_line(failure, 2000) +
            "\n";
    append_indented(text, printable_lines(failure.detail));
  }
  return text;
}

}  // namespace prs
