#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/clock.hpp"

namespace prs {

/// First lines of processes_resource_usage.csv and node_resource_usage.csv (rule 9.2), with their line breaks.
std::string_view process_usage_header();
std::string_view node_usage_header();

/// What the processes of one worker use, and its node, now and then (`resource_monitor_interval`, rule 2.3).
/// One per worker rank, on its main thread. Reads /proc; never writes a file (the caller appends the text through its
/// I/O thread), never throws for what can't be read: such a field stays empty.
class ResourceMonitor {
 public:
  /// `process`: "process003". `root`: the rank's own pid; keeper, script host and what they start lie below it.
  /// An `interval` of 0 is off. `writes_node_file`: this rank is the first worker of its node.
  /// `system_root`: where /proc and /sys lie; empty but in tests.
  ResourceMonitor(std::string process, pid_t root, Duration interval, bool writes_node_file,
                  std::string system_root = {});

  /// The first sample is due at once, so that a short run has one.
  bool is_due(TimePoint now) const { return is_on() && now >= next_due_; }
  /// Long ago (TimePoint{}, so that subtracting cannot overflow) before the first sample, TimePoint::max() when off.
  TimePoint next_due() const { return next_due_; }

  /// One row for each living process of the tree, the nearest 200 to the root; the next sample is due an interval
  /// after it. The caller takes one when it is due and one at the end. Empty when off.
  /// Cpu Percent is of one core: since the last sample, or since the process began where that was later.
  /// Cpu Seconds, Read Bytes and Write Bytes count from its beginning.
  std::string process_rows(TimePoint now);
  /// The node's row, taken with the processes' rows; empty when off or when another rank writes it. Cpu Percent is of
  /// all cores since the last row, so that the first row has none; disk and network bytes count from the boot.
  std::string node_row(TimePoint now);

 private:
  struct Seen {
    pid_t pid;
    std::uint64_t started_ticks, cpu_ticks;
  };

  bool is_on() const { return interval_ > Duration::zero(); }

  std::string process_;
  pid_t root_;
  Duration interval_;
  bool writes_node_file_;
  std::string system_root_;
  TimePoint next_due_, last_sample_{};
  std::vector<Seen> last_seen_;  ///< in the last sample
  TimePoint last_node_row_{};
  std::optional<std::uint64_t> last_busy_ticks_, last_all_ticks_;
};

}  // namespace prs
