#include "report/run_result.hpp"

#include <algorithm>
#include <string_view>

#include "model/run_folder.hpp"
#include "report/failed_items.hpp"
#include "report/printable.hpp"
#include "report/run_status.hpp"
#include "support/humane.hpp"
#include "support/speech.hpp"

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
  /// Not shortened: it is to be typed.
  void whole_line(std::string_view text) { text_.append("  ").append(one_line(text, 4 * text.size())).append("\n"); }
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
    case ExitStatus::going_on:
      break;
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
                     done_text(result.progress) + ", " + counted(result.rows.value_or(0), "row", "rows");
  line += is_slice ? " for the join" : result.output_file.empty() ? " counted" : " in " + result.output_file;
  if (result.seconds) line += " (" + humane_duration(*result.seconds) + ")";
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
  if (result.rows) page.row("Rows", grouped(*result.rows));
  if (result.seconds) page.row("Time", humane_duration(*result.seconds));
  const std::uint64_t ended = progress.over() - std::min(progress.reused, progress.over());
  if (result.seconds > 0 && progress.tries > 0)
    page.row("Rate", humane_rate(static_cast<double>(ended) / *result.seconds));
}

void add_script_output(Page& page, const RunResult& result) {
  page.row("  script's output", result.slicing.is_join() ? in_folder(result, &RunFolder::slices) + "/*/logs/user"
                                                         : in_folder(result, &RunFolder::user_logs));
}

/// Of a run that has not ended: all the other files are written at the end.
void add_places_so_far(Page& page, const RunResult& result) {
  if (result.run_folder.empty()) return;
  page.heading("Where to look");
  add_script_output(page, result);
}

/// `may_have_errors`: else there is nothing to read in job_error.txt.
void add_places(Page& page, const RunResult& result, bool may_have_errors) {
  if (result.run_folder.empty()) return;
  page.heading("Where to look");
  if (!result.output_file.empty()) page.row("  rows", result.output_file);
  if (result.tally.failed_items > 0) page.row("  failed items", in_folder(result, &RunFolder::failed_items));
  if (may_have_errors) page.row("  script errors", in_folder(result, &RunFolder::job_error));
  add_script_output(page, result);
  page.row("  every try", in_folder(result, &RunFolder::processed_mini_batches));
}

std::string about_short_returns(const RunResult& result) {
  return result.short_items > 0 ? " (Short returns are not tried again.)" : "";
}

/// Words for people, and the option that they name.
struct NextStep {
  std::string text;
  const char* option = "";
};

NextStep next_step_after_failure(const RunResult& result) {
  if (result.slicing.is_join())
    return {
        "Mend the cause, run the slices that failed again with --retry-failed (after short returns with "
        "--overwrite), and join again; or join with other limits."};
  const bool has_given_up = result.progress.gave_up > 0;
  const bool has_limit = !result.verdict.empty();
  if (result.short_items > 0 && !has_given_up)
    return {"Mend the script, whose run() returned fewer rows than items, and start with --overwrite" +
                std::string(has_limit ? ", or start the same command with other limits" : "") +
                ": short returns are not tried again.",
            " --overwrite"};
  if (!has_given_up)
    return {has_limit ? "Start the same command with other limits; what is done is kept." + about_short_returns(result)
                      : "Mend the cause and start the same command again; what is done is kept."};
  return {"Mend the cause and start the same command with --retry-failed" +
              std::string(has_limit ? ", or start it with other limits" : "") + "; what is done is kept." +
              about_short_returns(result),
          " --retry-failed"};
}

/// What the same command does with a run that did not come to its end.
std::string rest_of(const RunResult& result) {
  const Progress& progress = result.progress;
  const std::uint64_t left = progress.mini_batches - std::min(progress.over(), progress.mini_batches);
  if (left > 0) return "goes on with the " + counted(left, "mini-batch that is left.", "mini-batches that are left.");
  return progress.assembled.all > 0 ? "puts the rows together: all mini-batches are over."
                                    : "brings the run to its end: all mini-batches are over.";
}

/// The list of failed items is ready to be run again but for what has rows already.
std::string about_failed_items(const RunResult& result) {
  if (result.tally.failed_items <= 0) return "None.";
  std::string text = "failed_items.csv lists what failed for good, ready to be run again.";
  if (result.short_items > 0)
    text += " Of a mini-batch that returned fewer rows than items it lists all items, with the Error Category " +
            std::string(short_return_category) + ": running these again gives once more the rows that " +
            (result.output_file.empty() ? "were counted." : "are in the output already.");
  return text;
}

NextStep next_step(const RunResult& result) {
  switch (result.status) {
    case ExitStatus::completed:
      if (!result.joined_in.empty()) return {"None: its rows are joined in " + result.joined_in + "."};
      if (result.slicing.is_slice())
        return {"Once all slices are completed: prs_mpi join CONFIG --slices " + std::to_string(result.slicing.count) +
                "."};
      return {about_failed_items(result)};
    case ExitStatus::failed:
      return next_step_after_failure(result);
    case ExitStatus::usage:
      return {"Mend what is named above and start the command again; nothing ran."};
    case ExitStatus::infrastructure:
      return {"Once the cause is gone, start the same command again: it goes on; what is done is kept."};
    case ExitStatus::interrupted:
      return {"Start the same command again: it " + rest_of(result)};
    case ExitStatus::going_on:
      break;
  }
  return {};
}

void add_command(Page& page, const RunResult& result, std::string_view option = {}) {
  if (!result.command.empty()) page.whole_line(result.command + std::string(option));
}

