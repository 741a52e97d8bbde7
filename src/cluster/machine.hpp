#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace prs {

/// The cores that script hosts may use. mpirun binds a rank to a core of its own; the launcher that started the rank
/// still has the whole allocation on this host. Without such a launcher: the cores of this process. Sorted.
std::vector<int> allowed_cores();

/// How many cores this job may use on this host, whatever single processes of it are bound to; 0: nobody says.
std::size_t cores_of_job();

struct Gpus {
  std::size_t nvidia = 0;
  std::size_t amd = 0;
  bool is_any() const { return nvidia + amd > 0; }
};
/// Of this machine: NVIDIA's by their device files, AMD's by what their driver shows of itself. `root`: another one
/// than this machine's, for tests.
Gpus count_gpus(const std::string& root = "");

/// Ranks of the world that a configuration asks for (rule 1.1); counts that it leaves out are this machine's.
int world_size_of(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node);

}  // namespace prs
