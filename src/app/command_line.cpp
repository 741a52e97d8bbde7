#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "app/version.hpp"
#include "config/option_table.hpp"
#include "support/errors.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

using Verb = CommandLine::Verb;
using Words = std::vector<std::string>;

const std::map<std::string, Verb> verbs = {{"run", Verb::run},      {"join", Verb::join},   {"check", Verb::check},
                                           {"try", Verb::try_one},  {"slurm", Verb::slurm}, {"report", Verb::report},
                                           {"config", Verb::config}};
constexpr std::uint32_t most_slices = 100'000;
const char* const verb_list = "run, join, check, try, slurm, report, config";

/// Verbs of the rules that this version does not have: refused by name, not taken for a file.
const Words later_verbs = {"status", "schema"};

constexpr const char* overview =
    "prs_mpi runs an entry script over files in parallel, as one MPI job.\n"
    "\n"
    "  mpirun -n N prs_mpi [run] CONFIG    N = 1 + node_count x process_count_per_node\n"
    "  prs_mpi [run] CONFIG                starts itself under mpirun\n"
    "  prs_mpi run CONFIG --slice K/N      one of N slices of the run, each a job of its own\n"
    "  prs_mpi join CONFIG --slices N      puts the rows of the slices together\n"
    "  prs_mpi check CONFIG                validates, and shows the plan\n"
    "  prs_mpi try CONFIG --mini-batch K   one mini-batch in the foreground, on this terminal\n"
    "  prs_mpi slurm CONFIG > job.sbatch   the batch script for a Slurm cluster\n"
    "  prs_mpi report FOLDER               the page about the run in this run folder, made anew\n"
    "  prs_mpi config CONFIG               what was understood, defaults filled in\n"
    "\n"
    "What follows a -- goes to the entry script. prs_mpi VERB --help has the options of a verb alone.\n"
    "Exit status: 0 completed, 1 failed, 2 usage or configuration error, 3 infrastructure error (resumable),\n"
    "75 interrupted (the same command goes on).\n";

/// Adds what comes after the options and has no name of its own.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(bool is_of_folder) : is_of_folder_(is_of_folder) {}
  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + (is_of_folder_ ? " [OPTIONS] FOLDER\n" : " [OPTIONS] CONFIG [-- ARGUMENTS]\n");
  }
  std::string make_positionals(const CLI::App* app) const override {
    if (is_of_folder_) return CLI::Formatter::make_positionals(app);
    std::stringstream arguments;
    CLI::detail::format_help(arguments, "-- ARGUMENTS", "The entry script's sys.argv[1:], each as it is written",
                             get_column_width());
    return CLI::Formatter::make_positionals(app) + arguments.str();
  }

 private:
  bool is_of_folder_;  ///< the verb is about a run folder, not a configuration file
};

bool is_of_folder(Verb verb) {
  return verb == Verb::report;
}

/// CLI11 itself reads -1 into an unsigned number as a very large one.
CLI::Validator whole_number(std::size_t most_digits) {
  return CLI::Validator(
      [most_digits](const std::string& text) -> std::string {
        const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
        if (is_number && text.size() <= most_digits) return "";
        return "'" + text + "' is not allowed; allowed: a whole number from 0";
      },
      "");
}

void add_common_options(CLI::App& app, CommandLine& line) {
  app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
  app.add_option("--set", line.overrides.settings, "Override a key: --set run_max_try=5 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)  // else it takes the configuration file too
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option(
         "--input", line.overrides.inputs,
         "The path of input NAME: replaces the one in CONFIG, or adds an input (repeatable; NAME again: adds a path)")
      ->type_name("NAME=PATH")
      ->allow_extra_args(false)  // else it takes the configuration file too
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--output", line.overrides.output, "The run folder")->type_name("FOLDER");
  app.add_option("--step", line.overrides.step, "Which parallel step of a v2 pipeline; needed where it has several")
      ->type_name("NAME");
}

/// Those of each verb that is an MPI job.
void add_job_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--overwrite", line.is_overwriting, "Delete what an earlier run left in the run folder");
  app.add_option("--restarts", line.restarts, "Without mpirun: how often to start again after a lost rank")
      ->type_name("N")
      ->check(whole_number(9))
      ->capture_default_str();
}

/// The numbers of "3/8"; none: it is no slice.
std::optional<Slicing> slicing_of(const std::string& text) {
  Slicing slicing;
  const char* const end = text.data() + text.size();
  const auto [slash, no_number] = std::from_chars(text.data(), end, slicing.number);
  if (no_number != std::errc() || slash == end || *slash != '/') return std::nullopt;
  const auto [last, no_count] = std::from_chars(slash + 1, end, slicing.count);
  const bool is_slice = no_count == std::errc() && last == end && slicing.number >= 1 &&
                        slicing.number <= slicing.count && slicing.count <= most_slices;
  return is_slice ? std::optional(slicing) : std::nullopt;
}

