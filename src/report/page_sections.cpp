#include "report/page_sections.hpp"

#include <algorithm>
#include <set>

#include "report/html_table.hpp"
#include "report/microseconds.hpp"
#include "report/page_words.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_rows = 400;  ///< of a table about workers or nodes

std::string class_of(RunState state) {
  switch (state) {
    case RunState::going_on:
      return "going-on";
    case RunState::completed:
      return "good";
    case RunState::completed_with_flaws:
    case RunState::interrupted:
    case RunState::unknown:
      return "fair";
    case RunState::failed:
      return "bad";
  }
  return "";
}

std::string tile(std::string_view name, const std::string& value, const std::string& more) {
  return "<div class=\"tile\"><dt>" + html_of(name) + "</dt><dd>" + html_of(value) + "<small>" + html_of(more) +
         "</small></dd></div>\n";
}

std::string seconds_text(double seconds) {
  return fine_duration(static_cast<std::uint64_t>(std::max(0.0, seconds) * 1e6));
}

double duration_seconds(const RunFigures& figures) {
  return seconds_of_microseconds(figures.clock().duration());
}

std::string tiles(const RunFigures& figures) {
  const Progress progress = figures.progress();
  const TriesFigures& tries = figures.tries();
  const TimeSpent spent = figures.time_spent();
  const double seconds = duration_seconds(figures);
  const RunTimes& times = tries.run_times();
  std::string html = "<dl class=\"tiles\">\n";
  html += tile("Mini-batches done", grouped(progress.done),
               "of " + grouped(progress.mini_batches) + ", " + humane_percent(progress.done, progress.mini_batches));
  html += tile("Failed items", grouped(progress.failed_items),
               progress.gave_up > 0 ? counted(progress.gave_up, "mini-batch", "mini-batches") + " given up"
                                    : std::string("no mini-batch given up"));
  const std::uint64_t again = tries.tries() - tries.picks()[0].tries;
  html += tile("Tries", grouped(tries.tries()), again > 0 ? grouped(again) + " of them again" : "none of them again");
  html += tile("Rate", humane_rate(seconds > 0 ? static_cast<double>(progress.over()) / seconds : 0),
               "mean over " + humane_duration(seconds));
  html += tile("Median run", times.count() > 0 ? fine_duration(times.quantile(0.5)) : "-",
               times.count() > 0 ? "longest " + fine_duration(times.longest()) : "");
  html += tile("Workers busy", part_text(spent.running + spent.loading, spent.total),
               counted(tries.lanes().size(), "worker", "workers") + " had work");
  return html + "</dl>\n";
}

std::string line_of(std::string_view class_name, const std::string& line) {
  return "<li class=\"" + std::string(class_name) + "\">" + html_of(line) + "</li>\n";
}

/// Warnings, advice, and the next step.
std::string notes_of(const EndedText& ended) {
  constexpr std::size_t most_warnings = 20;
  std::string notes;
  for (std::size_t i = 0; i < std::min(ended.warnings.size(), most_warnings); ++i)
    notes += line_of("warning", ended.warnings[i]);
  if (ended.warnings.size() > most_warnings)
    notes += line_of("warning", grouped(ended.warnings.size() - most_warnings) + " more stand in logs/job_result.txt");
  for (const std::string& advice : ended.advice) notes += line_of("advice", "Advice: " + advice);
  if (ended.has_ended() && !ended.next_step.empty() && ended.next_step != "None.")
    notes += line_of("next", "Next step: " + ended.next_step);
  return notes.empty() ? notes : "<ul class=\"notes\">\n" + notes + "</ul>\n";
}

std::string times_line(const RunFigures& figures) {
  std::string line;
  if (!figures.clock().starts().empty()) {
    line = "Started " + utc_time(figures.clock().starts().front().began * 1000, false);
    if (const std::size_t starts = figures.clock().starts().size(); starts > 1)
      line += ", and " + counted(starts - 1, "time", "times") + " again";
    line += ". ";
  }
  return line + "Page made " + utc_time(figures.read_at_unix_microseconds() * 1000, false) + ".";
}

}  // namespace

std::string header_section(const RunFigures& figures) {
  const RunState state = state_of(figures);
  std::string html =
      "<header>\n<p class=\"brand\">prs_mpi run report</p>\n<h1>" + html_of(title_of(figures)) + "</h1>\n";
  if (!figures.ended().description.empty())
    html += "<p class=\"lead\">" + html_of(figures.ended().description) + "</p>\n";
  html += "<p class=\"outcome " + class_of(state) + "\"><strong>" + html_of(word_of(state)) + "</strong> <span>" +
          html_of(outcome_sentence(figures)) + "</span></p>\n";
  html += notes_of(figures.ended());
  html += tiles(figures);
  return html + "<p class=\"made\">" + html_of(times_line(figures)) + " Run folder: <code>" +
         html_of(figures.folder().path) + "</code></p>\n<p id=\"old\" class=\"notes\" hidden></p>\n</header>\n";
}

