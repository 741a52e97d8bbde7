#include "report/node_counters.hpp"

#include <unistd.h>

#include <array>
#include <string_view>

#include "support/proc_text.hpp"

namespace prs {
namespace {

struct Transfer {
  bool is_there = false;
  std::uint64_t receive_bytes = 0, transmit_bytes = 0;

  void add(std::uint64_t receive, std::uint64_t transmit) {
    is_there = true;
    receive_bytes += receive;
    transmit_bytes += transmit;
  }
};

void read_cpu(const std::string& proc, NodeCounters& node) {
  const std::string text = proc_text(proc + "/stat").value_or("");
  std::string_view rest = text;
  if (next_word(rest) != "cpu") return;
  // user nice system idle iowait irq softirq steal; guest time, which follows, is in user already.
  std::array<std::uint64_t, 8> ticks{};
  for (std::uint64_t& tick : ticks) {
    const std::optional<std::uint64_t> number = next_number(rest);
    if (!number) return;
    tick = *number;
  }
  const std::uint64_t idle = ticks[3] + ticks[4];
  node.cpu_busy_ticks = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
  node.cpu_all_ticks = *node.cpu_busy_ticks + idle;
}

std::optional<std::uint64_t> kibibytes(std::string_view text, std::string_view name) {
  std::optional<std::uint64_t> number = named_number(text, name);
  if (number) *number *= 1024;
  return number;
}

void read_memory(const std::string& proc, NodeCounters& node) {
  const std::string text = proc_text(proc + "/meminfo").value_or("");
  node.memory_total_bytes = kibibytes(text, "MemTotal:");
  node.memory_available_bytes = kibibytes(text, "MemAvailable:");
}

/// /proc/vmstat and not /proc/diskstats: there, a byte counts again for every partition, RAID and volume it passes.
void read_disks(const std::string& proc, NodeCounters& node) {
  const std::string text = proc_text(proc + "/vmstat").value_or("");
  node.disk_read_bytes = kibibytes(text, "pgpgin ");
  node.disk_write_bytes = kibibytes(text, "pgpgout ");
}

/// A device of its own, and not one that only carries another one's bytes (a cloud's fast path below its eth0).
bool is_real_device(const std::string& system_root, std::string_view name) {
  const std::string folder = system_root + "/sys/class/net/" + std::string(name);
  return ::access((folder + "/device").c_str(), F_OK) == 0 && ::access((folder + "/master/device").c_str(), F_OK) != 0;
}

void read_network(const std::string& system_root, NodeCounters& node) {
  const std::string text = proc_text(system_root + "/proc/net/dev").value_or("");
  Transfer real, any;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = next_line(rest);
    // "  eth0: received bytes, packets, 6 others, sent bytes, …"; large counts may stand right behind the colon, and
    // an alias has a colon in its name. The two lines of headings have none.
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    std::string_view before = line.substr(0, colon);
    const std::string_view name = next_word(before);
    line.remove_prefix(colon + 1);
    const std::optional<std::uint64_t> receive = next_number(line);
    for (int skipped = 0; skipped < 7; ++skipped) next_word(line);
    const std::optional<std::uint64_t> transmit = next_number(line);
    if (name == "lo" || !receive || !transmit) continue;
    any.add(*receive, *transmit);
    if (is_real_device(system_root, name)) real.add(*receive, *transmit);
  }
  const Transfer& transfer = real.is_there ? real : any;  // a container has virtual devices only
  if (!transfer.is_there) return;
  node.network_receive_bytes = transfer.receive_bytes;
  node.network_transmit_bytes = transfer.transmit_bytes;
}

}  // namespace

NodeCounters node_counters(const std::string& system_root) {
  const std::string proc = system_root + "/proc";
  NodeCounters node;
  read_cpu(proc, node);
  const std::string load = proc_text(proc + "/loadavg").value_or("");
  std::string_view rest = load;
  node.load_average = next_word(rest);
  read_memory(proc, node);
  read_disks(proc, node);
  read_network(system_root, node);
  return node;
}

}  // namespace prs
