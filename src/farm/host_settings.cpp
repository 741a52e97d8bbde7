#include "farm/host_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cluster/machine.hpp"
#include "dataset/path_keys.hpp"
#include "script/folders_to_bind.hpp"
#include "script/host_environment.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

std::string prefix_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path().string();
}

/// The user's arguments for DataFrame.to_csv, as a JSON object; empty where there is no settings file.
std::string to_csv_arguments(const std::string& path) {
  if (!fs::exists(path)) return {};
  const auto settings = nlohmann::json::parse(read_file(path), nullptr, false);
  if (settings.is_discarded() || !settings.is_object())
    throw UserError(path + ": is not a JSON object; wanted is {\"append_row\": {\"pandas.DataFrame.to_csv\": {…}}}");
  constexpr const char* outer = "append_row";
  constexpr const char* inner = "pandas.DataFrame.to_csv";
  if (!settings.contains(outer) || !settings[outer].is_object() || !settings[outer].contains(inner)) return {};
  if (!settings[outer][inner].is_object())
    throw UserError(path + ": \"pandas.DataFrame.to_csv\" must be an object of its arguments");
  return settings[outer][inner].dump();
}

std::string models_json(const RunConfig& config) {
  nlohmann::json models = nlohmann::json::object();
  for (const auto& [name, model] : config.models)
    models[name] = {{"path", model.path}, {"version", model.version}, {"tags", model.tags}};
  return models.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// AZUREML_MODEL_DIR: the folder that holds the model's path, where there is one model (rule 4.6).
std::string model_folder(const RunConfig& config) {
  return config.models.size() == 1 ? fs::path(config.models.begin()->second.path).parent_path().string() : "";
}

/// As a loader has them: a column that is a partition key is in no file (rule 3.6).
TableOptions without_keys(TableOptions options, const std::vector<PartitionKey>& keys) {
  std::erase_if(options.columns, [&keys](const std::string& column) {
    return std::any_of(keys.begin(), keys.end(), [&column](const PartitionKey& key) { return key.name == column; });
  });
  return options;
}

/// Those that the run is split by, or else all that the paths of its tables have (rule 3.6).
std::vector<PartitionKey> keys_of_run(const RunConfig& config) {
  if (config.inputs.empty()) return {};
  const InputConfig& first = config.inputs.front();
  const std::vector<std::string>& chosen = config.parallel.partition_keys;
  if (!chosen.empty()) return partition_keys_of(chosen, first.partition_format);
  if (!first.table || first.partition_format.empty()) return {};
  std::vector<PartitionKey> keys =
      partition_keys_of(PartitionFormat::parse(first.partition_format).keys(), first.partition_format);
  for (PartitionKey& key : keys) key.is_chosen = false;
  return keys;
}

/// Where scripts put files of their own: those of all slices in the run folder, as if there were none.
std::string whole_of(const RunConfig& config, const RunFolder& folder) {
  return config.slicing.is_slice() ? config.output : folder.path;
}

/// What does not depend on where the host runs.
ScriptSettings common_settings(const RunConfig& config, const Interpreter& interpreter, const RunFolder& folder) {
  const ParallelRunSettings& parallel = config.parallel;
  ScriptSettings settings;
  settings.keeper_program = keeper_program();
  settings.python_folder = python_folder();
  settings.tables.loader_program = loader_program();
  settings.partition_keys = keys_of_run(config);
  for (const InputConfig& input : config.inputs)
    if (input.table) settings.tables.inputs.push_back(without_keys(*input.table, settings.partition_keys));
  settings.interpreter = interpreter;
  settings.cores = allowed_cores();
  settings.script.entry_script = config.entry_script_path();
  settings.script.import_folder = config.import_folder();
  settings.script.arguments = config.arguments;
  settings.script.logging_level = name_of(parallel.logging_level);
  if (parallel.profiling_module != "none") settings.script.profiling_module = parallel.profiling_module;
  settings.script.models_json = models_json(config);
  settings.files.run_folder = whole_of(config, folder);
  settings.files.log_folder = folder.user_logs();
  settings.rows = row_settings(config);
  settings.limits.init_timeout = duration_of(parallel.init_timeout);
  settings.limits.run_invocation_timeout = duration_of(parallel.run_invocation_timeout);
  settings.limits.task_overhead_timeout = duration_of(parallel.task_overhead_timeout);
  settings.max_batches_per_process = parallel.max_batches_per_process.value_or(0);
  return settings;
}

void place_files(ScriptSettings& settings, const RunFolder& folder, const std::string& node, const std::string& process,
                 const std::string& lease) {
  settings.script.agent_name = process;
  settings.files.working_folder = folder.working(lease, process);
  settings.files.stdout_file = folder.user_stdout(node, process);
  settings.files.stderr_file = folder.user_stderr(node, process);
  settings.files.entry_script_log_file = folder.entry_script_log(node, process);
  settings.files.profile_file = folder.profile(node, process);
}

HostEnvironmentInput environment_input(const RunConfig& config, const RunFolder& folder, const std::string& run_id) {
  HostEnvironmentInput input;
  input.inherited = own_environment();
  input.variables = config.parallel.environment_variables;
  input.run_folder = whole_of(config, folder);
  input.run_id = run_id;
  input.model_folder = model_folder(config);
  input.cores = std::max<std::size_t>(1, allowed_cores().size());
  const Gpus gpus = count_gpus();
  input.gpus = {config.parallel.gpus_per_node, gpus.nvidia, gpus.amd};
  return input;
}

/// All that a script may use beside an image's own files: also what the run makes only later.
std::vector<std::string> paths_of_scripts(const RunConfig& config) {
  // The socket to the worker lies in /tmp.
  std::vector<std::string> paths = {config.output, config.import_folder(), config.entry_script_path(), python_folder(),
                                    "/tmp"};
  // `prs_mpi try` keeps its files in the temporary folder; a run does without one.
  std::error_code error;
  if (const fs::path folder = fs::temp_directory_path(error); !error) paths.push_back(fs::absolute(folder).string());
  for (const InputConfig& input : config.inputs) paths.insert(paths.end(), input.paths.begin(), input.paths.end());
  for (const auto& [name, path] : config.side_inputs) paths.push_back(path);
  for (const auto& [name, path] : config.side_outputs) paths.push_back(path);
  for (const auto& [name, model] : config.models) paths.push_back(model.path);
  return paths;
}

}  // namespace

