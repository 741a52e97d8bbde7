#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace prs {

/// The cores that script hosts may use. mpirun binds a rank to a core of its own; the launcher that started the rank
/// still has the whole allocation on this host. Without such a launcher: the cores of this process. Sorted.
std::vector<int> allowed_cores();

/// NVIDIA devices of this machine, by their device files.
std::size_t count_gpus();

/// Ranks of the world that a configuration asks for (rule 1.1); counts that it leaves out are this machine's.
int world_size_of(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node);

}  // namespace prs
