#include "farm/run_start.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cluster/launched.hpp"
#include "dataset/file_plan.hpp"
#include "farm/earlier_output.hpp"
#include "farm/host_settings.hpp"
#include "output/run_folder_contents.hpp"
#include "output/run_identity.hpp"
#include "script/interpreter.hpp"
#include "script/script_kind.hpp"
#include "support/clock.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

RunIdentity identity_of(const RunConfig& config, const Plan& plan) {
  RunIdentity identity;
  identity.name = config.name;
  identity.plan_fingerprint = plan.fingerprint();
  std::string inputs;
  std::vector<std::string> input_words;
  for (const InputConfig& input : config.inputs) {
    inputs += (inputs.empty() ? "" : "; ") + input.name + ": " + joined(input.paths);
    input_words.insert(input_words.end(), {input.name, std::to_string(input.paths.size())});
    input_words.insert(input_words.end(), input.paths.begin(), input.paths.end());
  }
  identity.words = {{"inputs", input_words}, {"arguments", config.arguments}};
  identity.settled = {
      {"inputs", inputs},
      {"arguments", joined(config.arguments)},
      {"mini_batch_size", std::to_string(config.parallel.mini_batch_size.value)},
      {"mini_batches", std::to_string(plan.mini_batch_count())},
      {"output_action", name_of(config.parallel.output_action)},
      {"append_row_file_name", config.parallel.append_row_file_name},
  };
  return identity;
}

/// --overwrite. Without a run in it, the folder's files are somebody else's; only the names that a refusal names are
/// what it is for.
void delete_earlier(const RunFolder& folder, const std::string& output_file, bool is_run_folder) {
  if (is_run_folder) return delete_earlier_run(folder, output_file);
  for (const std::string& path : {output_file, folder.failed_items()}) fs::remove(path);
}

/// Where this start's command was given before, and is given again by its launcher: the run's first start by it. What
/// it asks to be deleted, or tried anew, is not what it has done since. None: it is given for the first time, or no
/// start before came as far as to take the folder over.
std::optional<std::uint32_t> start_of_same_command(const RunFolder& folder) {
  if (launcher_id().empty()) return std::nullopt;
  try {
    const auto earlier = load_run_identity(folder.identity());
    if (earlier && earlier->launch.launcher == launcher_id()) return earlier->launch.first_start;
  } catch (const InfrastructureError&) {  // of such a file nothing is known; who goes on with it says so
  }
  return std::nullopt;
}

/// From now on the folder is this start's: its folders and who it is of.
void take_over(const RunConfig& config, OpenedFolder& opened, const RunIdentity& identity) {
  const RunFolder& folder = opened.folder;
  opened.lease->expect_held();  // reading the earlier starts may have taken long
  make_folders_of(folder);
  for (const auto& [name, side_output] : config.side_outputs) make_folders(side_output);
  try {
    save_run_identity(folder.identity(), identity);
  } catch (const InfrastructureError&) {
    opened.lease->expect_held();  // of a job that was stopped right here, the loss is the cause
    throw;
  }
}

RunLease::Options lease_options() {
  RunLease::Options options;
  options.between_looks = [] {
    if (StopSignals::count() > 0)
      throw Interrupted("interrupted while another job's lease was watched; nothing was started");
  };
  options.say = [](const std::string& text) { std::fprintf(stderr, "prs_mpi: %s\n", text.c_str()); };
  return options;
}

void make_run_folder(const RunFolder& folder) {
  std::error_code error;
  fs::create_directories(folder.hidden(), error);
  if (!error) return;
  const InfrastructureError failure = system_error("cannot make the run folder", folder.hidden(), error.value());
  // A disk has room again some day; any other place is the wrong one.
  if (error.value() == ENOSPC || error.value() == EDQUOT || error.value() == EIO) throw failure;
  throw UserError(std::string(failure.what()) + "; choose another `output`");
}

void refuse_foreign_output(const RunFolder& folder, const std::string& output_file, const std::string& why) {
  if (!fs::exists(output_file)) return;
  throw UserError(output_file + " exists already and " + why +
                  ": choose another `output`, move it away, or add --overwrite to delete it and what is in " +
                  folder.path + " of an earlier run");
}

void refuse_other_plan(const RunFolder& folder, const std::vector<std::string>& changes) {
  std::string text = folder.path + " holds a run of a different plan:\n";
  for (const std::string& change : changes) text += "  " + change + "\n";
  throw UserError(text + "choose another `output`, or add --overwrite to delete the earlier run");
}

}  // namespace

