#include "report/node_usage.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "model/run_folder.hpp"
#include "report/csv.hpp"
#include "report/overview_file.hpp"
#include "report/tries_file.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// Each line of a table, but its header; where to go on.
std::uint64_t for_each_line(const std::string& path, std::uint64_t from_bytes,
                            const std::function<void(const std::vector<std::string>&)>& on_fields) {
  std::vector<std::string> fields;
  const auto on_lines = [&](std::string_view lines, std::uint64_t) {
    for (std::size_t end; (end = lines.find('\n')) != std::string_view::npos; lines.remove_prefix(end + 1))
      if (split_csv_line(lines.substr(0, end), fields) && unix_microseconds_of(fields[0]) != 0) on_fields(fields);
  };
  try {
    return read_whole_lines(path, on_lines, from_bytes);
  } catch (const InfrastructureError&) {
    return from_bytes;
  }
}

}  // namespace

void NodeUsages::read(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    Node& node = nodes_[name];
    Reading& reading = readings_[name];
    read_node(at->path().string() + "/" + std::string(RunFolder::node_usage_name), node, reading);
    read_processes(at->path().string() + "/" + std::string(RunFolder::process_usage_name), node, reading);
  }
}

void NodeUsages::add_point(Node& node, Reading& reading, const Point& point) {
  if (reading.seen++ % reading.every != 0) return;
  node.points.push_back(point);
  if (node.points.size() < most_points) return;
  for (std::size_t i = 0; 2 * i < node.points.size(); ++i) node.points[i] = node.points[2 * i];
  node.points.resize((node.points.size() + 1) / 2);
  reading.every *= 2;
}

void NodeUsages::read_node(const std::string& path, Node& node, Reading& reading) {
  reading.node_offset = for_each_line(path, reading.node_offset, [&](const std::vector<std::string>& fields) {
    enum : std::size_t { time, cpu, load, total, available, columns };
    if (fields.size() < columns) return;
    const std::int64_t unix_time = unix_microseconds_of(fields[time]);
    const std::uint64_t total_bytes = number_in<std::uint64_t>(fields[total]).value_or(0);
    const std::uint64_t free_bytes = number_in<std::uint64_t>(fields[available]).value_or(total_bytes);
    const std::uint64_t used_bytes = total_bytes - std::min(total_bytes, free_bytes);
    const double cpu_percent = number_in<double>(fields[cpu]).value_or(-1);
    node.memory_bytes = std::max(node.memory_bytes, total_bytes);
    node.most_used_bytes = std::max(node.most_used_bytes, used_bytes);
    node.highest_cpu_percent = std::max(node.highest_cpu_percent, cpu_percent);
    add_point(node, reading, {clock_.time_of(clock_.start_of(unix_time), unix_time), cpu_percent, used_bytes});
  });
}

void NodeUsages::read_processes(const std::string& path, Node& node, Reading& reading) {
  reading.process_offset = for_each_line(path, reading.process_offset, [&](const std::vector<std::string>& fields) {
    enum : std::size_t { time, process, pid, parent, name, cpu_seconds, cpu_percent, resident, columns };
    if (fields.size() < columns) return;
    // A worker's rows of one time come together.
    if (const std::string sample = fields[time] + fields[process]; sample != reading.sample) {
      reading.sample = sample;
      reading.sample_bytes = 0;
    }
    reading.sample_bytes += number_in<std::uint64_t>(fields[resident]).value_or(0);
    if (reading.sample_bytes <= node.most_worker_bytes) return;
    node.most_worker_bytes = reading.sample_bytes;
    node.most_worker = fields[process];
  });
}

}  // namespace prs
