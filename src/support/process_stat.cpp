#include "support/process_stat.hpp"

#include <array>

#include "support/proc_text.hpp"

namespace prs {
namespace {

/// Places behind the state in /proc/<pid>/stat, counted from the parent (proc(5): from 4 on).
enum StatField : std::size_t {
  stat_parent = 0,
  stat_user = 10,
  stat_system = 11,
  stat_threads = 16,
  stat_started = 18,
  stat_fields = 19
};

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view stat) {
  // "12 (name) S 1 …": the name may hold blanks, line breaks and ") S 1"; nothing behind it holds a parenthesis.
  const std::size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessStat process;
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
  process.state = state.front();
  process.cpu_ticks = fields[stat_user] + fields[stat_system];
  process.started_ticks = fields[stat_started];
  process.threads = fields[stat_threads];
  process.is_living = process.state != 'X' && (process.state != 'Z' || process.threads > 1);
  return process;
}

std::optional<ProcessStat> process_stat(pid_t pid, const std::string& proc) {
  const std::optional<std::string> stat = proc_text(process_file(pid, "stat", proc));
  return stat ? parse_process_stat(*stat) : std::nullopt;
}

std::vector<ProcessStat> all_processes(const std::string& proc) {
  std::vector<ProcessStat> all;
  for (const pid_t pid : numbered_entries(proc))
    if (std::optional<ProcessStat> process = process_stat(pid, proc)) all.push_back(std::move(*process));
  return all;
}

std::string process_file(pid_t pid, std::string_view name, const std::string& proc) {
  return (proc + "/" + std::to_string(pid) + "/").append(name);
}

std::string process_name(pid_t pid) {
  const std::string text = proc_text(process_file(pid, "comm")).value_or("");
  std::string_view rest = text;
  return std::string(next_line(rest));
}

}  // namespace prs
