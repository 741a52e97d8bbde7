#include "report/process_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "support/proc_text.hpp"

namespace prs {
namespace {

std::optional<ProcessCounters> counters_of(const std::string& proc, pid_t pid) {
  std::optional<ProcessStat> stat = process_stat(pid, proc);
  if (!stat) return std::nullopt;
  return ProcessCounters{std::move(*stat), {}, {}, {}};
}

/// statm and not the rss in stat: the kernel sums that one up from stale counts per core.
void add_memory(const std::string& proc, ProcessCounters& process) {
  const std::string statm = proc_text(process_file(process.pid, "statm", proc)).value_or("");
  std::string_view rest = statm;
  next_word(rest);
  process.rss_bytes = next_number(rest);
  if (process.rss_bytes) *process.rss_bytes *= static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_transfers(const std::string& proc, ProcessCounters& process) {
  const std::string io = proc_text(process_file(process.pid, "io", proc)).value_or("");
  process.read_bytes = named_number(io, "read_bytes:");
  process.write_bytes = named_number(io, "write_bytes:");
}

std::string children_file(const std::string& proc, pid_t pid, pid_t thread) {
  return process_file(thread, "children", process_file(pid, "task", proc));
}

/// Children belong to the thread that started them.
std::vector<pid_t> children_of(const std::string& proc, pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t thread : numbered_entries(process_file(pid, "task", proc))) {
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
  for (ProcessStat& process : all_processes(proc))
    if (process.is_living) all.push_back({std::move(process), {}, {}, {}});
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
