#include "cluster/batch_script.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cluster/batch_script_parts.hpp"

namespace prs {
namespace {

constexpr std::uint32_t most_warning_seconds = 65535;  ///< of sbatch's --signal
constexpr const char* edit_begin = "\n# ---- Edit from here ----\n";
constexpr const char* edit_end = "# ---- to here ----\n\nset -u\n";

const LauncherParts& parts_of(BatchScript::Launcher launcher) {
  return launcher == BatchScript::Launcher::srun ? srun_parts : mpirun_parts;
}

std::string option(const std::string& name, const std::string& value) {
  return "#SBATCH --" + name + (value.empty() ? "" : "=" + value) + "\n";
}

/// A line that the user may want, with a value that is only an example.
std::string commented_option(const std::string& name, const std::string& example) {
  return "#" + option(name, example);
}

/// For a comment, which a line break would end.
std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\r'; }, '?');
  return text;
}

std::string head(const BatchScript& script) {
  const LauncherParts& parts = parts_of(script.launcher);
  if (script.words.empty()) return parts.head_of_template;
  return std::string("#!/bin/bash\n# Batch script for prs_mpi on Slurm, started by ") + parts.name +
         ". Written by: prs_mpi slurm " + on_one_line(script.words.front()) +
         "\n#   sbatch THIS_FILE [MORE OPTIONS OF prs_mpi]     sbatch's own options go before THIS_FILE, and beat the "
         "lines below.\n" +
         (script.slices > 0 ? head_of_array : "");
}

std::string resources(const BatchScript& script) {
  std::string text = option("job-name", script.job_name);
  if (script.slices > 0)
    text += "# One task for each slice of the run. 1-" + std::to_string(script.slices) +
            "%4 lets four run at a time.\n" + option("array", "1-" + std::to_string(script.slices));
  text += "# One partition of your cluster (sinfo lists them): compute_target in the configuration.\n";
  text += !script.partition.empty() ? option("partition", script.partition) : commented_option("partition", "NAME");
  text += "\n# The machines: node_count in the configuration.\n" + option("nodes", std::to_string(script.node_count));
  text += "# The scripts on each machine: process_count_per_node in the configuration.\n" +
          option("ntasks-per-node", std::to_string(script.process_count_per_node));
  text +=
      "# What one script needs: cores, memory for each core, GPUs of a machine (each script gets one, where there are "
      "enough).\n" +
      option("cpus-per-task", std::to_string(script.cpus_per_task)) + commented_option("mem-per-cpu", "2G");
  const std::uint32_t gpus = script.gpus_per_node.value_or(0);
  text += gpus > 0 ? option("gpus-per-node", std::to_string(gpus)) : commented_option("gpus-per-node", "2");
  return text;
}

std::string behaviour(const BatchScript& script) {
  const std::string name = parts_of(script.launcher).name;
  std::string text =
      "\n# How long one start may take; without this line the partition's own limit counts. Several times as long as "
      "the longest run().\n";
  text += !script.time_limit.empty() ? option("time", script.time_limit) : commented_option("time", "04:00:00");
  text += "# A warning so many seconds before the time is up, to this script alone (B:), which passes it on to " +
          name +
          " below.\n# It must leave room for grace_period and the end of the run. Slurm may send it up to a minute "
          "early.\n" +
          option("signal", "B:USR1@" + std::to_string(script.warning_seconds));
  text +=
      "# The job may be put back into the queue: what is done stays done, and the same command goes on where it "
      "stopped.\n" +
      option("requeue", "");
  text += "# One log for all starts of the job; without this the next start empties it.\n" +
          option("open-mode", "append") +
          option("output", script.slices > 0      ? "%x-%A_%a.log"
                           : script.words.empty() ? "prs_mpi-%j.log"
                                                  : "%x-%j.log");
  return text;
}

std::string settings(const BatchScript& script) {
  const std::string program = script.program.empty() ? "${PRS_MPI:-prs_mpi}" : shell_word(script.program);
  return "\nprs_mpi=" + program +
         " # the program, the same path on every machine\n"
         "max_restarts=20 # an end to being put back, whatever goes wrong\n"
         "# module load openmpi # whatever makes Open MPI and the scripts' Python available\n";
}

/// The words of the command line from `begin` to what follows `--`, `end` before that.
std::string set_words(const BatchScript& script, const std::string& begin, const std::string& end) {
  std::string text = "set -- " + begin;
  for (const std::string& word : script.words) text += shell_word(word) + " ";
  text += end;
  if (script.has_script_arguments) text += " --";
  for (const std::string& word : script.script_arguments) text += " " + shell_word(word);
  return text + "\n";
}

/// Leaves the words of the command in "$@".
std::string command(const BatchScript& script) {
  if (script.words.empty()) return parts_of(script.launcher).usage_of_template;
  std::string text;
  if (script.slices > 0) text = "slices=" + std::to_string(script.slices) + "\n" + submission_of_join;
  if (!script.working_folder.empty())
    text += "# From here the relative paths are meant.\ncd " + shell_word(script.working_folder) + " || exit 2\n";
  if (script.slices == 0) return text + set_words(script, "", "\"$@\"");
  return text + "if ((SLURM_ARRAY_TASK_ID > 0)); then\n  " +
         set_words(script, "", "--slice \"$SLURM_ARRAY_TASK_ID/$slices\" \"$@\"") + "else\n  " +
         set_words(script, "join ", "--slices \"$slices\"") + "fi\n";
}

bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         std::string_view("_-./:=,+@%").find(letter) != std::string_view::npos;
}

