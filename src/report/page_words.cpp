#include "report/page_words.hpp"

#include <algorithm>
#include <cmath>

#include "report/microseconds.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// The file as one word of a shell's command.
std::string shell_word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:@%,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// "completed" of "completed (exit status 0)".
std::string_view ending_of(const EndedText& ended) {
  const std::string_view text = ended.ended;
  return text.substr(0, text.find(" ("));
}

std::string done_text(const Progress& progress) {
  return grouped(progress.done) + " of " + counted(progress.mini_batches, "mini-batch", "mini-batches") + " done";
}

std::string flaws_text(const Progress& progress) {
  std::string text;
  if (progress.gave_up > 0) text += ", " + grouped(progress.gave_up) + " given up";
  if (progress.failed_items > 0) text += ", " + counted(progress.failed_items, "item", "items") + " failed";
  return text;
}

std::string time_text(const RunFigures& figures) {
  const std::size_t starts = figures.clock().starts().size();
  std::string text = humane_duration(seconds_of_microseconds(figures.clock().duration()));
  if (starts > 1) text += " of " + counted(starts, "start", "starts");
  return text;
}

}  // namespace

std::string fine_duration(std::uint64_t microseconds) {
  const auto number = static_cast<double>(microseconds);
  const auto three_digits = [](double value) {
    return fixed_decimals(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  };
  if (microseconds < 1000) return std::to_string(microseconds) + " us";
  if (microseconds < 999'500) return three_digits(number * 1e-3) + " ms";
  if (microseconds < 60'000'000) return three_digits(number * 1e-6) + " s";
  return humane_duration(number * 1e-6);
}

std::string part_text(double part, double whole) {
  const double percent = whole > 0 ? 100 * part / whole : 0;
  return fixed_decimals(percent, percent < 9.95 && percent > 0 ? 1 : 0) + " %";
}

RunState state_of(const RunFigures& figures) {
  const EndedText& ended = figures.ended();
  if (figures.is_going_on()) return RunState::going_on;
  if (!ended.has_ended()) return RunState::unknown;
  const std::string_view ending = ending_of(ended);
  if (ending == "interrupted") return RunState::interrupted;
  if (ending != "completed") return RunState::failed;
  return figures.progress().failed_items > 0 ? RunState::completed_with_flaws : RunState::completed;
}

std::string_view word_of(RunState state) {
  switch (state) {
    case RunState::going_on:
      return "Running";
    case RunState::completed:
    case RunState::completed_with_flaws:
      return "Completed";
    case RunState::failed:
      return "Failed";
    case RunState::interrupted:
      return "Interrupted";
    case RunState::unknown:
      return "Not ended";
  }
  return "";
}

std::string outcome_sentence(const RunFigures& figures) {
  const Progress progress = figures.progress();
  const EndedText& ended = figures.ended();
  const std::string what = done_text(progress) + flaws_text(progress);
  switch (state_of(figures)) {
    case RunState::going_on:
      return what + " after " + time_text(figures) + ".";
    case RunState::completed:
    case RunState::completed_with_flaws:
      return what + "; it took " + time_text(figures) + ".";
    case RunState::interrupted:
    case RunState::failed:
      return (ended.why.empty() ? "No cause is known" : ended.why) + "; " + what + " after " + time_text(figures) + ".";
    case RunState::unknown:
      return "No job holds the run folder, and none has written an end: it was killed; " + what + " after " +
             time_text(figures) + ". The same command goes on.";
  }
  return {};
}

std::string title_of(const RunFigures& figures) {
  if (!figures.ended().name.empty()) return figures.ended().name;
  const std::string& path = figures.folder().path;
  return path.substr(path.rfind('/') + 1);
}

std::vector<NamedTime> parts_of(const TimeSpent& spent) {
  return {{"starting", "Start-up", "until a worker's first mini-batch: planning, the script's start, init()",
           spent.starting},
          {"running", "In run()", "the script at work", spent.running},
          {"loading", "Loading", "mini-batches go into the script process, rows come out", spent.loading},
          {"waiting", "Waiting", "between two mini-batches, also for a script process that starts anew", spent.waiting},
          {"tail", "Tail", "nothing left to do, while another worker was still at it", spent.tail},
          {"closing", "Closing", "after the last mini-batch: shutdown(), the rows are put together", spent.closing}};
}

std::string worker_text(const TriesFigures& tries, std::size_t lane) {
  if (lane == TriesFigures::no_lane) return {};
  const TriesFigures::Lane& of = tries.lanes()[lane];
  return of.process + (of.node.empty() ? "" : " on " + of.node);
}

std::string command_to_try(const RunFigures& figures, std::uint64_t mini_batch) {
  const std::string file = figures.config_file();
  return "prs_mpi try " + (file.empty() ? "CONFIG" : shell_word(file)) + " --mini-batch " + std::to_string(mini_batch);
}

}  // namespace prs
