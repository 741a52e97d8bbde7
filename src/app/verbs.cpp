#include "app/verbs.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "app/batch_job.hpp"
#include "app/report_verb.hpp"
#include "cluster/machine.hpp"
#include "dataset/quote_survey.hpp"
#include "farm/asked_loader.hpp"
#include "farm/column_output.hpp"
#include "farm/host_settings.hpp"
#include "farm/planning.hpp"
#include "farm/table_schema.hpp"
#include "script/script_driver.hpp"
#include "support/humane.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) std::fprintf(stderr, "prs_mpi: warning: %s\n", warning.c_str());
}

/// "digits, 5 items: /data/1.png ... /data/5.png"
std::string text_of(const Plan& plan, MiniBatchIndex mini_batch) {
  const MiniBatchItems items = plan.items_of(mini_batch);
  const ItemNames names = names_of(items);
  return plan.input_name_of(mini_batch) + ", " + std::to_string(item_count(items)) +
         (item_count(items) == 1 ? " item: " : " items: ") + names.first +
         (names.last.empty() ? "" : " ... " + names.last);
}

/// What a run finds out before anything starts.
struct Preparation {
  RunConfig config;
  Interpreter interpreter;
  std::unique_ptr<Plan> plan;
};

Preparation prepare(const CommandLine& line) {
  Preparation made;
  made.config = load_run_config(line.config_file, line.overrides);
  print_warnings(made.config.warnings);
  made.interpreter = find_interpreter_for(made.config);
  made.plan = make_plan(made.config, made.interpreter);
  return made;
}

/// Validates all that a run would, and shows the plan.
ExitStatus check(const CommandLine& line) {
  const auto& [config, interpreter, made_plan] = prepare(line);
  const Plan& plan = *made_plan;
  print_warnings(plan.warnings());
  print("name           " + config.name + "\n");
  print("entry script   " + config.entry_script_path() + "\n");
  print("interpreter    " + spaced(interpreter.command) + " (Python " + interpreter.version + "; " +
        reason_of(interpreter_choice(config)) + ")\n");
  print("run folder     " + config.output + "\n");
  print("world          mpirun -n " +
        std::to_string(world_size_of(config.parallel.node_count, config.parallel.process_count_per_node)) + "\n");
  print("input          " + plan.content_text() + "\n");
  print("mini-batches   " + std::to_string(plan.mini_batch_count()) + "\n");
  constexpr std::uint64_t shown = 3;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) {
    if (i == shown && plan.mini_batch_count() > shown + 1) {
      print("  ...\n");
      i = plan.mini_batch_count() - 1;
    }
    print("  " + std::to_string(i) + "  " + text_of(plan, MiniBatchIndex{i}) + "\n");
  }
  return ExitStatus::completed;
}

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

struct GatheredRows final : RowSink {
  void add(std::string_view rows) override { text += rows; }
  Stretch end_try() override { return {}; }
  std::string text;
};

/// Where line breaks may stand in quotes: the file is gone through up to this mini-batch (rule 3.3).
void count_quotes_before(MiniBatchIndex mini_batch, Plan& plan, const ScriptSettings& settings) {
  const auto survey = quote_survey_of(plan, mini_batch);
  if (!survey) return;
  AskedLoader loader(settings);
  for (std::size_t share = 0; share < survey->shares(); ++share) {
    const std::string problem = survey->take(share, loader.scan({survey->step_bytes(), survey->share(share)}));
    if (!problem.empty()) std::fprintf(stderr, "prs_mpi: quotes that could not be counted: %s\n", problem.c_str());
  }
}

/// One mini-batch in the foreground: the script has this terminal, and all the time it wants; its rows follow on
/// standard output.
ExitStatus try_one(const CommandLine& line) {
  const auto& [config, interpreter, made_plan] = prepare(line);
  const Plan& plan = *made_plan;
  if (line.mini_batch >= plan.mini_batch_count())
    throw UserError("--mini-batch " + std::to_string(line.mini_batch) + ": the plan has mini-batches 0 to " +
                    std::to_string(plan.mini_batch_count() - 1));
  const TemporaryFolder folder;
  GatheredRows rows;
  ScriptSettings settings = foreground_settings(config, interpreter, RunFolder{folder.path()});
  settings.tables.schema = settle_table_schema(config, plan, interpreter);
  if (writes_columns(config)) settings.rows.format = RowFormat::csv;  // for the terminal
  count_quotes_before(MiniBatchIndex{line.mini_batch}, *made_plan, settings);
  ScriptDriver driver(std::move(settings), rows);
  ScriptDriver::Events events;
  driver.start(Clock::now());
  const MiniBatchIndex mini_batch{line.mini_batch};
  driver.give({mini_batch, 1, plan.items_of(mini_batch), plan.key_values_of(mini_batch)}, Clock::now());
  while (events.ended.empty() && !driver.gave_up()) {
    driver.poll(Clock::now(), events);
    std::vector<pollfd> fds;
    driver.add_poll_fds(fds);
    if (events.ended.empty()) ::poll(fds.data(), static_cast<nfds_t>(fds.size()), 100);
  }
  driver.begin_shutdown(Clock::now() + std::chrono::hours(24));
  while (!driver.is_over()) {
    driver.poll(Clock::now(), events);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  for (const std::string& note : events.notes) std::fprintf(stderr, "prs_mpi: %s\n", note.c_str());
  const Failure failure = driver.gave_up() ? *driver.gave_up() : events.ended.front().failure;
  const bool is_done = !driver.gave_up() && events.ended.front().status == TryStatus::run_done;
  if (!is_done) {
    std::fprintf(stderr, "%s\nprs_mpi: mini-batch %llu failed: %s\n", failure.detail.c_str(),
                 static_cast<unsigned long long>(line.mini_batch), failure.message.c_str());
    return ExitStatus::failed;
  }
  const TryEnd& end = events.ended.front();
  print(rows.text);
  std::fprintf(stderr, "prs_mpi: mini-batch %llu: %llu rows for %u items, run() took %.3f s\n",
               static_cast<unsigned long long>(line.mini_batch), static_cast<unsigned long long>(end.rows), end.items,
               seconds_of(end.run_time));
  return ExitStatus::completed;
}

}  // namespace

ExitStatus run_without_workers(const ParsedCommandLine& parsed) {
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
    case CommandLine::Verb::run:
    case CommandLine::Verb::join:
      break;
  }
  PRS_INVARIANT(false && "run needs workers");
}

}  // namespace prs
