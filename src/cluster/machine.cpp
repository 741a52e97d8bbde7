#include "cluster/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

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

}  // namespace

std::vector<int> allowed_cores() {
  const pid_t parent = ::getppid();
  if (is_mpi_launcher(process_name(parent)))
    if (std::vector<int> cores = cores_of(parent); !cores.empty()) return cores;
  return cores_of(0);
}

std::size_t count_gpus() {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/dev", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    constexpr std::string_view start = "nvidia";
    if (name.size() > start.size() && name.starts_with(start) &&
        name.find_first_not_of("0123456789", start.size()) == std::string::npos)
      ++count;
  }
  return count;
}

int world_size_of(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node) {
  const std::uint32_t cores = std::max(1U, static_cast<std::uint32_t>(allowed_cores().size()));
  const std::uint32_t per_node = process_count_per_node.value_or(count_gpus() > 0 ? 1 : cores);
  return static_cast<int>(1 + node_count.value_or(1) * per_node);
}

}  // namespace prs