Interpreter find_interpreter_for(const RunConfig& config) {
  const std::string script = config.entry_script_path();
  const ScriptKind kind = kind_of(script);
  if (kind != ScriptKind::python && kind != ScriptKind::python_module)
    throw UserError("entry_script " + script +
                    ": only Python entry scripts (.py, or a dotted module name) are supported by this version");
  row_settings(config);  // a mistake in the settings file shows here, before anything starts
  return find_interpreter(interpreter_choice(config), keeper_program(), own_environment());
}

std::unique_ptr<const Plan> make_plan(const RunConfig& config) {
  std::vector<InputPaths> inputs;
  for (const InputConfig& input : config.inputs) inputs.push_back({input.name, input.paths});
  FilePlan::Options options;
  options.files_per_mini_batch = config.parallel.mini_batch_size.value;
  options.left_out_folder = config.output;
  const double limit = config.parallel.first_task_creation_timeout;
  const TimePoint begun = Clock::now();
  options.between_folders = [limit, begun] {
    if (StopSignals::count() > 0) throw Interrupted("interrupted while the inputs were listed; nothing was started");
    if (seconds_of(Clock::now() - begun) > limit)
      throw InfrastructureError("listing the inputs took longer than first_task_creation_timeout (" +
                                std::to_string(limit) + " s): is the file system slow? raise the key");
  };
  return std::make_unique<FilePlan>(FilePlan::make(inputs, options));
}

OpenedFolder open_run_folder(const RunConfig& config, const Plan& plan, HowToOpen how) {
  OpenedFolder opened;
  RunFolder& folder = opened.folder;
  folder.path = config.output;
  const std::string output_file = folder.output(config.parallel.append_row_file_name);
  const bool was_run_folder = fs::exists(folder.identity());
  make_run_folder(folder);
  opened.lease = std::make_unique<RunLease>(folder.lease(), lease_options());
  RunIdentity identity = identity_of(config, plan);
  const std::optional<std::uint32_t> given_before = start_of_same_command(folder);
  if (how.is_overwriting && !given_before) delete_earlier(folder, output_file, was_run_folder);

  const auto earlier = load_run_identity(folder.identity());
  if (!earlier) {
    const std::string why = "is not of this run";
    if (config.parallel.output_action == OutputAction::append_row) refuse_foreign_output(folder, output_file, why);
    refuse_foreign_output(folder, folder.failed_items(), why);
  } else {
    const auto changes = differences(*earlier, identity);
    if (!changes.empty()) refuse_other_plan(folder, changes);
  }
  const auto segment_path = [&](std::uint32_t start) { return folder.ledger(start); };
  History& history = opened.history;
  history = read_history(segment_path, plan.fingerprint(), plan.mini_batch_count());
  opened.is_retrying_failed = how.is_retrying_failed && !(given_before && history.last_retry_start >= *given_before);
  const bool has_retries = opened.is_retrying_failed && forget_failed(history, config.parallel.run_max_try);
  const bool has_file = fs::exists(output_file);
  const bool has_rows = config.parallel.output_action == OutputAction::append_row;
  opened.is_finished = history.is_finished && (has_file || !has_rows) && !has_retries;
  if (opened.is_finished) {
    if (!config.allow_reuse && !given_before)
      throw UserError(folder.path + " holds a finished run, and allow_reuse is false: add --overwrite to run it again");
    return opened;
  }
  if (has_rows && has_file) {
    opened.output = find_earlier_output(output_file, history, plan, segment_path);
    if (!opened.output)
      refuse_foreign_output(folder, output_file, "is not of this run, or was changed since this run wrote it");
  }

  opened.start = next_start(folder);
  opened.first_part = next_part(folder);
  history.next_part = opened.first_part;
  identity.starts = opened.start;
  identity.launch = {launcher_id(), given_before.value_or(opened.start)};
  take_over(config, opened, identity);
  return opened;
}

std::string text_of_idle_restarts(const OpenedFolder& opened) {
  if (std::atoi(environment_variable("SLURM_RESTART_COUNT").c_str()) == 0 || !opened.history.has_idled()) return {};
  return "failed: the last " + std::to_string(opened.history.idle_starts) +
         " starts ended before anything new was done, so this job is not started again by itself; see " +
         opened.folder.job_result() + " and the job's own log; once the cause is gone, submit it again";
}

}  // namespace prs
