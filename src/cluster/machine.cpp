#include "cluster/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "support/environment_variable.hpp"
#include "support/process_stat.hpp"

namespace prs {
namespace {

std::vector<int> cores_of(pid_t pid) {
  constexpr std::size_t most_cores = 8192;
  std::vector<cpu_set_t> sets(most_cores / CPU_SETSIZE);
  const std::size_t bytes = sets.size() * sizeof(cpu_set_t);
  std::vector<int> cores;
  if (::sched_getaffinity(pid, bytes, sets.data()) != 0) return cores;
  for (std::size_t core = 0; core < most_cores; ++core)
    if (CPU_ISSET_S(core, bytes, sets.data())) cores.push_back(static_cast<int>(core));
  return cores;
}

/// Not slurmstepd: srun binds each task to what that task was given, and slurmstepd itself may run anywhere.
bool is_mpi_launcher(std::string_view name) {
  constexpr std::array<std::string_view, 8> known = {"mpirun", "mpiexec",         "mpiexec.hydra", "orterun",
                                                     "orted",  "hydra_pmi_proxy", "prted",         "prterun"};
  return std::find(known.begin(), known.end(), name) != known.end();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  return names;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::vector<int> allowed_cores() {
  const pid_t parent = ::getppid();
  if (is_mpi_launcher(process_name(parent)))
    if (std::vector<int> cores = cores_of(parent); !cores.empty()) return cores;
  return cores_of(0);
}

std::size_t cores_of_job() {
  if (const int allocated = std::atoi(environment_variable("SLURM_CPUS_ON_NODE").c_str()); allocated > 0)
    return static_cast<std::size_t>(allocated);
  constexpr pid_t first_process = 1;  // the host's, or the container's: nobody binds it
  return cores_of(first_process).size();
}

Gpus count_gpus(const std::string& root) {
  Gpus gpus;
  for (const std::string& name : names_in(root + "/dev"))
    if (name.starts_with("nvidia") && is_number(std::string_view(name).substr(6))) ++gpus.nvidia;
  // Each processor is a node there; one that is no GPU has the id 0.
  const std::string nodes = root + "/sys/class/kfd/kfd/topology/nodes";
  for (const std::string& name : names_in(nodes)) {
    std::uint64_t id = 0;
    if (std::ifstream(nodes + "/" + name + "/gpu_id") >> id && id != 0) ++gpus.amd;
  }
  return gpus;
}

int world_size_of(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node) {
  const std::uint32_t cores = std::max(1U, static_cast<std::uint32_t>(allowed_cores().size()));
  const std::uint32_t per_node = process_count_per_node.value_or(count_gpus().is_any() ? 1 : cores);
  return static_cast<int>(1 + node_count.value_or(1) * per_node);
}

}  // namespace prs
