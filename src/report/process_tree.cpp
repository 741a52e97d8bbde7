#include "report/process_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

#include "report/proc_text.hpp"

namespace prs {
namespace {

/// Places behind the name in /proc/<pid>/stat, counted from the parent (proc(5): from 4 on).
enum StatField : std::size_t {
  stat_parent = 0,
  stat_user = 10,
  stat_system = 11,
  stat_threads = 16,
  stat_started = 18,
  stat_fields = 19
};

std::string folder_of(const std::string& proc, pid_t pid) {
  return proc + "/" + std::to_string(pid);
}

std::optional<ProcessCounters> counters_of(const std::string& proc, pid_t pid) {
  const std::optional<std::string> stat = proc_text(folder_of(proc, pid) + "/stat");
  return stat ? parse_process_stat(*stat) : std::nullopt;
}

/// statm and not the rss in stat: the kernel sums that one up from stale counts per core.
void add_memory(const std::string& proc, ProcessCounters& process) {
  const std::string statm = proc_text(folder_of(proc, process.pid) + "/statm").value_or("");
  std::string_view rest = statm;
  next_word(rest);
  process.rss_bytes = next_number(rest);
  if (process.rss_bytes) *process.rss_bytes *= static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_transfers(const std::string& proc, ProcessCounters& process) {
  const std::string io = proc_text(folder_of(proc, process.pid) + "/io").value_or("");
  process.read_bytes = named_number(io, "read_bytes:");
  process.write_bytes = named_number(io, "write_bytes:");
}

std::string children_file(const std::string& proc, pid_t pid, pid_t thread) {
  return folder_of(proc, pid) + "/task/" + std::to_string(thread) + "/children";
}

/// Children belong to the thread that started them.
std::vector<pid_t> children_of(const std::string& proc, pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t thread : numbered_entries(folder_of(proc, pid) + "/task")) {
    const std::optional<std::string> text = proc_text(children_file(proc, pid, thread));
    if (!text) continue;
    std::string_view rest = *text;
    while (const std::optional<std::uint64_t> child = next_number(rest)) children.push_back(static_cast<pid_t>(*child));
  }
  return children;
}

std::vector<ProcessCounters> tree_by_children(const std::string& proc, pid_t root, std::size_t most) {
  std::vector<ProcessCounters> tree;
  std::vector<pid_t> listed{root};
  std::unordered_set<pid_t> seen{root};
  for (std::size_t next = 0; next < listed.size() && tree.size() < most; ++next) {
    std::optional<ProcessCounters> process = counters_of(proc, listed[next]);
    if (!process || !process->is_living) continue;
    // The listed one may have ended, and its pid be a stranger's by now.
    if (next > 0 && !seen.contains(process->parent)) continue;
    tree.push_back(std::move(*process));
    for (const pid_t child : children_of(proc, listed[next]))
      if (seen.insert(child).second) listed.push_back(child);
  }
  return tree;
}

/// For kernels without /proc/…/children: every process of the machine, picked by its parent.
std::vector<ProcessCounters> tree_by_scan(const std::string& proc, pid_t root, std::size_t most) {
  std::vector<ProcessCounters> all;
  for (const pid_t pid : numbered_entries(proc))
    if (std::optional<ProcessCounters> process = counters_of(proc, pid); process && process->is_living)
      all.push_back(std::move(*process));
  // A folder may list its entries in any order.
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
  std::vector<ProcessCounters> tree;
  const auto take = [&](auto is_wanted) {
    const auto kept = std::stable_partition(all.begin(), all.end(), [&](const auto& one) { return !is_wanted(one); });
    std::move(kept, all.end(), std::back_inserter(tree));
    all.erase(kept, all.end());
  };
  take([&](const ProcessCounters& one) { return one.pid == root; });
  for (std::size_t next = 0; next < tree.size() && tree.size() < most; ++next)
    take([parent = tree[next].pid](const ProcessCounters& one) { return one.parent == parent; });
  tree.resize(std::min(tree.size(), most));
  return tree;
}

}  // namespace

std::optional<ProcessCounters> parse_process_stat(std::string_view stat) {
  // "12 (name) S 1 …": the name may hold blanks, line breaks and ") S 1"; nothing behind it holds a parenthesis.
  const std::size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessCounters process;
  process.name = stat.substr(open + 1, close - open - 1);
  std::string_view front = stat.substr(0, open), rest = stat.substr(close + 1);
  const std::optional<std::uint64_t> pid = next_number(front);
  const std::string_view state = next_word(rest);
  std::array<std::uint64_t, stat_fields> fields{};
  for (std::uint64_t& field : fields) {
    std::string_view word = next_word(rest);
    if (word.empty()) return std::nullopt;
    field = next_number(word).value_or(0);  // tpgid and nice may be negative; nobody asks for them here
  }
  if (!pid || state.empty()) return std::nullopt;
  process.pid = static_cast<pid_t>(*pid);
  process.parent = static_cast<pid_t>(fields[stat_parent]);
  process.cpu_ticks = fields[stat_user] + fields[stat_system];
  process.started_ticks = fields[stat_started];
  process.threads = fields[stat_threads];
  // The first thread may have ended (state Z) while others still run.
  process.is_living = state != "X" && (state != "Z" || process.threads > 1);
  return process;
}

std::vector<ProcessCounters> process_tree(const std::string& proc, pid_t root, std::size_t most) {
  const bool lists_children = ::access(children_file(proc, root, root).c_str(), R_OK) == 0;
  std::vector<ProcessCounters> tree =
      lists_children ? tree_by_children(proc, root, most) : tree_by_scan(proc, root, most);
  for (ProcessCounters& process : tree) {
    add_memory(proc, process);
    add_transfers(proc, process);
  }
  return tree;
}

}  // namespace prs
