#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_clock.hpp"

namespace prs {

/// What the nodes of a run have used, from logs/sys/perf (resource_usage.hpp writes it). Reads the files as they grow.
/// Its memory grows with the nodes, never with the length of the run.
class NodeUsages {
 public:
  struct Point {
    std::uint64_t time;  ///< of the run
    double cpu_percent;  ///< of all cores; below 0: not told
    std::uint64_t used_bytes;
  };
  struct Node {
    std::vector<Point> points;  ///< every second one is left out where they become many
    double highest_cpu_percent = -1;
    std::uint64_t memory_bytes = 0, most_used_bytes = 0;
    std::uint64_t most_worker_bytes = 0;  ///< resident, of one worker's processes together
    std::string most_worker;              ///< "process003"
  };

  explicit NodeUsages(RunClock& clock) : clock_(clock) {}
  /// `folder`: logs/sys/perf. What cannot be read is left out.
  void read(const std::string& folder);
  /// By name.
  const std::map<std::string, Node>& nodes() const { return nodes_; }

 private:
  static constexpr std::size_t most_points = 240;
  struct Reading {
    std::uint64_t node_offset = 0, process_offset = 0;
    std::size_t every = 1, seen = 0;
    std::string sample;  ///< time and worker of the rows that are being added up
    std::uint64_t sample_bytes = 0;
  };
  void read_node(const std::string& path, Node& node, Reading& reading);
  void read_processes(const std::string& path, Node& node, Reading& reading);
  static void add_point(Node& node, Reading& reading, const Point& point);

  RunClock& clock_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, Reading> readings_;
};

}  // namespace prs
