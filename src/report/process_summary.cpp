#include "report/process_summary.hpp"

#include <algorithm>

#include "report/csv.hpp"

namespace prs {
namespace {

constexpr const char* sums_header =
    "Process Starts,First Process Start Time,Last Row Time,Tries,Succeeded Tries,Failed Tries,Items,Succeeded "
    "Items,Failed Items,"
    "Elapsed Seconds,Process Seconds,Run Method Seconds\n";

void append_seconds(std::string& csv, std::uint64_t microseconds) {
  const std::string rest = std::to_string(microseconds % 1000000);
  csv += ',' + std::to_string(microseconds / 1000000) + '.' + std::string(6 - rest.size(), '0') + rest;
}

void append_sums(std::string& csv, const TrySums& sums) {
  csv += ',' + std::to_string(sums.process_starts) + ',' + sums.first_started + ',' + sums.last_row;
  for (const std::uint64_t number : {sums.tries, sums.succeeded_tries, sums.tries - sums.succeeded_tries, sums.items,
                                     sums.succeeded_items, sums.failed_items})
    csv += ',' + std::to_string(number);
  for (const std::uint64_t time : {sums.elapsed_microseconds, sums.process_microseconds, sums.run_microseconds})
    append_seconds(csv, time);
  csv += '\n';
}

// Times of one form, so that their texts are in their order; empty: none.
void keep_earliest(std::string& first, std::string_view other) {
  if (!other.empty() && (first.empty() || other < first)) first = other;
}
void keep_latest(std::string& last, std::string_view other) {
  if (other > last) last = other;
}

/// What the line adds to the time in which its process had a mini-batch at hand. Older files tell no ends.
std::uint64_t time_at_hand(const TryLine& line, std::int64_t last_end_unix_microseconds) {
  const std::int64_t end = line.ended_unix_microseconds;
  if (end == 0) return line.process_microseconds;
  const auto since_last = static_cast<std::uint64_t>(std::max<std::int64_t>(0, end - last_end_unix_microseconds));
  return std::max(line.process_microseconds, std::min(line.elapsed_microseconds, since_last));
}

}  // namespace

void TrySums::add(const TryLine& line) {
  ++tries;
  succeeded_tries += line.outcome.is_done() ? 1 : 0;
  items += line.outcome.items;
  succeeded_items += line.outcome.succeeded;
  failed_items += line.outcome.items > line.outcome.succeeded ? line.outcome.items - line.outcome.succeeded : 0;
  elapsed_microseconds += time_at_hand(line, last_end_unix_microseconds);
  last_end_unix_microseconds = std::max(last_end_unix_microseconds, line.ended_unix_microseconds);
  process_microseconds += line.process_microseconds;
  run_microseconds += line.run_microseconds;
}

void TrySums::start_process(std::string_view started) {
  if (started.empty()) return;
  ++process_starts;
  keep_earliest(first_started, started);
}

void TrySums::end_rows(std::string_view time) {
  keep_latest(last_row, time);
  last_end_unix_microseconds = 0;
}

TrySums& TrySums::operator+=(const TrySums& other) {
  process_starts += other.process_starts;
  keep_earliest(first_started, other.first_started);
  keep_latest(last_row, other.last_row);
  tries += other.tries;
  succeeded_tries += other.succeeded_tries;
  items += other.items;
  succeeded_items += other.succeeded_items;
  failed_items += other.failed_items;
  elapsed_microseconds += other.elapsed_microseconds;
  process_microseconds += other.process_microseconds;
  run_microseconds += other.run_microseconds;
  return *this;
}

std::string ProcessSummaries::process_table() const {
  std::string csv = std::string("Node,Process,") + sums_header;
  for (const auto& [name, sums] : sums_) {
    append_csv_field(csv, name.first);
    append_csv_field(csv += ',', name.second);
    append_sums(csv, sums);
  }
  return csv;
}

std::string ProcessSummaries::node_table() const {
  struct Node {
    std::uint64_t processes = 0;
    TrySums sums;
  };
  std::map<std::string, Node> nodes;
  for (const auto& [name, sums] : sums_) {
    Node& node = nodes[name.first];
    node.processes += name.second.empty() ? 0 : 1;
    node.sums += sums;
  }
  std::string csv = std::string("Node,Processes,") + sums_header;
  for (const auto& [name, node] : nodes) {
    append_csv_field(csv, name);
    csv += ',' + std::to_string(node.processes);
    append_sums(csv, node.sums);
  }
  return csv;
}

}  // namespace prs
