#include "app/batch_job.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "cluster/launched.hpp"
#include "cluster/machine.hpp"
#include "config/option_table.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// Slurm takes a list with commas, too.
void require_partition(const std::string& name) {
  if (job_name_of(name) == name) return;
  throw UserError(
      "compute_target '" + name +
      "' cannot be a Slurm partition, whose name has letters, digits, '_', '-' and '.' only; sinfo lists the "
      "partitions: set one with --set compute_target=NAME, or 'local' for the cluster's default");
}

/// What the user says of each script's threads; 1 where that is nothing.
std::uint32_t cores_of_script(const CommandLine& line, const RunConfig& config) {
  if (line.slurm.cpus_per_task > 0) return line.slurm.cpus_per_task;
  const auto found = config.parallel.environment_variables.find("OMP_NUM_THREADS");
  if (found == config.parallel.environment_variables.end()) return 1;
  std::uint32_t threads = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), threads);
  return std::clamp(threads, 1U, 65535U);
}

/// The words that follow the program's name, for another working folder and another day.
void add_words(BatchScript& script, const CommandLine& line, const RunConfig& config) {
  const ConfigOverrides& given = line.overrides;
  script.words = {config.file};
  const auto add = [&](const char* option, const std::string& value) {
    script.words.insert(script.words.end(), {option, value});
  };
  for (const std::string& setting : given.settings) add("--set", setting);
  for (const std::string& input : given.inputs) add("--input", input);
  if (!given.output.empty()) add("--output", given.output);
  if (!given.step.empty()) add("--step", given.step);
  if (script.words.size() > 1) script.working_folder = std::filesystem::current_path();
  script.has_script_arguments = given.has_arguments;
  script.script_arguments = given.arguments;
}

bool is_of_one_machine(const std::string& path) {
  constexpr std::array<const char*, 3> folders = {"/tmp/", "/var/tmp/", "/dev/shm/"};
  return std::any_of(folders.begin(), folders.end(), [&](const char* folder) { return path.starts_with(folder); });
}

/// One warning for all paths that the job's machines would look for in vain. Empty: there are none.
std::string doubt_about_paths(const BatchScript& script, const RunConfig& config) {
  std::vector<std::string> paths = {config.output, config.file, config.entry_script_path(), script.program};
  for (const InputConfig& input : config.inputs) paths.insert(paths.end(), input.paths.begin(), input.paths.end());
  for (const auto& [name, path] : config.side_inputs) paths.push_back(path);
  std::erase_if(paths, [](const std::string& path) { return !is_of_one_machine(path); });
  if (paths.empty()) return "";
  const std::string others =
      paths.size() == 1 ? "" : " (and " + counted(paths.size() - 1, "other path", "other paths") + " of the run)";
  return paths.front() + others +
         " lies where each machine has files of its own; the machines of the job need the same paths: use a shared "
         "folder";
}

}  // namespace

std::string partition_of(const RunConfig& config) {
  const std::string& local = find_option(Section::parallel_run_config, "compute_target")->if_absent.value;
  return config.parallel.compute_target == local ? "" : config.parallel.compute_target;
}

std::string doubt_about_this_machine(const RunConfig& config, const std::string& config_file) {
  const std::string partition = partition_of(config);
  if (partition.empty() || launcher_result_file().empty() || !environment_variable("SLURM_JOB_ID").empty()) return {};
  return "compute_target is '" + partition + "', and this run is on this machine; for a Slurm job: prs_mpi slurm " +
         config_file + " > job.sbatch, then sbatch job.sbatch";
}

BatchScript batch_script_of(const CommandLine& line, const RunConfig& config) {
  const ParallelRunSettings& parallel = config.parallel;
  BatchScript script;
  script.launcher = line.slurm.launcher;
  script.job_name = job_name_of(config.name);
  script.partition = partition_of(config);
  require_partition(script.partition);
  script.node_count = parallel.node_count.value_or(1);
  script.process_count_per_node = static_cast<std::uint32_t>(world_size_of(1, parallel.process_count_per_node) - 1);
  script.cpus_per_task = cores_of_script(line, config);
  script.gpus_per_node = parallel.gpus_per_node;
  script.slices = line.slurm.array;
  script.time_limit = line.slurm.time_limit;
  script.warning_seconds = warning_seconds_for(parallel.grace_period, seconds_of_time_limit(line.slurm.time_limit));
  script.program = std::filesystem::read_symlink("/proc/self/exe").string();
  add_words(script, line, config);
  return script;
}

std::vector<std::string> doubts_about(const BatchScript& script, const RunConfig& config, std::uint64_t mini_batches) {
  const ParallelRunSettings& parallel = config.parallel;
  std::vector<std::string> doubts;
  if (!parallel.process_count_per_node)
    doubts.push_back("process_count_per_node is not set: the script asks for " +
                     counted(script.process_count_per_node, "script process", "script processes") +
                     " on each machine, as this machine would have; set it to what fits the job's machines");
  if (!parallel.node_count) doubts.emplace_back("node_count is not set: the script asks for 1 machine");
  const std::uint32_t gpus = parallel.gpus_per_node.value_or(0);
  if (gpus > 0 && gpus < script.process_count_per_node)
    doubts.push_back("gpus_per_node is " + std::to_string(gpus) + " and process_count_per_node " +
                     std::to_string(script.process_count_per_node) +
                     ": a script gets a GPU of its own only where there is one for each; make them equal, or choose "
                     "the device in the entry script");
  const std::uint64_t workers = std::uint64_t{script.node_count} * script.process_count_per_node;
  const std::uint64_t for_each_job = mini_batches / std::max(1U, script.slices);
  if (for_each_job < workers)
    doubts.push_back("there are fewer mini-batches (" + std::to_string(for_each_job) +
                     (script.slices > 0 ? " in each slice" : "") + ") than script processes (" +
                     std::to_string(workers) +
                     "), so some will have nothing to do; ask for fewer, or set a smaller mini_batch_size");
  if (std::string doubt = doubt_about_paths(script, config); !doubt.empty()) doubts.push_back(std::move(doubt));
  return doubts;
}

}  // namespace prs
