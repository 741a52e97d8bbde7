#include "mpi/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "config/option_table.hpp"
#include "mpi/version.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

using Verb = CommandLine::Verb;

const std::map<std::string, Verb> verbs = {
    {"run", Verb::run}, {"check", Verb::check}, {"try", Verb::try_one}, {"config", Verb::config}};

/// Verbs of the SPEC that this version does not have: refused by name, not taken for a file.
const std::vector<std::string> later_verbs = {"slurm", "status", "report", "schema"};

constexpr const char* overview =
    "prs_mpi runs an entry script over files in parallel, as one MPI job.\n"
    "\n"
    "  mpirun -n N prs_mpi [run] CONFIG    N = 1 + node_count x process_count_per_node\n"
    "  prs_mpi [run] CONFIG                starts itself under mpirun\n"
    "  prs_mpi check CONFIG                validates, and shows the plan\n"
    "  prs_mpi try CONFIG --mini-batch K   one mini-batch in the foreground, on this terminal\n"
    "  prs_mpi config CONFIG               what was understood, defaults filled in\n"
    "\n"
    "What follows a -- goes to the entry script. prs_mpi VERB --help has the options of a verb.\n"
    "Exit status: 0 completed, 1 failed, 2 usage or configuration error, 3 infrastructure error (resumable),\n"
    "75 interrupted (the same command goes on).\n";

void add_options(CLI::App& app, CommandLine& line) {
  app.add_option("config", line.config_file, "The configuration file (YAML)")->required()->type_name("CONFIG");
  app.add_option("--set", line.overrides.settings, "Override a key: --set run_max_try=5 (repeatable)")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--input", line.overrides.inputs, "An input's path (repeatable)")
      ->type_name("NAME=PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--output", line.overrides.output, "The run folder")->type_name("FOLDER");
  switch (line.verb) {
    case Verb::run:
      app.add_flag("--overwrite", line.is_overwriting, "Delete what an earlier run left in the run folder");
      app.add_flag("--retry-failed", line.is_retrying_failed,
                   "Give the mini-batches that an earlier start gave up a new set of tries");
      app.add_option("--restarts", line.restarts, "Without mpirun: how often to start again after a lost rank")
          ->capture_default_str();
      break;
    case Verb::try_one:
      app.add_option("--mini-batch", line.mini_batch, "Which mini-batch, from 0")
          ->type_name("K")
          ->capture_default_str();
      break;
    default:
      break;
  }
}

ParsedCommandLine over(int status, std::string output, std::string message) {
  ParsedCommandLine parsed;
  parsed.is_over = true;
  parsed.exit_status = status;
  parsed.output = std::move(output);
  parsed.message = std::move(message);
  return parsed;
}

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  constexpr int usage = static_cast<int>(ExitStatus::usage);
  std::vector<std::string> words(argv + 1, argv + argc);
  ParsedCommandLine parsed;
  CommandLine& line = parsed.command_line;
  line.words = words;
  if (words.empty()) return over(usage, "", std::string("prs_mpi: a configuration file is missing\n\n") + overview);
  if (words[0] == "--help" || words[0] == "-h")
    return over(0, std::string(overview) + "\nKeys of a configuration file:\n\n" + option_help(), "");
  if (words[0] == "--version") return over(0, std::string("prs_mpi ") + version + "\n", "");

  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    line.overrides.has_arguments = true;
    line.overrides.arguments.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  if (words.empty()) return over(usage, "", "prs_mpi: a configuration file is missing before --\n");
  std::string verb_name = "run";
  if (const auto verb = verbs.find(words[0]); verb != verbs.end()) {
    line.verb = verb->second;
    verb_name = words[0];
    words.erase(words.begin());
  } else if (std::find(later_verbs.begin(), later_verbs.end(), words[0]) != later_verbs.end()) {
    return over(
        usage, "",
        "prs_mpi: the verb '" + words[0] + "' is not supported by this version; there are run, check, try, config\n");
  }
  CLI::App app("", "prs_mpi " + verb_name);
  add_options(app, line);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return over(0, app.help(), "");
  } catch (const CLI::ParseError& error) {
    return over(usage, "",
                std::string("prs_mpi: ") + error.what() + "\nprs_mpi " + verb_name + " --help shows the options\n");
  }
  return parsed;
}

}  // namespace prs
