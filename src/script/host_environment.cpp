#include "script/host_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace prs {
namespace {

using Variables = std::map<std::string, std::string>;

/// Of MPI's launchers, and what our own one tells its ranks: a script that starts prs_mpi itself must not speak for
/// this job.
bool is_of_launcher(std::string_view name) {
  constexpr std::array<std::string_view, 7> prefixes = {"OMPI_", "PMIX_", "PMI_",         "PRTE_",
                                                        "ORTE_", "OPAL_", "PRS_LAUNCHER_"};
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return name.starts_with(p); });
}

Variables parsed(const std::vector<std::string>& words) {
  Variables variables;
  for (const std::string& word : words)
    if (const std::size_t equals = word.find('='); equals != std::string::npos && equals > 0)
      variables[word.substr(0, equals)] = word.substr(equals + 1);
  return variables;
}

/// So that hosts side by side do not each start a thread for every core. A user who set one of them has decided.
void limit_threads(Variables& variables, const HostEnvironmentInput& input) {
  constexpr std::array<const char*, 5> names = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                                "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"};
  const auto is_set = [&](const char* name) { return variables.contains(name) || input.variables.contains(name); };
  if (std::any_of(names.begin(), names.end(), is_set)) return;
  const std::size_t threads = std::max<std::size_t>(1, input.cores / std::max<std::size_t>(1, input.workers_on_host));
  for (const char* name : names) variables[name] = std::to_string(threads);
}

}  // namespace

std::vector<std::string> host_environment(const HostEnvironmentInput& input) {
  Variables variables = parsed(input.inherited);
  choose_gpu(variables, input.gpus, {input.place_on_host, input.workers_on_host});
  limit_threads(variables, input);
  variables["AZUREML_BI_OUTPUT_PATH"] = input.run_folder;
  variables["AZUREML_RUN_ID"] = input.run_id;
  variables["PRS_NODE_INDEX"] = std::to_string(input.node_index);
  variables["PRS_PROCESS_INDEX"] = std::to_string(input.process_index);
  variables["PRS_WORKER_COUNT"] = std::to_string(input.worker_count);
  if (!input.model_folder.empty()) variables["AZUREML_MODEL_DIR"] = input.model_folder;
  for (const auto& [name, value] : input.variables) variables[name] = value;
  std::vector<std::string> words;
  for (const auto& [name, value] : variables)
    if (!is_of_launcher(name)) words.push_back(name + "=" + value);
  return words;
}

}  // namespace prs
