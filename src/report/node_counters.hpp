#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace prs {

/// What the kernel says of the whole node; sums count from its boot. Absent: could not be read.
struct NodeCounters {
  std::optional<std::uint64_t> cpu_busy_ticks, cpu_all_ticks;  ///< summed over all cores
  std::string load_average;                                    ///< over 1 min, as the kernel writes it
  std::optional<std::uint64_t> memory_total_bytes, memory_available_bytes;
  /// As asked of the block devices, once however devices are stacked; the same count as a process's own in
  /// /proc/<pid>/io, but without network file systems.
  std::optional<std::uint64_t> disk_read_bytes, disk_write_bytes;
  /// Over all network devices but loopback; where there are real ones, bonds, bridges and other virtual devices above
  /// them are left out, which would count the same bytes twice. What goes by RDMA passes the kernel by.
  std::optional<std::uint64_t> network_receive_bytes, network_transmit_bytes;
};

/// `system_root`: where /proc and /sys lie; empty but in tests. Never throws.
NodeCounters node_counters(const std::string& system_root);

}  // namespace prs