void add_run_options(CLI::App& app, CommandLine& line) {
  add_job_options(app, line);
  app.add_flag("--retry-failed", line.is_retrying_failed,
               "Give the mini-batches that an earlier start gave up a new set of tries");
  app.add_option_function<std::string>(
         "--slice", [&line](const std::string& text) { line.overrides.slicing = slicing_of(text).value(); },
         "Run slice K of N alone: one Nth of the mini-batches, for prs_mpi join --slices N")
      ->type_name("K/N")
      ->check(CLI::Validator(
          [](const std::string& text) -> std::string {
            if (slicing_of(text)) return "";
            return "'" + text + "' is not allowed; allowed: K/N, as 3/8, with K from 1 to N and N up to " +
                   std::to_string(most_slices);
          },
          ""));
}

void add_join_options(CLI::App& app, CommandLine& line) {
  add_job_options(app, line);
  app.add_option("--slices", line.overrides.slicing.count, "How many slices there are: the N of --slice K/N")
      ->type_name("N")
      ->required()
      ->check(CLI::Range(std::uint32_t{1}, most_slices));
}

void add_try_options(CLI::App& app, CommandLine& line) {
  app.add_option("--mini-batch", line.mini_batch, "Which mini-batch, from 0")
      ->type_name("K")
      ->check(whole_number(18))
      ->capture_default_str();
}

CLI::Validator time_limit() {
  return CLI::Validator(
      [](const std::string& text) -> std::string {
        if (seconds_of_time_limit(text)) return "";
        return "'" + text + "' is not allowed; allowed: 90 (minutes), 4:00:00 (hours), 2-0 or 2-0:30 (days and hours)";
      },
      "");
}

void add_slurm_options(CLI::App& app, CommandLine& line) {
  using Launcher = BatchScript::Launcher;
  app.add_option_function<std::string>(
         "--launcher",
         [&line](const std::string& word) {
           line.slurm.launcher = word == name_of(Launcher::mpirun) ? Launcher::mpirun : Launcher::srun;
         },
         "What starts the ranks: srun, or mpirun where `srun --mpi=list` shows no pmix")
      ->type_name("NAME")
      ->check(CLI::IsMember({name_of(Launcher::srun), name_of(Launcher::mpirun)}))
      ->default_str(name_of(line.slurm.launcher));
  app.add_option("--time", line.slurm.time_limit,
                 "How long one start of the job may take: 90 (minutes), 4:00:00, 2-0 (days)")
      ->type_name("LIMIT")
      ->check(time_limit());
  app.add_option("--cpus-per-task", line.slurm.cpus_per_task,
                 "Cores for one script; without it OMP_NUM_THREADS of environment_variables, else 1")
      ->type_name("N")
      ->check(CLI::Range(1U, 65535U));
  app.add_option("--array", line.slurm.array,
                 "A job array of N tasks, each a slice of the run, and a job that joins them: where one master is not "
                 "enough")
      ->type_name("N")
      ->check(CLI::Range(std::uint32_t{2}, most_slices));
}

void add_config_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--json", line.is_json, "Print JSON, for programs");
  app.add_flag("--given", line.is_given_alone,
               "Print what is given of parallel_run_config, as a v1 file has it; nothing is filled in");
}

void add_report_options(CLI::App& app, CommandLine& line) {
  app.add_option("--to", line.page, "Where the page is written; without it report.html in the run folder")
      ->type_name("FILE");
  app.add_flag("--text", line.is_text, "Prints a summary on the terminal, and writes no page");
}

void add_options(CLI::App& app, CommandLine& line) {
  app.formatter(std::make_shared<HelpFormatter>(is_of_folder(line.verb)));
  if (is_of_folder(line.verb)) {
    app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
    app.add_option("FOLDER", line.folder, "The run folder (`output` in the configuration)")->required()->type_name("");
    return add_report_options(app, line);
  }
  app.add_option("CONFIG", line.config_file, "The configuration file (YAML)")->required()->type_name("");
  add_common_options(app, line);
  if (line.verb == Verb::run) add_run_options(app, line);
  if (line.verb == Verb::join) add_join_options(app, line);
  if (line.verb == Verb::try_one) add_try_options(app, line);
  if (line.verb == Verb::slurm) add_slurm_options(app, line);
  if (line.verb == Verb::config) add_config_options(app, line);
}

/// The options of all verbs, below a heading for each set.
std::string all_options_help() {
  CommandLine line;
  CLI::App app;
  app.set_help_flag("-h,--help", "Print help and exit");
  add_common_options(app, line);
  app.option_defaults()->group("Options of run");
  add_run_options(app, line);
  CLI::App join;  // shares some with run
  join.set_help_flag("");
  join.option_defaults()->group("Options of join");
  add_join_options(join, line);
  app.option_defaults()->group("Options of try");
  add_try_options(app, line);
  app.option_defaults()->group("Options of slurm");
  add_slurm_options(app, line);
  app.option_defaults()->group("Options of report");
  add_report_options(app, line);
  app.option_defaults()->group("Options of config");
  add_config_options(app, line);
  std::string text = CLI::Formatter().make_groups(&app, CLI::AppFormatMode::All) +
                     CLI::Formatter().make_groups(&join, CLI::AppFormatMode::All);
  for (std::size_t gap; (gap = text.find("\n\n\n")) != text.npos;) text.erase(gap, 1);
  return text;
}

