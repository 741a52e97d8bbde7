#include "app/verbs.hpp"

#include <cstdio>

#include "app/batch_job.hpp"
#include "app/check.hpp"
#include "app/completion.hpp"
#include "app/preparation.hpp"
#include "app/report_verb.hpp"
#include "app/status.hpp"
#include "app/try_one.hpp"
#include "config/option_table.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

ExitStatus show_config(const CommandLine& line) {
  std::vector<std::string> warnings;
  std::string text;
  if (line.is_given_alone) {
    text = given_text(line.config_file, line.overrides, warnings);
  } else {
    RunConfig config = load_run_config(line.config_file, line.overrides);
    warnings = std::move(config.warnings);
    text = text_of(config);
  }
  print_warnings(warnings);
  print(line.is_json ? json_of(text) : text);
  return ExitStatus::completed;
}

/// Writes the batch script of this run. It goes to standard output alone, since that is the file.
ExitStatus write_batch_script(const CommandLine& line) {
  const auto& [config, interpreter, plan] = prepare(line);
  print_warnings(plan->warnings());
  const BatchScript script = batch_script_of(line, config);
  print_warnings(doubts_about(script, config, plan->mini_batch_count()));
  print(text_of(script));
  std::fprintf(stderr, "prs_mpi: %s of %s, on %s; keep the script in a file (> job.sbatch), then: sbatch job.sbatch\n",
               counted(plan->mini_batch_count(), "mini-batch", "mini-batches").c_str(), config.name.c_str(),
               counted(script.node_count, "machine", "machines").c_str());
  return ExitStatus::completed;
}

ExitStatus perform(const ParsedCommandLine& parsed) {
  if (parsed.is_over) {
    print(parsed.output);
    std::fputs(parsed.message.c_str(), stderr);
    return static_cast<ExitStatus>(parsed.exit_status);
  }
  const CommandLine& line = parsed.command_line;
  switch (line.verb) {
    case CommandLine::Verb::check:
      return check(line);
    case CommandLine::Verb::try_one:
      return try_one(line);
    case CommandLine::Verb::slurm:
      return write_batch_script(line);
    case CommandLine::Verb::report:
      return report_on(line);
    case CommandLine::Verb::config:
      return show_config(line);
    case CommandLine::Verb::status:
      return show_status(line);
    case CommandLine::Verb::schema:
      print(json_schema());
      return ExitStatus::completed;
    case CommandLine::Verb::completion:
      print(bash_completion());
      return ExitStatus::completed;
    case CommandLine::Verb::manual:
      print(manual_page());
      return ExitStatus::completed;
    case CommandLine::Verb::run:
    case CommandLine::Verb::join:
      break;
  }
  PRS_INVARIANT(false && "run needs workers");
}

}  // namespace

ExitStatus run_without_workers(const ParsedCommandLine& parsed) {
  const ExitStatus status = perform(parsed);
  settle_output();
  return status;
}

}  // namespace prs
