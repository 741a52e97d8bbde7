#include <algorithm>

#include "report/error_report.hpp"
#include "report/html_table.hpp"
#include "report/page_sections.hpp"
#include "report/page_words.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// One kind of failure, with what helps to mend it.
std::string cause_html(const RunFigures& figures, std::uint32_t error, bool is_open) {
  const ErrorCatalog& errors = figures.tries().errors();
  const NotedTry& example = figures.tries().example_of(error);
  const std::string worker = worker_text(figures.tries(), example.lane);
  std::string body = "<p>" + std::string(errors.has_other_texts(error) ? "First" : "First seen") + " in mini-batch " +
                     std::to_string(example.mini_batch) + ", try " + grouped(example.dequeue_count) +
                     (worker.empty() ? "" : ", by " + html_of(worker)) + ", as " + html_of(name_of(example.status));
  if (!example.first_item.empty()) body += "; its first item is <code>" + html_of(example.first_item) + "</code>";
  body += ".</p>\n<p>To try it alone: <code class=\"command\">" + html_of(command_to_try(figures, example.mini_batch)) +
          "</code></p>\n";
  if (const std::string& traceback = figures.traceback_of(error); !traceback.empty())
    body += "<pre>" + html_of(traceback) + "</pre>\n";
  return html_details(counted(errors.count_of(error), "try", "tries") + ": " +
                          failure_line(errors.text_of(error), 300) +
                          (errors.has_other_texts(error) ? " and alike" : ""),
                      body, is_open);
}

std::string statuses_text(const TriesFigures& tries) {
  std::string text;
  for (std::size_t i = 0; i < try_status_count; ++i) {
    const auto status = static_cast<TryStatus>(i);
    if (const std::uint64_t count = tries.tries_with(status); count > 0 && status != TryStatus::run_done)
      text += (text.empty() ? "" : ", ") + std::string(name_of(status)) + " " + grouped(count);
  }
  return text;
}

std::string percent_text(double percent) {
  return percent < 0 ? "-" : fixed_decimals(percent, 0) + " %";
}

}  // namespace

std::string failures_section(const RunFigures& figures) {
  const TriesFigures& tries = figures.tries();
  const std::uint64_t failed = tries.tries() - tries.tries_with(TryStatus::run_done);
  std::string body;
  if (tries.short_mini_batches() > 0)
    body += "<p>run() returned fewer rows than items for " +
            html_of(counted(tries.short_mini_batches(), "mini-batch", "mini-batches")) + ": " +
            html_of(counted(tries.short_items(), "item", "items")) + " without a row. That is not tried again.</p>\n";
  for (const std::uint32_t error : figures.causes())
    body += cause_html(figures, error, error == figures.causes().front());
  if (body.empty()) return html_section("failures", "Failures", "No try failed.", "");
  const auto& all = tries.errors();
  if (all.most_frequent(figures.causes().size() + 1).size() > figures.causes().size())
    body += "<p>Less frequent causes stand in <code>logs/job_error.txt</code>.</p>\n";
  const std::string line = failed == 0
                               ? std::string()
                               : counted(failed, "try", "tries") + " of " + grouped(tries.tries()) +
                                     " failed: " + statuses_text(tries) + ". By cause, the most frequent first.";
  return html_section("failures", "Failures", line, body);
}

std::string tries_section(const RunFigures& figures) {
  const TriesFigures& tries = figures.tries();
  if (tries.tries() == tries.picks()[0].tries) return {};
  HtmlTable table({{"Try", true}, {"Tries", true}, {"Succeeded", true}, {"Failed", true}});
  for (std::size_t i = 0; i < tries.picks().size(); ++i) {
    const TriesFigures::Pick& pick = tries.picks()[i];
    if (pick.tries == 0) continue;
    const bool is_last = i + 1 == tries.picks().size();
    table.row({grouped(i + 1) + (is_last ? " and later" : ""), grouped(pick.tries), grouped(pick.done),
               grouped(pick.tries - pick.done)});
  }
  const std::uint64_t again = tries.tries() - tries.picks()[0].tries;
  std::uint64_t mended = 0;
  for (std::size_t i = 1; i < tries.picks().size(); ++i) mended += tries.picks()[i].done;
  return html_section("retries", "Retries",
                      counted(again, "try was", "tries were") + " a second or later one; " +
                          counted(mended, "mini-batch", "mini-batches") + " came right by it.",
                      table.text());
}

std::string nodes_section(const RunFigures& figures) {
  if (figures.usages().nodes().empty()) return {};
  constexpr std::size_t most_rows = 400;
  HtmlTable table({{"Node"},
                   {"Highest CPU", true},
                   {"Most memory used", true},
                   {"Memory", true},
                   {"Most of one worker", true},
                   {"Worker"}});
  std::size_t rows = 0;
  bool has_lines = false;
  for (const auto& [name, node] : figures.usages().nodes()) {
    has_lines = has_lines || node.points.size() > 1;
    if (rows++ < most_rows)
      table.row({html_of(name), percent_text(node.highest_cpu_percent), humane_bytes(node.most_used_bytes),
                 humane_bytes(node.memory_bytes), humane_bytes(node.most_worker_bytes), html_of(node.most_worker)});
  }
  const std::string charts = "<div class=\"pair\">" + html_chart("cpu-chart", "CPU of each node, % of all cores") +
                             html_chart("memory-chart", "Memory in use on each node, GiB") + "</div>";
  return html_section("nodes", "CPU and memory",
                      "Of whole nodes, as sampled every resource_monitor_interval; logs/sys/perf has all samples.",
                      (has_lines ? charts : std::string()) + table.text());
}

std::string profile_section(const RunFigures& figures) {
  const HotFunctions& hot = figures.hot_functions();
  if (hot.functions.empty()) return {};
  HtmlTable table({{"Function"}, {"Place"}, {"Calls", true}, {"Own time", true}, {"With what it calls", true}});
  for (const HotFunction& function : hot.functions)
    table.row({"<code>" + html_of(function.name) + "</code>", "<code>" + html_of(function.place) + "</code>",
               grouped(function.calls), html_of(fine_duration(static_cast<std::uint64_t>(function.own_seconds * 1e6))),
               html_of(fine_duration(static_cast<std::uint64_t>(function.seconds * 1e6)))});
  return html_section("profile", "Hottest functions",
                      "Summed over " + counted(hot.profiles, "profile", "profiles") +
                          (hot.is_part ? ", there are more" : "") +
                          ". Time of its own is without what a function calls.",
                      table.text());
}

std::string config_section(const RunFigures& figures) {
  if (figures.config().empty()) return {};
  constexpr std::size_t most_bytes = 128 << 10;  // inputs may be long lists
  std::string config = figures.config().substr(0, most_bytes);
  if (config.size() < figures.config().size()) config += "\n... logs/sys/config.yaml has the rest";
  return html_section("configuration", "Configuration", "As it was understood, with defaults filled in.",
                      html_details("Show", "<pre>" + html_of(config) + "</pre>\n"));
}

}  // namespace prs
