#include "report/progress_line.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "support/humane.hpp"

namespace prs {
namespace {

bool is_all_over(const Progress& progress) {
  return progress.over() >= progress.mini_batches;
}

/// Who is ready tells something as long as there is more to do.
std::string workers_text(const Progress& progress, bool is_last) {
  if (is_last || is_all_over(progress) || progress.workers_ready == progress.workers)
    return counted(progress.workers, "worker", "workers");
  return grouped(progress.workers_ready) + " of " + counted(progress.workers, "worker", "workers") + " ready";
}

std::string time_text(const Progress& progress, const Pace& pace) {
  if (pace.is_last) return "in " + humane_duration(pace.elapsed_seconds);
  if (progress.is_stopping) return "stopping";
  if (is_all_over(progress)) return "closing";
  return pace.seconds_left ? humane_duration(*pace.seconds_left) + " left" : "time left unknown";
}

std::string survey_line(const Progress& progress) {
  return "prs_mpi: reading tables, quotes counted in " +
         humane_percent(progress.surveyed_bytes, progress.bytes_to_survey) + " of them, " +
         counted(progress.workers, "worker", "workers");
}

std::string assembly_line(const Progress& progress) {
  return "prs_mpi: putting the rows together, " + humane_percent(progress.assembled.written, progress.assembled.all) +
         " of " + humane_bytes(progress.assembled.all) + " written, " + grouped(progress.failed) + " failed, " +
         counted(progress.workers, "worker", "workers");
}

/// The line with the least important `left_out` of its parts left out.
std::string line_without(const Progress& progress, const Pace& pace, int left_out) {
  std::string line = left_out < 1 ? "prs_mpi: " : "";
  line += grouped(progress.over()) + " / " + grouped(progress.mini_batches);
  if (left_out < 3) line += " mini-batches over";
  if (left_out < 7) line += " (" + humane_percent(progress.over(), progress.mini_batches) + ")";
  if (left_out < 6) line += ", " + grouped(progress.failed) + " failed";
  if (left_out < 4 && pace.per_second > 0) line += ", " + humane_rate(pace.per_second);
  if (left_out < 5) line += ", " + time_text(progress, pace);
  if (left_out < 2) line += ", " + workers_text(progress, pace.is_last);
  if (left_out < 1 && progress.reused > 0) line += ", " + grouped(progress.reused) + " reused";
  return line;
}

struct Column {
  std::string_view name;
  std::size_t width;
};
constexpr std::array<Column, 14> columns = {{{"time", 20},
                                             {"elapsed_s", 11},
                                             {"done", 11},
                                             {"total", 11},
                                             {"percent", 8},
                                             {"failed", 9},
                                             {"gave_up", 9},
                                             {"failed_items", 13},
                                             {"running", 8},
                                             {"tries", 11},
                                             {"ready", 7},
                                             {"workers", 8},
                                             {"per_second", 11},
                                             {"left_s", 10}}};

std::string aligned(const std::array<std::string, columns.size()>& values) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) line += ' ';
    if (values[i].size() < columns[i].width) line.append(columns[i].width - values[i].size(), ' ');
    line += values[i];
  }
  return line += '\n';
}

}  // namespace

std::string progress_line(const Progress& progress, const Pace& pace, std::size_t most_columns) {
  if (progress.surveyed_bytes < progress.bytes_to_survey) return survey_line(progress).substr(0, most_columns);
  if (progress.assembled.all > 0 && !pace.is_last) return assembly_line(progress).substr(0, most_columns);
  constexpr int most_left_out = 7;
  for (int left_out = 0;; ++left_out) {
    std::string line = line_without(progress, pace, left_out);
    if (line.size() <= most_columns) return line;
    if (left_out == most_left_out) return line.substr(0, most_columns);
  }
}

std::string overview_header(std::int64_t started_unix_nanoseconds) {
  std::array<std::string, columns.size()> names;
  for (std::size_t i = 0; i < columns.size(); ++i) names[i] = columns[i].name;
  return "# Progress of the run started " + utc_time(started_unix_nanoseconds, true) +
         "; counts are mini-batches, times seconds, the rate is that of the last while; running: handed out and not "
         "over; '-': unknown\n" +
         aligned(names);
}

std::string overview_line(const Progress& progress, const Pace& pace, std::int64_t unix_nanoseconds) {
  std::string percent = humane_percent(progress.over(), progress.mini_batches);
  percent.resize(percent.size() - std::string_view(" %").size());
  return aligned(
      {utc_time(unix_nanoseconds, false), fixed_decimals(pace.elapsed_seconds, 1), std::to_string(progress.done),
       std::to_string(progress.mini_batches), percent, std::to_string(progress.failed),
       std::to_string(progress.gave_up), std::to_string(progress.failed_items), std::to_string(progress.running),
       std::to_string(progress.tries), std::to_string(progress.workers_ready), std::to_string(progress.workers),
       fixed_decimals(pace.per_second, 2), pace.seconds_left ? fixed_decimals(*pace.seconds_left, 0) : "-"});
}

}  // namespace prs
