#include "farm/planning.hpp"

#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "dataset/file_plan.hpp"
#include "dataset/partition_plan.hpp"
#include "dataset/table_plan.hpp"
#include "farm/column_output.hpp"
#include "farm/hdf5_rows.hpp"
#include "farm/host_settings.hpp"
#include "farm/parquet_footers.hpp"
#include "script/interpreter.hpp"
#include "script/script_kind.hpp"
#include "support/clock.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

/// With the history of earlier starts, the farm and the assembly (rule 3.8).
constexpr std::uint64_t bytes_of_mini_batch = 40;

/// Called now and then while the inputs are listed.
std::function<void()> patience_of(const RunConfig& config) {
  return [limit = config.parallel.first_task_creation_timeout, begun = Clock::now()] {
    if (StopSignals::count() > 0) throw Interrupted("interrupted while the inputs were listed; nothing was started");
    if (seconds_of(Clock::now() - begun) > limit)
      throw InfrastructureError("listing the inputs took longer than first_task_creation_timeout (" +
                                std::to_string(limit) + " s): is the file system slow? raise the key");
  };
}

InputPaths paths_of(const InputConfig& input) {
  return {input.name, input.paths, input.keeps_order_of_paths()};
}

/// `between_files`: called now and then; may throw.
ReadFooters reader_of_footers(const RunConfig& config, const Interpreter& interpreter,
                              const std::function<void()>& between_files) {
  return [=, &config, &interpreter](std::string_view paths, const std::function<void(const Footer&)>& on_file) {
    read_parquet_footers(paths, on_file, foreground_settings(config, interpreter, config.run_folder()), between_files);
  };
}

CountRows counter_of_rows(const RunConfig& config, const Interpreter& interpreter,
                          const std::function<void()>& while_waiting) {
  return [=, &config, &interpreter](std::uint32_t input, std::string_view paths,
                                    const std::function<void(const CountedRows&)>& on_file) {
    const ScriptSettings settings = foreground_settings(config, interpreter, config.run_folder());
    Hdf5Question question(settings, while_waiting);
    count_hdf5_rows(question, input, paths, on_file);
  };
}

std::unique_ptr<Plan> make_table_plan(const RunConfig& config, const Interpreter& interpreter) {
  std::vector<TableInput> inputs;
  for (const InputConfig& input : config.inputs)
    inputs.push_back({paths_of(input), *input.table, input.partition_format});
  TablePlan::Options options;
  options.mini_batch_bytes = config.parallel.mini_batch_size.value().value;
  options.is_size_of_rows = !config.parallel.mini_batch_size->has_unit;
  options.left_out_folder = config.output;
  options.between_folders = patience_of(config);
  options.read_footers = reader_of_footers(config, interpreter, options.between_folders);
  options.count_rows = counter_of_rows(config, interpreter, options.between_folders);
  return std::make_unique<TablePlan>(TablePlan::make(inputs, options));
}

/// Rule 3.6.
std::unique_ptr<Plan> make_partition_plan(const RunConfig& config, const Interpreter& interpreter) {
  std::vector<PartitionInput> inputs;
  for (const InputConfig& input : config.inputs)
    inputs.push_back({paths_of(input), input.partition_format, input.table});
  PartitionPlan::Options options;
  options.keys = config.parallel.partition_keys;
  options.left_out_folder = config.output;
  options.between_folders = patience_of(config);
  options.read_footers = reader_of_footers(config, interpreter, options.between_folders);
  options.count_rows = counter_of_rows(config, interpreter, options.between_folders);
  return std::make_unique<PartitionPlan>(PartitionPlan::make(inputs, options));
}

std::unique_ptr<Plan> plan_of(const RunConfig& config, const Interpreter& interpreter) {
  if (!config.parallel.partition_keys.empty()) return make_partition_plan(config, interpreter);
  if (config.inputs.front().table) return make_table_plan(config, interpreter);
  std::vector<InputPaths> inputs;
  for (const InputConfig& input : config.inputs) inputs.push_back(paths_of(input));
  FilePlan::Options options;
  options.files_per_mini_batch = config.parallel.mini_batch_size.value().value;
  options.left_out_folder = config.output;
  options.between_folders = patience_of(config);
  return std::make_unique<FilePlan>(FilePlan::make(inputs, options));
}

std::uint64_t memory_of_machine() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Interpreter find_interpreter_for(const RunConfig& config) {
  const std::string script = config.entry_script_path();
  const ScriptKind kind = kind_of(script);
  if (kind != ScriptKind::python && kind != ScriptKind::python_module)
    throw UserError("entry_script " + script +
                    ": only Python entry scripts (.py, or a dotted module name) are supported by this version");
  row_settings(config);  // a mistake in the settings file shows here, before anything starts
  Interpreter interpreter = find_interpreter(interpreter_choice(config), keeper_program(), own_environment());
  if (writes_columns(config)) require_column_package(config, interpreter);
  return interpreter;
}

void require_room_for(const Plan& plan, std::uint64_t memory_bytes) {
  if (plan.mini_batch_count() <= memory_bytes / bytes_of_mini_batch) return;
  // Where one file has most of them, this one is of that file.
  const MiniBatchIndex middle{plan.mini_batch_count() / 2};
  const auto gigabytes = [](double bytes) { return fixed_decimals(bytes / 1e9, 1) + " GB"; };
  throw UserError("input '" + plan.input_name_of(middle) + "': the run has " + grouped(plan.mini_batch_count()) +
                  " mini-batches, for which rank 0 needs " +
                  gigabytes(static_cast<double>(plan.mini_batch_count()) * bytes_of_mini_batch) +
                  " of memory, and has " + gigabytes(static_cast<double>(memory_bytes)) +
                  "; the one in the middle is " + names_of(plan.items_of(middle)).first +
                  ": set a larger mini_batch_size, or take that file out if it is damaged and claims to be so large");
}

std::unique_ptr<Plan> make_plan(const RunConfig& config, const Interpreter& interpreter) {
  std::unique_ptr<Plan> plan = plan_of(config, interpreter);
  require_room_for(*plan, memory_of_machine());
  return plan;
}

}  // namespace prs
