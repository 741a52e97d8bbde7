/// How fast is the text of a table gone through: its records counted, as the loader and the count of quotes do it?
/// Three texts of 64 MiB in memory, beside memchr over the same bytes.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "dataset/record_transition.hpp"
#include "support/clock.hpp"

namespace {

constexpr std::size_t text_bytes = 64 << 20, step_bytes = 256 << 10;

std::string text_of(std::string_view line) {
  std::string text;
  while (text.size() < text_bytes) text += line;
  return text;
}

/// GB a second; the best of five, since other work on the machine only takes away.
template <typename Work>
double rate_of(const std::string& text, Work work) {
  double best = 0;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const auto start = prs::Clock::now();
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(step_bytes, rest.size())))
      work(rest.substr(0, step_bytes));
    best = std::max(best, static_cast<double>(text.size()) / 1e9 / prs::seconds_of(prs::Clock::now() - start));
  }
  return best;
}

void measure(const char* name, std::string_view line) {
  const std::string text = text_of(line);
  const prs::RecordRules lines, multi_line{.has_line_breaks_in_quotes = true};
  prs::RecordScanner scanner(lines), multi_line_scanner(multi_line);
  prs::RecordTransition transition;
  volatile bool is_found = false;
  std::printf("%-22s %8.2f %8.2f %8.2f %8.2f\n", name,
              rate_of(text, [&](std::string_view step) { is_found = std::memchr(step.data(), 1, step.size()); }),
              rate_of(text, [&](std::string_view step) { scanner.scan(step); }),
              rate_of(text, [&](std::string_view step) { multi_line_scanner.scan(step); }),
              rate_of(text, [&](std::string_view step) { transition.extend(multi_line, step); }));
}

}  // namespace

int main() {
  std::printf("%-22s %8s %8s %8s %8s   GB/s\n", "", "memchr", "lines", "quotes", "states");
  measure("no quotes", "12345,3.14159,some text here,2024-01-01,7\n");
  measure("no quotes, \\r\\n", "12345,3.14159,some text here,2024-01-01,7\r\n");
  measure("every text in quotes", "12345,3.14159,\"some, text here\",\"2024-01-01\",7\n");
  return 0;
}