std::string overview_page() {
  return std::string(overview) + all_options_help() + "\nKeys of a configuration file:\n\n" + option_help();
}

ParsedCommandLine over(int status, std::string output, std::string message) {
  ParsedCommandLine parsed;
  parsed.is_over = true;
  parsed.exit_status = status;
  parsed.output = std::move(output);
  parsed.message = std::move(message);
  return parsed;
}

ParsedCommandLine usage_error(const std::string& message) {
  return over(static_cast<int>(ExitStatus::usage), "", "prs_mpi: " + message + "\n");
}

std::optional<std::string> nearest_verb(const std::string& word) {
  Words known = {"help"};
  for (const auto& [name, verb] : verbs) known.push_back(name);
  return nearest_name(word, known);
}

/// What is wrong with a first word that is no verb, if it cannot be meant as a file.
std::optional<std::string> first_word_problem(const Words& words) {
  const std::string& word = words[0];
  std::error_code error;
  if (word.find_first_of("/.") != word.npos || word.starts_with("-") || std::filesystem::exists(word, error)) return {};
  if (std::find(later_verbs.begin(), later_verbs.end(), word) != later_verbs.end())
    return "the verb '" + word + "' is not supported by this version; there are " + verb_list;
  if (const auto verb = nearest_verb(word)) return "'" + word + "' is not a verb; did you mean '" + *verb + "'?";
  if (words.size() > 1) return "'" + word + "' is neither a verb nor a file; the verbs are " + verb_list;
  return {};
}

/// "prs_mpi join or prs_mpi run", if these are where the option belongs; else empty.
std::string verbs_with(const std::string& option) {
  std::string names;
  for (const auto& [name, verb] : verbs) {
    CommandLine line;
    line.verb = verb;
    CLI::App app;
    add_options(app, line);
    if (app.get_option_no_throw(option)) names += (names.empty() ? "prs_mpi " : " or prs_mpi ") + name;
  }
  return names;
}

std::string unknown_option_problem(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (const std::string others = verbs_with(name); !others.empty()) return "'" + name + "' is an option of " + others;
  Words known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  const auto nearest = nearest_name(name, known);
  return "unknown option '" + name + "'" + (nearest ? "; did you mean '" + *nearest + "'?" : "");
}

/// What is wrong with words that no option took.
std::string unexpected_words_problem(const CLI::App& app, const CommandLine& line, const Words& unexpected) {
  const auto option =
      std::find_if(unexpected.begin(), unexpected.end(), [](const std::string& word) { return word.starts_with("-"); });
  if (option != unexpected.end()) return unknown_option_problem(app, *option);
  if (verbs.contains(line.config_file))
    return "the verb comes first: prs_mpi " + line.config_file + " " + unexpected.front();
  return "'" + unexpected.front() + "' was not expected after '" + line.config_file +
         "'; there is one configuration file, and what is for the entry script follows a --";
}

/// Fills in what the options of the verb say.
ParsedCommandLine parse_options(ParsedCommandLine parsed, const std::string& verb_name, Words words) {
  CLI::App app("", "prs_mpi " + verb_name);
  add_options(app, parsed.command_line);
  app.allow_extras();
  const std::string hint = " (prs_mpi " + verb_name + " --help shows the options)";
  std::reverse(words.begin(), words.end());
  std::string problem;
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return over(0, app.help(), "");
  } catch (const CLI::CallForVersion& call) {
    return over(0, std::string(call.what()) + "\n", "");
  } catch (const CLI::RequiredError& error) {
    const std::string what = is_of_folder(parsed.command_line.verb) ? "run folder" : "configuration file";
    problem = parsed.command_line.config_file.empty() ? "a " + what + " is missing" : error.what();
  } catch (const CLI::ParseError& error) {
    problem = error.what();
  }
  const Words unexpected = app.remaining();
  if (!unexpected.empty()) problem = unexpected_words_problem(app, parsed.command_line, unexpected);
  return problem.empty() ? parsed : usage_error(problem + hint);
}

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  Words words(argv + 1, argv + argc);
  ParsedCommandLine parsed;
  CommandLine& line = parsed.command_line;
  line.words = words;
  if (words.empty())
    return over(static_cast<int>(ExitStatus::usage), "",
                std::string(overview) + "\nprs_mpi: a configuration file is missing\n");
  if (words[0] == "help" && words.size() > 1 && verbs.contains(words[1])) words = {words[1], "--help"};
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return over(0, overview_page(), "");

  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    line.overrides.has_arguments = true;
    line.overrides.arguments.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  if (words.empty()) return usage_error("a configuration file is missing before --");
  std::string verb_name = "run";
  if (const auto verb = verbs.find(words[0]); verb != verbs.end()) {
    line.verb = verb->second;
    verb_name = words[0];
    words.erase(words.begin());
  } else if (const auto problem = first_word_problem(words)) {
    return usage_error(*problem);
  }
  return parse_options(std::move(parsed), verb_name, std::move(words));
}

}  // namespace prs
