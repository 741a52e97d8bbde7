#include "app/try_one.hpp"

#include <cstdio>
#include <thread>

#include "app/chosen_files.hpp"
#include "app/preparation.hpp"
#include "dataset/quote_survey.hpp"
#include "farm/asked_loader.hpp"
#include "farm/column_output.hpp"
#include "farm/host_settings.hpp"
#include "farm/table_schema.hpp"
#include "script/script_driver.hpp"
#include "support/humane.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

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

Task task_of(const CommandLine& line, const Plan& plan) {
  if (!line.items.empty()) return ChosenFiles(line.items).task_of(plan);
  if (line.mini_batch >= plan.mini_batch_count())
    throw UserError("--mini-batch " + std::to_string(line.mini_batch) + ": the plan has mini-batches 0 to " +
                    std::to_string(plan.mini_batch_count() - 1));
  const MiniBatchIndex mini_batch{line.mini_batch};
  return {mini_batch, 1, plan.items_of(mini_batch), plan.key_values_of(mini_batch)};
}

/// From the script's start to its end.
void run_to_end(ScriptDriver& driver, Task task, ScriptDriver::Events& events) {
  driver.start(Clock::now());
  driver.give(std::move(task), Clock::now());
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
}

/// Where there is not one for each item (rule 4.4).
std::string about_rows(const TryEnd& end) {
  const std::uint32_t succeeded = succeeded_items(end.rows, end.items);
  if (succeeded < end.items)
    return "; a run counts " + counted(end.items - succeeded, "item", "items") +
           " as failed, since run() returned fewer rows than items";
  return end.rows > end.items ? "; a run warns of more rows than items" : "";
}

}  // namespace

ExitStatus try_one(const CommandLine& line) {
  const auto& [config, interpreter, plan] = prepare(line);
  const Task task = task_of(line, *plan);
  const auto number = static_cast<unsigned long long>(task.mini_batch.value);
  const TemporaryFolder folder;
  GatheredRows rows;
  ScriptSettings settings = foreground_settings(config, interpreter, RunFolder{folder.path()});
  settings.tables.schema = settle_table_schema(config, *plan, interpreter);
  if (writes_columns(config)) settings.rows.format = RowFormat::csv;  // for the terminal
  count_quotes_before(task.mini_batch, *plan, settings);
  ScriptDriver driver(std::move(settings), rows);
  ScriptDriver::Events events;
  run_to_end(driver, task, events);
  const Failure failure = driver.gave_up() ? *driver.gave_up() : events.ended.front().failure;
  const bool is_done = !driver.gave_up() && events.ended.front().status == TryStatus::run_done;
  if (!is_done) {
    std::fprintf(stderr, "%s\nprs_mpi: mini-batch %llu failed: %s\n", failure.detail.c_str(), number,
                 failure.message.c_str());
    return ExitStatus::failed;
  }
  const TryEnd& end = events.ended.front();
  print(rows.text);
  std::fprintf(stderr, "prs_mpi: mini-batch %llu: %s for %s, run() took %.3f s%s\n", number,
               counted(end.rows, "row", "rows").c_str(), counted(end.items, "item", "items").c_str(),
               seconds_of(end.run_time), about_rows(end).c_str());
  return ExitStatus::completed;
}

}  // namespace prs
