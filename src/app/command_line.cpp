#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string_view>

#include "app/version.hpp"
#include "config/option_table.hpp"
#include "support/errors.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

using Verb = CommandLine::Verb;
using Words = std::vector<std::string>;

struct VerbWord {
  const char* name;
  Verb verb;
  const char* argument;  ///< the file, or the folder, that it takes
  const char* usage;     ///< what follows the argument
  const char* summary;
};
const std::vector<VerbWord> verbs = {
    {"run", Verb::run, "CONFIG", "", "runs; starts itself under mpirun where none has started it"},
    {"check", Verb::check, "CONFIG", "", "validates, and shows the plan"},
    {"try", Verb::try_one, "CONFIG", " --mini-batch K", "one mini-batch in the foreground, on this terminal"},
    {"slurm", Verb::slurm, "CONFIG", " > job.sbatch", "the batch script for a Slurm cluster"},
    {"config", Verb::config, "CONFIG", "", "what was understood, defaults filled in"},
    {"status", Verb::status, "FOLDER", "", "how the run in a run folder stands; --watch follows it"},
    {"schema", Verb::schema, "", " > prs_mpi.json", "the JSON Schema of a configuration, for editors"},
    {"completion", Verb::completion, "SHELL", "", "the completion of this command for a shell: bash"},
    {"manual", Verb::manual, "", " > prs_mpi.1", "the manual page"}};

const VerbWord* find_verb(const std::string& name) {
  const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const VerbWord& word) { return word.name == name; });
  return found == verbs.end() ? nullptr : &*found;
}

const VerbWord& word_of(Verb verb) {
  return *std::find_if(verbs.begin(), verbs.end(), [=](const VerbWord& word) { return word.verb == verb; });
}

std::string verb_list() {
  std::string list;
  for (const VerbWord& word : verbs) list += (list.empty() ? "" : ", ") + std::string(word.name);
  return list;
}

/// Verbs of the rules that this version does not have: refused by name, not taken for a file.
const Words later_verbs = {"report"};

std::string overview() {
  constexpr std::size_t width = 38;
  std::string text =
      "prs_mpi runs an entry script over files in parallel, as one MPI job.\n"
      "\n"
      "  mpirun -n N prs_mpi [run] CONFIG    N = 1 + node_count x process_count_per_node\n";
  for (const VerbWord& word : verbs) {
    std::string line = "  prs_mpi " + std::string(word.verb == Verb::run ? "[run]" : word.name);
    line += (*word.argument == '\0' ? "" : " ") + std::string(word.argument) + word.usage;
    line.resize(std::max(width, line.size() + 2), ' ');
    text += line + word.summary + "\n";
  }
  return text +
         "\n"
         "What follows a -- goes to the entry script. prs_mpi VERB --help has the options of a verb alone.\n"
         "Exit status: 0 completed, 1 failed, 2 usage or configuration error, 3 infrastructure error (resumable),\n"
         "75 interrupted (the same command goes on). status gives that of the run, and 4 while it goes on.\n";
}

/// Adds what comes after the options and has no name of its own.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(bool takes_config) : takes_config_(takes_config) {}
  std::string make_usage(const CLI::App* app, std::string name) const override {
    if (!takes_config_) return CLI::Formatter::make_usage(app, name);
    return "Usage: " + name + " [OPTIONS] CONFIG [-- ARGUMENTS]\n";
  }
  std::string make_positionals(const CLI::App* app) const override {
    if (!takes_config_) return CLI::Formatter::make_positionals(app);
    std::stringstream arguments;
    CLI::detail::format_help(arguments, "-- ARGUMENTS", "The entry script's sys.argv[1:], each as it is written",
                             get_column_width());
    return CLI::Formatter::make_positionals(app) + arguments.str();
  }

 private:
  bool takes_config_;
};

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

bool takes_config(Verb verb) {
  return std::string_view(word_of(verb).argument) == "CONFIG";
}

void add_config_options(CLI::App& app, CommandLine& line) {
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
}

