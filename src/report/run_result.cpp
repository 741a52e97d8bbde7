#include "report/run_result.hpp"

#include <algorithm>
#include <string_view>

#include "model/run_folder.hpp"
#include "report/printable.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_line_bytes = 600;

std::uint64_t count_of(std::int64_t number) {
  return number > 0 ? static_cast<std::uint64_t>(number) : 0;
}

/// Lines of "name   value", with headings.
class Page {
 public:
  void row(std::string_view name, std::string_view value) {
    constexpr std::size_t width = 19;
    std::string padded(name);
    padded.resize(std::max(width, padded.size() + 2), ' ');
    text_ += padded + one_line(value, most_line_bytes) + "\n";
  }
  void heading(std::string_view text) { text_.append("\n").append(text).append("\n"); }
  void line(std::string_view text) { text_.append("  ").append(one_line(text, most_line_bytes)).append("\n"); }
  void lines(std::string_view text) {
    while (!text.empty()) {
      const std::string_view first = text.substr(0, text.find('\n'));
      if (!first.empty()) text_.append("  ").append(first).append("\n");
      text.remove_prefix(std::min(first.size() + 1, text.size()));
    }
  }
  void empty_line() { text_ += "\n"; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string_view ending_of(ExitStatus status) {
  switch (status) {
    case ExitStatus::completed:
      return "completed";
    case ExitStatus::failed:
      return "failed";
    case ExitStatus::usage:
      return "not started";
    case ExitStatus::infrastructure:
      return "stopped by an error";
    case ExitStatus::interrupted:
      return "interrupted";
  }
  return "ended";
}

std::string why(const RunResult& result) {
  const std::string& text = result.cause.empty() ? result.verdict : result.cause;
  if (!text.empty() || result.status == ExitStatus::completed) return text;
  return "no cause is known";
}

/// A cause may go on below its first line, which says it in short (stuck mini-batches, a traceback).
struct Cause {
  std::string first_line;
  std::string rest;
};
Cause split_cause(const RunResult& result) {
  const std::string text = printable_lines(why(result));
  const std::size_t begin = std::min(text.find_first_not_of(" \n\t"), text.size());
  const std::size_t end = std::min(text.find('\n', begin), text.size());
  std::string first_line = one_line(std::string_view(text).substr(begin, end - begin), most_line_bytes);
  if (first_line.ends_with(':')) first_line.pop_back();
  return {std::move(first_line), text.substr(end)};
}

std::string in_folder(const RunResult& result, std::string (RunFolder::*name)() const) {
  return result.run_folder.empty() ? std::string() : (RunFolder{result.run_folder}.*name)();
}

std::string file_to_look_into(const RunResult& result) {
  if (!result.look_into.empty()) return result.look_into;
  if (result.status == ExitStatus::failed && !result.frequent_causes.empty())
    return in_folder(result, &RunFolder::job_error);
  if (result.status == ExitStatus::completed && result.tally.failed_items > 0)
    return in_folder(result, &RunFolder::failed_items);
  return in_folder(result, &RunFolder::job_result);
}

std::string done_text(const Progress& progress) {
  if (progress.done == progress.mini_batches) return counted(progress.done, "mini-batch", "mini-batches");
  return grouped(progress.done) + " of " + counted(progress.mini_batches, "mini-batch", "mini-batches");
}

std::string completed_line(const RunResult& result) {
  const bool is_slice = result.slicing.is_slice();
  std::string line = "prs_mpi: completed: " + (is_slice ? result.slicing.text() + ": " : "") +
                     done_text(result.progress) + ", " + counted(result.rows, "row", "rows");
  line += is_slice ? " for the join" : result.output_file.empty() ? " counted" : " in " + result.output_file;
  line += " (" + humane_duration(result.seconds) + ")";
  std::string reason = split_cause(result).first_line;
  if (reason.empty() && result.tally.failed_items > 0)
    reason = counted(count_of(result.tally.failed_items), "failed item", "failed items");
  if (!reason.empty()) line += "; " + reason;
  const bool is_file_named = reason.empty() && !result.output_file.empty();
  const std::string file = file_to_look_into(result);
  if (!is_file_named && !file.empty()) line += "; see " + file;
  return line;
}

void add_name(Page& page, const RunResult& result) {
  const std::string slicing = result.slicing.text();
  if (!result.name.empty()) page.row("Run", result.name + (slicing.empty() ? "" : ", " + slicing));
  if (!result.description.empty()) page.row("Description", result.description);
}

void add_figures(Page& page, const RunResult& result) {
  const Progress& progress = result.progress;
  const std::uint64_t unended = progress.mini_batches - std::min(progress.over(), progress.mini_batches);
  page.empty_line();
  page.row("Mini-batches", grouped(progress.mini_batches));
  page.row("  done", grouped(progress.done));
  if (progress.reused > 0)
    page.row("  reused",
             grouped(progress.reused) + ", done by " + (result.slicing.is_join() ? "the slices" : "an earlier start"));
  page.row("  failed",
           grouped(progress.failed) + " by their latest try, " + grouped(progress.gave_up) + " of them given up");
  if (unended > 0) page.row("  not over", grouped(unended));
  page.row("Items", grouped(count_of(result.tally.succeeded_items)) + " succeeded, " +
                        grouped(count_of(result.tally.failed_items)) + " failed");
  page.row("Tries", grouped(progress.tries));
  page.row("Rows", grouped(result.rows));
  page.row("Time", humane_duration(result.seconds));
  const std::uint64_t ended = progress.over() - std::min(progress.reused, progress.over());
  if (result.seconds > 0) page.row("Rate", humane_rate(static_cast<double>(ended) / result.seconds));
}

/// `may_have_errors`: else there is nothing to read in job_error.txt.
void add_places(Page& page, const RunResult& result, bool may_have_errors) {
  if (result.run_folder.empty()) return;
  page.heading("Where to look");
  if (!result.output_file.empty()) page.row("  rows", result.output_file);
  if (result.tally.failed_items > 0) page.row("  failed items", in_folder(result, &RunFolder::failed_items));
  if (may_have_errors) page.row("  script errors", in_folder(result, &RunFolder::job_error));
  page.row("  script's output", result.slicing.is_join() ? in_folder(result, &RunFolder::slices) + "/*/logs/user"
                                                         : in_folder(result, &RunFolder::user_logs));
  page.row("  every try", in_folder(result, &RunFolder::processed_mini_batches));
}

std::string about_short_returns(const RunResult& result) {
  return result.short_items > 0 ? " (Short returns are not tried again.)" : "";
}

std::string next_step(const RunResult& result) {
  const std::uint64_t left =
      result.progress.mini_batches - std::min(result.progress.over(), result.progress.mini_batches);
  const bool has_given_up = result.progress.gave_up > 0;
  switch (result.status) {
    case ExitStatus::completed:
      if (result.slicing.is_slice())
        return "Once all slices are completed: prs_mpi join CONFIG --slices " + std::to_string(result.slicing.count) +
               ".";
      return result.tally.failed_items > 0 ? "failed_items.csv lists what failed for good, ready to be run again."
                                           : "None.";
    case ExitStatus::failed:
      if (result.slicing.is_join())
        return "Mend the cause, run the slices that failed again with --retry-failed (after short returns with "
               "--overwrite), and join again; or join with other limits.";
      if (result.short_items > 0 && !has_given_up)
        return "Mend the script, whose run() returned fewer rows than items, and start with --overwrite" +
               std::string(result.verdict.empty() ? "" : ", or start the same command with other limits") +
               ": short returns are not tried again.";
      if (!result.verdict.empty())
        return (has_given_up ? "Mend the cause and start the same command with --retry-failed, or start it with other "
                               "limits; what is done is kept."
                             : "Start the same command with other limits; what is done is kept.") +
               about_short_returns(result);
      if (has_given_up)
        return "Mend the cause and start the same command with --retry-failed; what is done is kept." +
               about_short_returns(result);
      return "Mend the cause and start the same command again; what is done is kept.";
    case ExitStatus::usage:
      return "Mend what is named above and start the command again; nothing ran.";
    case ExitStatus::infrastructure:
      return "Once the cause is gone, start the same command again: it goes on; what is done is kept.";
    case ExitStatus::interrupted:
      return "Start the same command again: it goes on with the " +
             counted(left, "mini-batch that is left.", "mini-batches that are left.");
  }
  return {};
}

}  // namespace

std::string job_started_text(const RunResult& result, std::int64_t started_unix_nanoseconds, std::string_view process) {
  Page page;
  add_name(page, result);
  page.row("Ended",
           "not yet; started " + utc_time(started_unix_nanoseconds, false) + " (" + std::string(process) + ")");
  add_places(page, result, true);
  page.heading("Next step");
  page.line("If no process of it is alive, it was killed: the same command goes on; what is done is kept.");
  return page.take();
}

std::string job_result_text(const RunResult& result) {
  Page page;
  add_name(page, result);
  page.row("Ended", std::string(ending_of(result.status)) + " (exit status " +
                        std::to_string(static_cast<int>(result.status)) + ")");
  const Cause cause = split_cause(result);
  if (!cause.first_line.empty()) page.row("Why", cause.first_line);
  page.lines(cause.rest);
  if (!result.verdict.empty() && result.verdict != why(result)) page.row("Limit passed", result.verdict);
  add_figures(page, result);
  if (!result.frequent_causes.empty()) page.heading("Most frequent causes");
  for (const std::string& frequent : result.frequent_causes) page.line(frequent);
  if (!result.warnings.empty()) page.heading("Warnings");
  for (const std::string& warning : result.warnings) page.line(warning);
  add_places(page, result, result.status != ExitStatus::completed || !result.frequent_causes.empty());
  page.heading("Next step");
  page.line(next_step(result));
  return page.take();
}

std::string last_line(const RunResult& result) {
  if (result.status == ExitStatus::completed) return one_line(completed_line(result), most_line_bytes * 4);
  std::string line = "prs_mpi: " + std::string(ending_of(result.status)) + ": " + split_cause(result).first_line;
  if (result.status == ExitStatus::interrupted)
    line += "; " + done_text(result.progress) + " done, the same command goes on";
  if (result.status == ExitStatus::infrastructure) line += "; once that is mended, the same command goes on";
  const std::string file = file_to_look_into(result);
  if (!file.empty()) line += "; see " + file;
  return one_line(line, most_line_bytes * 10);
}

std::string frequent_causes_text(const RunResult& result) {
  if (result.frequent_causes.empty()) return {};
  std::string text = "prs_mpi: most frequent causes:\n";
  for (const std::string& cause : result.frequent_causes) text += "  " + one_line(cause, most_line_bytes) + "\n";
  return text;
}

}  // namespace prs