std::string keeper_program() {
  return prefix_folder() + "/libexec/prs/prs_keeper";
}
std::string loader_program() {
  return prefix_folder() + "/libexec/prs/prs_loader";
}
std::string hdf5_output_program() {
  return prefix_folder() + "/libexec/prs/prs_hdf5_output";
}
std::string python_folder() {
  return prefix_folder() + "/share/prs/python";
}

Thresholds thresholds_of(const ParallelRunSettings& config, std::uint64_t mini_batches) {
  return {config.error_threshold, config.allowed_failed_count, config.allowed_failed_percent, mini_batches,
          config.failed_mini_batch_counts == FailedMiniBatchCounts::once_given_up};
}

InterpreterChoice interpreter_choice(const RunConfig& config) {
  InterpreterChoice choice;
  const Gpus gpus = count_gpus();
  choice.has_nvidia_gpu = gpus.nvidia > 0;
  choice.has_amd_gpu = gpus.amd > 0;
  if (!config.parallel.environment) return choice;
  const Environment& environment = *config.parallel.environment;
  choice.value = environment.value;
  choice.prefix = environment.prefix;
  using Kind = InterpreterChoice::Kind;
  switch (environment.kind) {
    case Environment::Kind::search_path:
      choice.kind = Kind::search_path;
      break;
    case Environment::Kind::python:
      choice.kind = Kind::python;
      break;
    case Environment::Kind::venv:
      choice.kind = Kind::venv;
      break;
    case Environment::Kind::conda:
      choice.kind = Kind::conda;
      break;
    case Environment::Kind::container:
      choice.kind = Kind::container;
      choice.folders_to_bind = folders_to_bind(paths_of_scripts(config));
      break;
    case Environment::Kind::prefix:
      choice.kind = Kind::prefix;
      break;
  }
  return choice;
}

RowSettings row_settings(const RunConfig& config) {
  RowSettings rows;
  if (config.parallel.output_action == OutputAction::summary_only) {
    rows.format = RowFormat::none;
    return rows;
  }
  rows.format = row_format_of(config.parallel.append_row_file_name);
  rows.has_header = config.parallel.append_row_dataframe_header;
  rows.to_csv_arguments =
      to_csv_arguments(fs::path(config.entry_script_path()).parent_path() / "parallel_run_step.settings.json");
  return rows;
}

ScriptSettings host_settings(const RunConfig& config, const protocol::Start& start, const RunFolder& folder,
                             const World& world, int rank) {
  ScriptSettings settings = common_settings(config, start.interpreter, folder);
  settings.tables.schema = start.table_schema;
  place_files(settings, folder, world.host_of(rank), World::process_name(rank), start.lease);
  HostEnvironmentInput input = environment_input(config, folder, start.run_id);
  input.node_index = world.node_of(rank);
  input.process_index = static_cast<std::size_t>(rank) - 1;
  input.worker_count = world.workers();
  input.place_on_host = world.place_on_node(rank);
  input.workers_on_host = world.workers_on_node_of(rank);
  settings.environment = host_environment(input);
  return settings;
}

ScriptSettings foreground_settings(const RunConfig& config, const Interpreter& interpreter, const RunFolder& folder) {
  ScriptSettings settings = common_settings(config, interpreter, folder);
  place_files(settings, folder, "localhost", World::process_name(1), "try");
  settings.environment = host_environment(environment_input(config, folder, config.name + "_try"));
  settings.is_foreground = true;
  return settings;
}

}  // namespace prs
