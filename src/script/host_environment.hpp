#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "script/gpu_choice.hpp"

namespace prs {

/// What the environment of a script host is made of (rule 4.8).
struct HostEnvironmentInput {
  std::vector<std::string> inherited;            ///< the rank's own, "NAME=value"
  std::map<std::string, std::string> variables;  ///< `environment_variables` of the configuration
  std::string run_folder;
  std::string run_id;
  std::string model_folder;  ///< AZUREML_MODEL_DIR; empty: not set
  std::size_t node_index = 0;
  std::size_t process_index = 0;  ///< among all workers
  std::size_t worker_count = 1;
  std::size_t place_on_host = 0;  ///< among the workers of this host
  std::size_t workers_on_host = 1;
  std::size_t cores = 1;  ///< of this host that the job may use
  GpusOfHost gpus = {};
};

/// "NAME=value", sorted by name. Pure. The variables of MPI and its launchers, and of our own launcher, are left out
/// even where the configuration sets them: a script that imports mpi4py, or starts prs_mpi, must not join the job.
std::vector<std::string> host_environment(const HostEnvironmentInput& input);

}  // namespace prs