void add_run_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--overwrite", line.is_overwriting, "Delete what an earlier run left in the run folder");
  app.add_flag("--retry-failed", line.is_retrying_failed,
               "Give the mini-batches that an earlier start gave up a new set of tries");
  app.add_option("--restarts", line.restarts, "Without mpirun: how often to start again after a lost rank")
      ->type_name("N")
      ->check(whole_number(9))
      ->capture_default_str();
  CLI::Option* quiet = app.add_flag("-q,--quiet", line.speech.is_quiet, "Print the last line and errors only");
  app.add_flag("--verbose", line.speech.is_verbose, "Also print what the master's log gets")->excludes(quiet);
  app.add_flag("--no-color", line.speech.is_plain,
               "No colours on a terminal; NO_COLOR in the environment does the same");
}

void add_try_options(CLI::App& app, CommandLine& line) {
  CLI::Option* number = app.add_option("--mini-batch", line.mini_batch, "Which mini-batch, from 0")
                            ->type_name("K")
                            ->check(whole_number(18))
                            ->capture_default_str();
  app.add_option("--items", line.items, "Only these files of the input, by their path or name, in one mini-batch")
      ->type_name("FILE...")
      ->expected(1, 1 << 20)
      ->excludes(number);
}

void add_json_option(CLI::App& app, CommandLine& line) {
  app.add_flag("--json", line.is_json, "Print JSON, for scripts, whose fields docs/running.md names");
}

void add_status_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--watch", line.is_watching, "Follow the run until it is over");
  add_json_option(app, line);
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
           line.launcher = word == name_of(Launcher::mpirun) ? Launcher::mpirun : Launcher::srun;
         },
         "What starts the ranks: srun, or mpirun where `srun --mpi=list` shows no pmix")
      ->type_name("NAME")
      ->check(CLI::IsMember({name_of(Launcher::srun), name_of(Launcher::mpirun)}))
      ->default_str(name_of(line.launcher));
  app.add_option("--time", line.time_limit, "How long one start of the job may take: 90 (minutes), 4:00:00, 2-0 (days)")
      ->type_name("LIMIT")
      ->check(time_limit());
  app.add_option("--cpus-per-task", line.cpus_per_task,
                 "Cores for one script; without it OMP_NUM_THREADS of environment_variables, else 1")
      ->type_name("N")
      ->check(CLI::Range(1U, 65535U));
}

void add_options(CLI::App& app, CommandLine& line) {
  app.formatter(std::make_shared<HelpFormatter>(takes_config(line.verb)));
  app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
  if (line.verb == Verb::status) {
    app.add_option("FOLDER", line.folder, "The run folder: `output` of the configuration")->required()->type_name("");
    return add_status_options(app, line);
  }
  if (line.verb == Verb::completion)
    app.add_option("SHELL", line.shell, "bash")->required()->type_name("")->check(CLI::IsMember({"bash"}));
  if (!takes_config(line.verb)) return;
  app.add_option("CONFIG", line.config_file, "The configuration file (YAML)")->required()->type_name("");
  add_config_options(app, line);
  if (line.verb == Verb::run) add_run_options(app, line);
  if (line.verb == Verb::check) add_json_option(app, line);
  if (line.verb == Verb::try_one) add_try_options(app, line);
  if (line.verb == Verb::slurm) add_slurm_options(app, line);
}

/// The options of all verbs, below a heading for each set.
std::string all_options_help() {
  CommandLine line;
  CLI::App app;
  app.set_help_flag("-h,--help", "Print help and exit");
  app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
  add_config_options(app, line);
  app.option_defaults()->group("Options of run");
  add_run_options(app, line);
  app.option_defaults()->group("Options of try");
  add_try_options(app, line);
  app.option_defaults()->group("Options of slurm");
  add_slurm_options(app, line);
  app.option_defaults()->group("Options of status, and --json of check");
  add_status_options(app, line);
  std::string text = CLI::Formatter().make_groups(&app, CLI::AppFormatMode::All);
  for (std::size_t gap; (gap = text.find("\n\n\n")) != text.npos;) text.erase(gap, 1);
  return text;
}

