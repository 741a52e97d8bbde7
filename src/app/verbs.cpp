#include "app/verbs.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "cluster/machine.hpp"
#include "farm/host_settings.hpp"
#include "farm/run_start.hpp"
#include "script/script_driver.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::vector<std::string_view> paths_of(std::string_view items) {
  std::vector<std::string_view> paths;
  while (!items.empty()) {
    const std::size_t end = items.find('\0');
    paths.push_back(items.substr(0, end));
    items.remove_prefix(end + 1);
  }
  return paths;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) std::fprintf(stderr, "prs_mpi: warning: %s\n", warning.c_str());
}

/// Validates all that a run would, and shows the plan.
ExitStatus check(const CommandLine& line) {
  const RunConfig config = load_run_config(line.config_file, line.overrides);
  print_warnings(config.warnings);
  const Interpreter interpreter = find_interpreter_for(config);
  const FilePlan plan = make_plan(config);
  print_warnings(plan.warnings());
  std::string python;
  for (const std::string& word : interpreter.command) python += word + " ";
  print("name           " + config.name + "\n");
  print("entry script   " + config.entry_script_path() + "\n");
  print("interpreter    " + python + "(Python " + interpreter.version + "; " + reason_of(interpreter_choice(config)) +
        ")\n");
  print("run folder     " + config.output + "\n");
  print("world          mpirun -n " +
        std::to_string(world_size_of(config.parallel.node_count, config.parallel.process_count_per_node)) + "\n");
  print("items          " + std::to_string(plan.item_count()) + "\n");
  print("mini-batches   " + std::to_string(plan.mini_batch_count()) + "\n");
  constexpr std::uint64_t shown = 3;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) {
    if (i == shown && plan.mini_batch_count() > shown + 1) {
      print("  ...\n");
      i = plan.mini_batch_count() - 1;
    }
    const FilePlan::Items items = plan.items_of(MiniBatchIndex{i});
    const auto paths = paths_of(items.paths);
    print("  " + std::to_string(i) + "  " + plan.input_names()[items.input] + ", " + std::to_string(items.count) +
          (items.count == 1 ? " item: " : " items: ") + std::string(paths.front()) +
          (paths.size() > 1 ? " ... " + std::string(paths.back()) : "") + "\n");
  }
  return ExitStatus::completed;
}

Task task_of(const FilePlan& plan, std::uint64_t mini_batch) {
  const FilePlan::Items items = plan.items_of(MiniBatchIndex{mini_batch});
  Task task;
  task.mini_batch = MiniBatchIndex{mini_batch};
  task.input = items.input;
  task.item_count = items.count;
  task.items = items.paths;
  return task;
}

struct GatheredRows final : RowSink {
  void add(std::string_view rows) override { text += rows; }
  Stretch end_try() override { return {}; }
  std::string text;
};

/// One mini-batch in the foreground: the script has this terminal, and all the time it wants; its rows follow on
/// standard output.
ExitStatus try_one(const CommandLine& line) {
  const RunConfig config = load_run_config(line.config_file, line.overrides);
  print_warnings(config.warnings);
  const Interpreter interpreter = find_interpreter_for(config);
  const FilePlan plan = make_plan(config);
  if (line.mini_batch >= plan.mini_batch_count())
    throw UserError("--mini-batch " + std::to_string(line.mini_batch) + ": the plan has mini-batches 0 to " +
                    std::to_string(plan.mini_batch_count() - 1));
  const TemporaryFolder folder;
  GatheredRows rows;
  ScriptDriver driver(foreground_settings(config, interpreter, RunFolder{folder.path()}), rows);
  ScriptDriver::Events events;
  driver.start(Clock::now());
  driver.give(task_of(plan, line.mini_batch), Clock::now());
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
    case CommandLine::Verb::config: {
      const RunConfig config = load_run_config(line.config_file, line.overrides);
      print_warnings(config.warnings);
      print(text_of(config));
      return ExitStatus::completed;
    }
    case CommandLine::Verb::run:
      break;
  }
  PRS_INVARIANT(!"run needs workers");
}

}  // namespace prs
