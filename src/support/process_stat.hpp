#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

// Processes as /proc shows them (proc(5)). `proc` is that folder: another one in tests. What ends meanwhile, or is
// hidden, is absent and no error. The keeper alone looks for itself: it links nothing of ours.

/// One process, as its `stat` tells.
struct ProcessStat {
  pid_t pid = 0, parent = 0;
  std::string name;                 ///< any bytes: a process may call itself what it likes
  char state = '?';                 ///< of its first thread: R, S, D, T, t, Z, X …
  bool is_living = true;            ///< its first thread may have ended (Z) while others still run
  std::uint64_t cpu_ticks = 0;      ///< user and system, of all its threads
  std::uint64_t started_ticks = 0;  ///< since the boot; tells a process from a later one with the same pid
  std::uint64_t threads = 0;
};

/// The text of /proc/<pid>/stat; absent where it is cut or no such text.
std::optional<ProcessStat> parse_process_stat(std::string_view stat);
std::optional<ProcessStat> process_stat(pid_t pid, const std::string& proc = "/proc");
/// Every process of the machine: one walk through /proc, which is long on a large node.
std::vector<ProcessStat> all_processes(const std::string& proc = "/proc");

/// "/proc/77/environ".
std::string process_file(pid_t pid, std::string_view name, const std::string& proc = "/proc");
/// What the process calls itself; empty where that cannot be read.
std::string process_name(pid_t pid);

}  // namespace prs
