#pragma once

#include <cstddef>
#include <vector>

namespace prs {

/// The cores that script hosts may use. mpirun binds a rank to a core of its own; the launcher that started the rank
/// still has the whole allocation on this host. Without such a launcher: the cores of this process. Sorted.
std::vector<int> allowed_cores();

/// NVIDIA devices of this machine, by their device files.
std::size_t count_gpus();

}  // namespace prs