std::string progress_section(const RunFigures& figures) {
  HtmlTable table({{"Time of the run", true},
                   {"Done", true},
                   {"Latest try failed", true},
                   {"Given up", true},
                   {"Rate", true},
                   {"Workers", true}});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < figures.overviews().size(); ++i) {
    const double offset = seconds_of_microseconds(figures.clock().starts()[i].offset);
    for (const OverviewPoint& point : figures.overviews()[i].points)
      rows.push_back({html_of(humane_duration(offset + point.elapsed_seconds)), grouped(point.progress.done),
                      grouped(point.progress.failed), grouped(point.progress.gave_up),
                      html_of(humane_rate(point.per_second)), grouped(point.progress.workers)});
  }
  if (rows.empty()) return {};
  constexpr std::size_t most_shown = 24;
  const std::size_t every = (rows.size() + most_shown - 1) / most_shown;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i % every == 0 || i + 1 == rows.size()) table.row(rows[i]);
  return html_section("progress", "Progress", "",
                      "<div class=\"pair\">" +
                          html_chart("progress-chart", "Mini-batches done, over the time of the run") +
                          html_chart("rate-chart", "Mini-batches over in a second") + "</div>" +
                          html_details("As a table", table.text()));
}

std::string workers_section(const RunFigures& figures) {
  const auto& lanes = figures.tries().lanes();
  if (lanes.empty()) return {};
  const double seconds = duration_seconds(figures);
  HtmlTable table(
      {{"Node"}, {"Worker"}, {"Tries", true}, {"Failed", true}, {"Items", true}, {"In run()", true}, {"Busy", true}});
  std::vector<const TriesFigures::Lane*> order;
  order.reserve(lanes.size());
  for (const TriesFigures::Lane& lane : lanes) order.push_back(&lane);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return std::tie(a->node, a->process) < std::tie(b->node, b->process); });
  for (std::size_t i = 0; i < std::min(order.size(), most_rows); ++i)
    table.row({html_of(order[i]->node), html_of(order[i]->process), grouped(order[i]->tries),
               grouped(order[i]->failed_tries), grouped(order[i]->items),
               html_of(fine_duration(order[i]->run_microseconds)),
               part_text(seconds_of_microseconds(order[i]->process_microseconds), seconds)});
  std::set<std::string> nodes;
  for (const TriesFigures::Lane& lane : lanes) nodes.insert(lane.node);
  std::string body = html_chart("lanes", "Each line is a worker; colour is how its mini-batches ended", "lanes");
  if (order.size() > most_rows)
    body += html_details("The first " + grouped(most_rows) + " of " + grouped(order.size()) + " workers as a table",
                         table.text());
  else
    body += html_details("As a table", table.text());
  return html_section("workers", "Workers",
                      counted(lanes.size(), "worker", "workers") + " on " + counted(nodes.size(), "node", "nodes"),
                      body);
}

std::string time_section(const RunFigures& figures) {
  const TimeSpent spent = figures.time_spent();
  if (!(spent.total > 0)) return {};
  HtmlTable table({{""}, {"Where the time went"}, {"Worker time", true}, {"Part", true}});
  std::string bar;
  for (const NamedTime& part : parts_of(spent)) {
    const std::string key(part.key);
    table.row({"<span class=\"swatch " + key + "\"></span>",
               html_of(part.name) + " <small>" + html_of(part.meaning) + "</small>",
               html_of(seconds_text(part.seconds)), part_text(part.seconds, spent.total)});
    const std::string width = fixed_decimals(100 * part.seconds / spent.total, 3);
    bar += "<span class=\"" + key + "\" style=\"width:" + width + "%\" title=\"" + html_of(part.name) + ", " +
           part_text(part.seconds, spent.total) + "\"></span>";
  }
  const std::string line = "Workers were busy for " + part_text(spent.running + spent.loading, spent.total) + " of " +
                           seconds_text(spent.total) + " of worker time; the script's run() had " +
                           part_text(spent.running, spent.total) + ".";
  return html_section("efficiency", "Efficiency", line, "<div class=\"bar\">" + bar + "</div>\n" + table.text());
}

std::string run_times_section(const RunFigures& figures) {
  const TriesFigures& tries = figures.tries();
  const RunTimes& times = tries.run_times();
  if (times.count() == 0) return {};
  HtmlTable quantiles({{"Runs", true},
                       {"Shortest", true},
                       {"Median", true},
                       {"Mean", true},
                       {"p95", true},
                       {"p99", true},
                       {"Longest", true}});
  quantiles.row({grouped(times.count()), html_of(fine_duration(times.shortest())),
                 html_of(fine_duration(times.quantile(0.5))), html_of(fine_duration(times.sum() / times.count())),
                 html_of(fine_duration(times.quantile(0.95))), html_of(fine_duration(times.quantile(0.99))),
                 html_of(fine_duration(times.longest()))});
  HtmlTable slowest({{"Mini-batch", true},
                     {"Try", true},
                     {"run()", true},
                     {"Ended"},
                     {"Worker"},
                     {"Items", true},
                     {"First and last item"}});
  for (const NotedTry& noted : tries.slowest())
    slowest.row({std::to_string(noted.mini_batch), grouped(noted.dequeue_count),
                 html_of(fine_duration(noted.run_microseconds)), html_of(name_of(noted.status)),
                 html_of(worker_text(tries, noted.lane)), grouped(noted.items),
                 "<code>" + html_of(noted.first_item) + "</code>" +
                     (noted.last_item == noted.first_item ? "" : "<br><code>" + html_of(noted.last_item) + "</code>")});
  return html_section("run-times", "Run times", "How long run() took for a mini-batch, failed tries included.",
                      html_chart("times-chart", "Runs by how long they took") + quantiles.text() +
                          html_details("Slowest mini-batches", slowest.text(), true));
}

}  // namespace prs