std::string overview_page() {
  return overview() + all_options_help() + "\nKeys of a configuration file:\n\n" + option_help();
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
  for (const VerbWord& verb : verbs) known.emplace_back(verb.name);
  return nearest_name(word, known);
}

/// What is wrong with a first word that is no verb, if it cannot be meant as a file.
std::optional<std::string> first_word_problem(const Words& words) {
  const std::string& word = words[0];
  std::error_code error;
  if (word.find_first_of("/.") != word.npos || word.starts_with("-") || std::filesystem::exists(word, error)) return {};
  if (std::find(later_verbs.begin(), later_verbs.end(), word) != later_verbs.end())
    return "the verb '" + word + "' is not supported by this version; there are " + verb_list();
  if (const auto verb = nearest_verb(word)) return "'" + word + "' is not a verb; did you mean '" + *verb + "'?";
  if (words.size() > 1) return "'" + word + "' is neither a verb nor a file; the verbs are " + verb_list();
  return {};
}

/// "prs_mpi try", if that is where the option belongs.
std::optional<std::string> other_verb_with(const std::string& option) {
  for (const VerbWord& word : verbs) {
    CommandLine line;
    line.verb = word.verb;
    CLI::App app;
    add_options(app, line);
    if (app.get_option_no_throw(option)) return std::string("prs_mpi ") + word.name;
  }
  return {};
}

std::string unknown_option_problem(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (const auto verb = other_verb_with(name)) return "'" + name + "' is an option of " + *verb;
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
  if (find_verb(line.config_file))
    return "the verb comes first: prs_mpi " + line.config_file + " " + unexpected.front();
  if (!takes_config(line.verb)) return "'" + unexpected.front() + "' was not expected";
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
  } catch (const CLI::RequiredError&) {
    const std::string argument = word_of(parsed.command_line.verb).argument;
    problem = argument == "CONFIG"   ? "a configuration file is missing"
              : argument == "FOLDER" ? "a run folder is missing"
                                     : "the shell is missing: bash";
  } catch (const CLI::ParseError& error) {
    problem = error.what();
  }
  const Words unexpected = app.remaining();
  if (!unexpected.empty()) problem = unexpected_words_problem(app, parsed.command_line, unexpected);
  return problem.empty() ? parsed : usage_error(problem + hint);
}

}  // namespace

std::vector<VerbPage> verb_pages() {
  std::vector<VerbPage> pages;
  for (const VerbWord& word : verbs) {
    CommandLine line;
    line.verb = word.verb;
    CLI::App app;
    app.set_help_flag("-h,--help", "Print help and exit");
    add_options(app, line);
    VerbPage& page = pages.emplace_back(VerbPage{word.name, word.argument, word.summary, {}});
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional()) continue;
      VerbPage::Option& shown = page.options.emplace_back();
      for (const std::string& name : option->get_snames()) shown.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) shown.names.push_back("--" + name);
      if (option->get_items_expected_max() > 0) shown.value = option->get_type_name();
      shown.sentence = option->get_description();
    }
  }
  return pages;
}

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  Words words(argv + 1, argv + argc);
  ParsedCommandLine parsed;
  CommandLine& line = parsed.command_line;
  line.words = words;
  if (words.empty())
    return over(static_cast<int>(ExitStatus::usage), "", overview() + "\nprs_mpi: a configuration file is missing\n");
  if (words[0] == "help" && words.size() > 1 && find_verb(words[1])) words = {words[1], "--help"};
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return over(0, overview_page(), "");

  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    line.overrides.has_arguments = true;
    line.overrides.arguments.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  if (words.empty()) return usage_error("a configuration file is missing before --");
  std::string verb_name = "run";
  if (const VerbWord* verb = find_verb(words[0])) {
    line.verb = verb->verb;
    verb_name = words[0];
    words.erase(words.begin());
  } else if (const auto problem = first_word_problem(words)) {
    return usage_error(*problem);
  }
  if (!takes_config(line.verb) && line.overrides.has_arguments)
    return usage_error("'--' is for an entry script, and " + verb_name + " starts none");
  return parse_options(std::move(parsed), verb_name, std::move(words));
}

}  // namespace prs
