#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// What the kernel counted for one process since it began.
struct ProcessCounters {
  pid_t pid = 0, parent = 0;
  std::string name;  ///< any bytes: a process may call itself what it likes
  bool is_living = true;
  std::uint64_t cpu_ticks = 0;      ///< user and system, of all its threads
  std::uint64_t started_ticks = 0;  ///< since the boot; tells a process from a later one with the same pid
  std::uint64_t threads = 0;
  /// Absent where the kernel does not tell; what was read and written is from and to storage.
  std::optional<std::uint64_t> rss_bytes, read_bytes, write_bytes;
};

/// The text of /proc/<pid>/stat; absent where it is cut or no such text. Leaves the last three out.
std::optional<ProcessCounters> parse_process_stat(std::string_view stat);

/// The living processes of the tree below `root`, it included, parents before their children, the nearest `most` of
/// them. ResourceMonitor's only. `proc` is the folder "/proc". A process that ends meanwhile is left out. Never throws.
std::vector<ProcessCounters> process_tree(const std::string& proc, pid_t root, std::size_t most);

}  // namespace prs
