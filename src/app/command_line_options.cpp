#include "app/command_line_options.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "app/version.hpp"

namespace prs {
namespace {

using Verb = CommandLine::Verb;

constexpr std::uint32_t most_slices = 100'000;

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

/// Its range stands in its message, and not in what people read of the option.
CLI::Validator number_in(std::uint32_t least, std::uint32_t most) {
  return CLI::Range(least, most).description("");
}

/// Those of each verb that reads a configuration.
void add_configuration_options(CLI::App& app, CommandLine& line) {
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
  CLI::Option* quiet = app.add_flag("-q,--quiet", line.speech.is_quiet, "Print the last line and errors only");
  app.add_flag("--verbose", line.speech.is_verbose, "Also print what the master's log gets")->excludes(quiet);
  app.add_flag("--no-color", line.speech.is_plain,
               "No colours on a terminal; NO_COLOR in the environment does the same");
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
      ->check(number_in(1, most_slices));
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
           line.slurm.launcher = word == name_of(Launcher::mpirun) ? Launcher::mpirun : Launcher::srun;
         },
         "What starts the ranks: srun, or mpirun where `srun --mpi=list` shows no pmix")
      ->type_name("NAME")
      ->check(CLI::IsMember({name_of(Launcher::srun), name_of(Launcher::mpirun)}).description(""))
      ->default_str(name_of(line.slurm.launcher));
  app.add_option("--time", line.slurm.time_limit,
                 "How long one start of the job may take: 90 (minutes), 4:00:00, 2-0 (days)")
      ->type_name("LIMIT")
      ->check(time_limit());
  app.add_option("--cpus-per-task", line.slurm.cpus_per_task,
                 "Cores for one script; without it OMP_NUM_THREADS of environment_variables, else 1")
      ->type_name("N")
      ->check(number_in(1, 65535));
  app.add_option("--array", line.slurm.array,
                 "A job array of N tasks, each a slice of the run, and a job that joins them: where one master is not "
                 "enough")
      ->type_name("N")
      ->check(number_in(2, most_slices));
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

}  // namespace

const std::vector<VerbWord>& verb_words() {
  static const std::vector<VerbWord> words = {
      {"run", Verb::run, "CONFIG", "", "runs; starts itself under mpirun where none has started it", add_run_options},
      {"join", Verb::join, "CONFIG", " --slices N", "puts the rows of the slices together", add_join_options},
      {"check", Verb::check, "CONFIG", "", "validates, and shows the plan", add_json_option},
      {"try", Verb::try_one, "CONFIG", " --mini-batch K", "one mini-batch in the foreground, on this terminal",
       add_try_options},
      {"slurm", Verb::slurm, "CONFIG", " > job.sbatch", "the batch script for a Slurm cluster", add_slurm_options},
      {"status", Verb::status, "FOLDER", "", "how the run in a run folder stands; --watch follows it",
       add_status_options},
      {"report", Verb::report, "FOLDER", "", "the page about the run in a run folder, made anew", add_report_options},
      {"config", Verb::config, "CONFIG", "", "what was understood, defaults filled in", add_config_options},
      {"schema", Verb::schema, "", " > prs_mpi.json", "the JSON Schema of a configuration, for editors", nullptr},
      {"completion", Verb::completion, "SHELL", "", "the completion of this command for a shell: bash", nullptr},
      {"manual", Verb::manual, "", " > prs_mpi.1", "the manual page", nullptr}};
  return words;
}

const VerbWord* find_verb(const std::string& name) {
  const auto& words = verb_words();
  const auto found = std::find_if(words.begin(), words.end(), [&](const VerbWord& word) { return word.name == name; });
  return found == words.end() ? nullptr : &*found;
}

const VerbWord& word_of(Verb verb) {
  const auto& words = verb_words();
  return *std::find_if(words.begin(), words.end(), [=](const VerbWord& word) { return word.verb == verb; });
}

void add_options(CLI::App& app, CommandLine& line) {
  const VerbWord& word = word_of(line.verb);
  app.formatter(std::make_shared<HelpFormatter>(word.takes("CONFIG")));
  app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
  if (word.takes("FOLDER"))
    app.add_option("FOLDER", line.folder, "The run folder: `output` of the configuration")->required()->type_name("");
  if (word.takes("SHELL"))
    app.add_option("SHELL", line.shell, "bash")
        ->required()
        ->type_name("")
        ->check(CLI::IsMember({"bash"}).description(""));
  if (word.takes("CONFIG")) {
    app.add_option("CONFIG", line.config_file, "The configuration file (YAML)")->required()->type_name("");
    add_configuration_options(app, line);
  }
  if (word.add_own_options) word.add_own_options(app, line);
}

std::string all_options_help() {
  CommandLine line;
  CLI::App app;
  app.set_help_flag("-h,--help", "Print help and exit");
  app.set_version_flag("-V,--version", std::string("prs_mpi ") + version, "Print the version and exit");
  add_configuration_options(app, line);
  std::string text = CLI::Formatter().make_groups(&app, CLI::AppFormatMode::All);
  for (const VerbWord& word : verb_words()) {
    if (!word.add_own_options) continue;
    CLI::App own;  // some are options of several verbs
    own.set_help_flag("");
    own.option_defaults()->group("Options of " + std::string(word.name));
    word.add_own_options(own, line);
    text += CLI::Formatter().make_groups(&own, CLI::AppFormatMode::All);
  }
  for (std::size_t gap; (gap = text.find("\n\n\n")) != text.npos;) text.erase(gap, 1);
  return text;
}

}  // namespace prs