/// The numbers between the colons. None where one of them is no number.
std::optional<std::vector<std::uint64_t>> numbers_in(std::string_view text) {
  constexpr std::size_t most_digits = 9;
  std::vector<std::uint64_t> numbers;
  for (;;) {
    const std::string_view part = text.substr(0, text.find(':'));
    std::uint64_t number = 0;
    const auto [rest, mistake] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (mistake != std::errc() || rest != part.data() + part.size() || part.size() > most_digits) return std::nullopt;
    numbers.push_back(number);
    if (part.size() == text.size()) return numbers;
    text.remove_prefix(part.size() + 1);
  }
}

}  // namespace

const char* name_of(BatchScript::Launcher launcher) {
  return parts_of(launcher).name;
}

std::string text_of(const BatchScript& script) {
  const LauncherParts& parts = parts_of(script.launcher);
  return head(script) + edit_begin + resources(script) + behaviour(script) + settings(script) + edit_end +
         command(script) + count_of_ranks + parts.places + environment + parts.meaning_of_signals + traps +
         parts.start + wait_and_put_back;
}

std::string shell_word(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::optional<std::uint64_t> seconds_of_time_limit(std::string_view text) {
  std::uint64_t days = 0;
  const std::size_t hyphen = text.find('-');
  if (hyphen != std::string_view::npos) {
    const auto number = numbers_in(text.substr(0, hyphen));
    if (!number || number->size() != 1) return std::nullopt;
    days = number->front();
    text.remove_prefix(hyphen + 1);
  }
  const auto numbers = numbers_in(text);
  if (!numbers || numbers->size() > 3) return std::nullopt;
  // The first number: hours behind days or before two others, else minutes.
  std::uint64_t unit = hyphen != std::string_view::npos || numbers->size() == 3 ? 3600 : 60;
  std::uint64_t seconds = days * 24 * 3600;
  for (const std::uint64_t number : *numbers) {
    seconds += number * unit;
    unit /= 60;
  }
  return seconds == 0 ? std::nullopt : std::optional(seconds);
}

std::uint32_t warning_seconds_for(double grace_period_seconds, std::optional<std::uint64_t> time_limit_seconds) {
  constexpr double end_of_run = 90;
  double seconds = std::ceil(std::min<double>(grace_period_seconds + end_of_run, most_warning_seconds));
  if (time_limit_seconds) seconds = std::min(seconds, std::ceil(static_cast<double>(*time_limit_seconds) / 4));
  return static_cast<std::uint32_t>(seconds);
}

std::string job_name_of(const std::string& name) {
  std::string plain = name;
  std::replace_if(
      plain.begin(), plain.end(), [](char letter) { return !is_plain(letter) || letter == '%' || letter == '/'; }, '_');
  return plain;
}

}  // namespace prs