std::string without_program(const std::string& line) {
  constexpr std::string_view name = "prs_mpi: ";
  return line.starts_with(name) ? line.substr(name.size()) : line;
}

/// `time`: ", for 21 s".
std::string state_text(const RunStatus& status, const std::string& time) {
  switch (status.state) {
    case RunStatus::State::killed:
      return status.is_process_gone ? "killed: its process is gone"
                                    : "killed, stopped, or its machine is gone: no process of it gives a sign of life";
    case RunStatus::State::stopped:
      return "stopped (SIGSTOP): its process is there but does not run";
    case RunStatus::State::starting:
      return status.is_starting_again ? "starting again: a rank was lost, and the launcher gives the command again"
                                      : "starting" + time;
    default:
      return "running" + time;
  }
}

/// How far a run is that has not ended by itself.
void add_state(Page& page, const RunStatus& status, std::int64_t now_unix_nanoseconds) {
  const auto seconds_since = [=](std::int64_t then) {
    return humane_duration(static_cast<double>(std::max<std::int64_t>(0, now_unix_nanoseconds - then)) * 1e-9);
  };
  const std::string time =
      status.started_unix_nanoseconds == 0 ? "" : ", for " + seconds_since(status.started_unix_nanoseconds);
  page.row("State", state_text(status, time) + (status.holder.empty() ? "" : " (" + status.holder + ")"));
  if (status.updated_unix_nanoseconds > 0)
    page.row("Last word", seconds_since(status.updated_unix_nanoseconds) + " ago");
  if (status.state == RunStatus::State::running || status.state == RunStatus::State::starting)
    page.row("Progress", without_program(progress_line(status.result.progress, status.pace, std::string::npos)));
  if (status.is_of_ledger) page.row("Known from", "the ledger alone, which has no times and no workers");
}

void add_next_step(Page& page, const RunStatus& status) {
  page.heading("Next step");
  switch (status.state) {
    case RunStatus::State::killed:
      page.line("The same command " + rest_of(status.result) + " What is done is kept.");
      return add_command(page, status.result);
    case RunStatus::State::stopped:
      page.line("kill -CONT " + std::to_string(status.holder_process) +
                " lets it go on. Or kill it, and give the same command again; what is done is kept.");
      return add_command(page, status.result);
    default:
      page.line("None; prs_mpi status --watch follows the run to its end.");
  }
}

}  // namespace

std::string job_started_text(const RunStatus& status) {
  const RunResult& result = status.result;
  Page page;
  add_name(page, result);
  page.row("Ended",
           "not yet; started " + utc_time(status.started_unix_nanoseconds, false) + " (" + status.holder + ")");
  add_places_so_far(page, result);
  page.heading("Next step");
  page.line("If no process of it is alive, it was killed: the same command goes on; what is done is kept.");
  add_command(page, result);
  return page.take();
}

std::string watch_line(const RunStatus& status, std::size_t most_columns) {
  if (status.state != RunStatus::State::stopped && !status.is_starting_again)
    return progress_line(status.result.progress, status.pace, most_columns);
  return ("prs_mpi: " + state_text(status, "")).substr(0, most_columns);
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
  if (!result.advice.empty()) page.heading("Advice");
  for (const std::string& advice : result.advice) page.line(advice);
  add_places(page, result, result.status != ExitStatus::completed || !result.frequent_causes.empty());
  page.heading("Next step");
  const NextStep next = next_step(result);
  page.line(next.text);
  if (result.status != ExitStatus::completed) add_command(page, result, next.option);
  return page.take();
}

std::string status_text(const RunStatus& status, std::int64_t now_unix_nanoseconds) {
  const RunResult& result = status.result;
  if (status.state == RunStatus::State::ended) return job_result_text(result);
  Page page;
  add_name(page, result);
  add_state(page, status, now_unix_nanoseconds);
  add_figures(page, result);
  add_places_so_far(page, result);
  add_next_step(page, status);
  return page.take();
}

namespace {

std::string plain_last_line(const RunResult& result) {
  if (result.status == ExitStatus::completed) return one_line(completed_line(result), most_line_bytes * 4);
  std::string line = "prs_mpi: " + std::string(ending_of(result.status)) + ": " + split_cause(result).first_line;
  if (result.status == ExitStatus::interrupted)
    line += "; " + done_text(result.progress) + " done, the same command goes on";
  const bool is_said = line.find("the same command goes on") != std::string::npos;  // of a lost rank, nothing to mend
  if (result.status == ExitStatus::infrastructure && !is_said)
    line += "; once that is mended, the same command goes on";
  const std::string file = file_to_look_into(result);
  if (!file.empty()) line += "; see " + file;
  return one_line(line, most_line_bytes * 10);
}

Colour colour_of(ExitStatus status) {
  if (status == ExitStatus::completed) return Colour::green;
  return status == ExitStatus::interrupted ? Colour::yellow : Colour::red;
}

}  // namespace

std::string last_line(const RunResult& result, bool is_coloured) {
  std::string line = plain_last_line(result);
  const std::string ending(ending_of(result.status));
  const std::size_t at = line.find(ending);
  if (is_coloured && at != std::string::npos)
    line.replace(at, ending.size(), coloured(colour_of(result.status), ending));
  return line;
}

std::string frequent_causes_text(const RunResult& result) {
  if (result.frequent_causes.empty()) return {};
  std::string text = "prs_mpi: most frequent causes:\n";
  for (const std::string& cause : result.frequent_causes) text += "  " + one_line(cause, most_line_bytes) + "\n";
  return text;
}

}  // namespace prs
