#include "report/error_report.hpp"

#include <algorithm>
#include <string_view>

#include "report/printable.hpp"
#include "support/humane.hpp"

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

std::string short_returns_text(const BesideTries& beside) {
  return "ShortReturn: run() returned fewer rows than items (" +
         counted(beside.short_mini_batches, "mini-batch", "mini-batches") + ", " +
         counted(beside.short_items, "item", "items") + ")";
}

}  // namespace

std::string failure_line(const Failure& failure, std::size_t most_bytes) {
  if (failure.message.empty()) return one_line(failure.category, most_bytes);
  if (failure.category.empty() || failure.message.starts_with(failure.category + ":"))
    return one_line(failure.message, most_bytes);
  return one_line(failure.category + ": " + failure.message, most_bytes);
}

std::vector<std::string> frequent_causes(const ErrorCatalog& errors, std::size_t most, const BesideTries& beside) {
  std::vector<std::string> causes;
  bool has_short_returns = beside.short_mini_batches == 0;
  for (const std::uint32_t error : errors.most_frequent(most)) {
    if (!has_short_returns && beside.short_mini_batches > errors.count_of(error)) {
      causes.push_back(short_returns_text(beside));
      has_short_returns = true;
    }
    causes.push_back(failure_line(errors.text_of(error)) + (errors.has_other_texts(error) ? " and alike (" : " (") +
                     tries(errors.count_of(error)) + ")");
  }
  if (!has_short_returns) causes.push_back(short_returns_text(beside));
  causes.resize(std::min(causes.size(), most));
  return causes;
}

std::string job_error_text(const ErrorCatalog& errors, const BesideTries& beside) {
  std::string text;
  if (beside.init_failure) {
    text += "init() failed; the first failure for which a worker gave up:\n  " +
            failure_line(*beside.init_failure, 2000) + "\n";
    append_indented(text, printable_lines(beside.init_failure->detail));
    text += "\n";
  }
  if (beside.short_mini_batches > 0)
    text += short_returns_text(beside) +
            "\n    Such a mini-batch is done and not tried again; failed_items.csv lists its items.\n\n";
  const std::vector<std::uint32_t> kinds = errors.most_frequent(ErrorCatalog::most_kinds + 1);
  if (kinds.empty()) return text + (text.empty() ? "No try failed: there are no script errors.\n" : "No try failed.\n");
  std::uint64_t failed_tries = 0;
  for (const std::uint32_t error : kinds) failed_tries += errors.count_of(error);
  text += counted(failed_tries, "failed try", "failed tries") + ", " +
          counted(kinds.size(), "kind of error", "kinds of errors") + ", most frequent first.\n" +
          "Texts that differ only in numbers, addresses, paths or quoted text are of one kind; shown is the "
          "first of each; failed_items.csv and processed_mini-batches.csv have each try's own.\n";
  std::size_t place = 0;
  for (const std::uint32_t error : kinds) {
    const Failure& failure = errors.text_of(error);
    text += "\n" + std::to_string(++place) + ". " + tries(errors.count_of(error)) +
            (errors.has_other_texts(error) ? ", first: " : ": ") + failure_line(failure, 2000) + "\n";
    append_indented(text, printable_lines(failure.detail));
  }
  return text;
}

}  // namespace prs
