#include "report/resource_usage.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "report/csv.hpp"
#include "report/node_counters.hpp"
#include "report/printable.hpp"
#include "report/process_tree.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_processes = 200;
constexpr std::size_t most_name_bytes = 64;
/// The kernel counts in ticks of 10 ms: over less time than this, a percentage would be chance.
constexpr double shortest_seconds = 0.1;

std::string time_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return utc_time(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count(), true);
}

double ticks_per_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double seconds_since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Counts may step back a little (proc(5) says so of iowait): that is none.
std::uint64_t growth(std::uint64_t before, std::uint64_t after) {
  return after > before ? after - before : 0;
}

void append_number(std::string& csv, std::optional<std::uint64_t> number) {
  csv += ',';
  if (number) csv += std::to_string(*number);
}

std::string percent_of(double part, double whole) {
  return fixed_decimals(100 * part / whole, 1);
}

}  // namespace

std::string_view process_usage_header() {
  return "Time,Process,Pid,Parent Pid,Name,Cpu Seconds,Cpu Percent,Rss Bytes,Threads,Read Bytes,Write Bytes\n";
}

std::string_view node_usage_header() {
  return "Time,Cpu Percent,Load Average 1 min,Memory Total Bytes,Memory Available Bytes,Disk Read Bytes,"
         "Disk Write Bytes,Network Receive Bytes,Network Transmit Bytes\n";
}

ResourceMonitor::ResourceMonitor(std::string process, pid_t root, Duration interval, bool writes_node_file,
                                 std::string system_root)
    : process_(std::move(process)),
      root_(root),
      interval_(interval),
      writes_node_file_(writes_node_file),
      system_root_(std::move(system_root)),
      next_due_(is_on() ? TimePoint{} : TimePoint::max()) {}

std::string ResourceMonitor::process_rows(TimePoint now) {
  if (!is_on()) return {};
  const std::string time = time_now();
  const double since_boot = seconds_since_boot(), per_second = ticks_per_second();
  const double since_last = seconds_of(now - last_sample_);
  std::vector<Seen> seen;
  std::string rows;
  for (const ProcessCounters& process : process_tree(system_root_ + "/proc", root_, most_processes)) {
    const auto last = std::find_if(last_seen_.begin(), last_seen_.end(), [&](const Seen& one) {
      return one.pid == process.pid && one.started_ticks == process.started_ticks;
    });
    const bool is_new = last == last_seen_.end();
    const double seconds = is_new ? since_boot - static_cast<double>(process.started_ticks) / per_second : since_last;
    const std::uint64_t ticks = growth(is_new ? 0 : last->cpu_ticks, process.cpu_ticks);
    seen.push_back({process.pid, process.started_ticks, process.cpu_ticks});

    append_csv_field(rows.append(time).append(","), process_);
    append_number(rows, process.pid);
    append_number(rows, process.parent);
    append_csv_field(rows += ',', one_line(process.name, most_name_bytes));
    rows.append(",").append(fixed_decimals(static_cast<double>(process.cpu_ticks) / per_second, 2));
    rows += ',';
    if (seconds >= shortest_seconds) rows += percent_of(static_cast<double>(ticks) / per_second, seconds);
    append_number(rows, process.rss_bytes);
    append_number(rows, process.threads);
    append_number(rows, process.read_bytes);
    append_number(rows, process.write_bytes);
    rows += '\n';
  }
  last_seen_ = std::move(seen);
  last_sample_ = now;
  next_due_ = now + interval_;
  return rows;
}

std::string ResourceMonitor::node_row(TimePoint now) {
  if (!is_on() || !writes_node_file_) return {};
  const NodeCounters node = node_counters(system_root_);
  std::string row = time_now() + ",";
  if (last_all_ticks_ && last_busy_ticks_ && node.cpu_all_ticks && node.cpu_busy_ticks) {
    const std::uint64_t all = growth(*last_all_ticks_, *node.cpu_all_ticks);
    const std::uint64_t busy = std::min(all, growth(*last_busy_ticks_, *node.cpu_busy_ticks));
    if (all > 0 && seconds_of(now - last_node_row_) >= shortest_seconds)
      row += percent_of(static_cast<double>(busy), static_cast<double>(all));
  }
  last_busy_ticks_ = node.cpu_busy_ticks;
  last_all_ticks_ = node.cpu_all_ticks;
  last_node_row_ = now;
  append_csv_field(row += ',', node.load_average);
  append_number(row, node.memory_total_bytes);
  append_number(row, node.memory_available_bytes);
  append_number(row, node.disk_read_bytes);
  append_number(row, node.disk_write_bytes);
  append_number(row, node.network_receive_bytes);
  append_number(row, node.network_transmit_bytes);
  return row += '\n';
}

}  // namespace prs
