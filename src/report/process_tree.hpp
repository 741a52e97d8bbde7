#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/process_stat.hpp"

namespace prs {

/// What the kernel counted for one process since it began.
struct ProcessCounters : ProcessStat {
  /// Absent where the kernel does not tell; what was read and written is from and to storage.
  std::optional<std::uint64_t> rss_bytes, read_bytes, write_bytes;
};

/// The living processes of the tree below `root`, it included, parents before their children, the nearest `most` of
/// them. ResourceMonitor's only. `proc` is the folder "/proc". A process that ends meanwhile is left out. Never throws.
std::vector<ProcessCounters> process_tree(const std::string& proc, pid_t root, std::size_t most);

}  // namespace prs
