#include <algorithm>

#include "report/error_report.hpp"
#include "report/page_words.hpp"
#include "report/printable.hpp"
#include "report/run_page.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_slowest = 5, most_causes = 5, most_line_bytes = 200;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string efficiency_text(const TimeSpent& spent) {
  std::string text;
  for (const NamedTime& part : parts_of(spent))
    text += (text.empty() ? "" : ", ") + std::string(part.name) + " " + part_text(part.seconds, spent.total);
  return text;
}

std::string slowest_text(const TriesFigures& tries) {
  std::string text;
  std::size_t shown = 0;
  for (const NotedTry& noted : tries.slowest()) {
    if (shown++ == most_slowest) break;
    text += "  " + padded(fine_duration(noted.run_microseconds), 12) + "mini-batch " +
            one_line(std::to_string(noted.mini_batch) + ", try " + std::to_string(noted.dequeue_count) + ", " +
                         std::string(name_of(noted.status)) + ", " + noted.first_item,
                     most_line_bytes) +
            "\n";
  }
  return text.empty() ? text : "\nSlowest mini-batches\n" + text;
}

std::string causes_text(const RunFigures& figures) {
  const ErrorCatalog& errors = figures.tries().errors();
  std::string text;
  std::size_t shown = 0;
  for (const std::uint32_t error : figures.causes()) {
    if (shown++ == most_causes) break;
    text += "  " + padded(counted(errors.count_of(error), "try", "tries"), 12) +
            failure_line(errors.text_of(error), most_line_bytes) + "\n              " +
            command_to_try(figures, figures.tries().example_of(error).mini_batch) + "\n";
  }
  return text.empty() ? text : "\nFailures by cause, and how to try one\n" + text;
}

std::string hot_text(const HotFunctions& hot) {
  std::string text;
  for (const HotFunction& function : hot.functions)
    text += "  " + padded(fine_duration(static_cast<std::uint64_t>(function.own_seconds * 1e6)), 12) +
            padded(counted(function.calls, "call", "calls"), 16) +
            one_line(function.name + "  " + function.place, most_line_bytes) + "\n";
  return text.empty() ? text : "\nHottest functions, by time of their own\n" + text;
}

}  // namespace

std::string run_summary(const RunFigures& figures) {
  const TriesFigures& tries = figures.tries();
  const RunTimes& times = tries.run_times();
  std::string text = one_line(title_of(figures), most_line_bytes) + ": " + std::string(word_of(state_of(figures))) +
                     ". " + one_line(outcome_sentence(figures), 4 * most_line_bytes) + "\n";
  // The overview, which has the counts above, is written less often than the tries are: until a run has ended.
  const std::string_view later = !figures.ended().has_ended() ? " (read later than the counts above)" : "";
  text += "tries          " + grouped(tries.tries()) + std::string(later) + ", of them again " +
          grouped(tries.tries() - tries.picks()[0].tries) + ", failed " +
          grouped(tries.tries() - tries.tries_with(TryStatus::run_done)) + "\n";
  if (times.count() > 0)
    text += "run()          median " + fine_duration(times.quantile(0.5)) + ", p95 " +
            fine_duration(times.quantile(0.95)) + ", longest " + fine_duration(times.longest()) + "\n";
  if (const TimeSpent spent = figures.time_spent(); spent.total > 0)
    text += "worker time    " + efficiency_text(spent) + "\n";
  for (const std::string& advice : figures.ended().advice)
    text += "advice         " + one_line(advice, 4 * most_line_bytes) + "\n";
  return text + slowest_text(tries) + causes_text(figures) + hot_text(figures.hot_functions());
}

}  // namespace prs
