#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace prs {

/// Where one rank runs.
struct Place {
  std::string host;
  int lowest_rank_of_host = 0;  ///< the lowest rank that shares memory with it: tells hosts apart (rule 1.1)
  int process_id = 0;
  std::uint64_t process_namespace = 0;  ///< process ids mean something only inside the same one
};

/// Who runs where, the same on every rank. Rank 0 is the master, the others are the workers.
class World {
 public:
  /// By rank.
  explicit World(std::vector<Place> places);

  int size() const { return static_cast<int>(places_.size()); }
  std::uint32_t workers() const { return static_cast<std::uint32_t>(places_.size()) - 1; }
  const std::string& host_of(int rank) const { return places_[static_cast<std::size_t>(rank)].host; }
  int process_id_of(int rank) const { return places_[static_cast<std::size_t>(rank)].process_id; }
  /// The process of `other` can be watched by its id from `rank`.
  bool can_see(int rank, int other) const;
  /// Number of the node among those that have workers, in the order of their lowest worker.
  std::uint32_t node_of(int rank) const;
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  /// Workers on the node of `rank`, and this worker's place among them.
  std::uint32_t workers_on_node_of(int rank) const;
  std::uint32_t place_on_node(int rank) const;
  /// "2 nodes: 4 on n1, 3 on n2": its workers, for people.
  std::string placement_text() const;
  /// Every node has as many workers as the configuration says.
  bool is_placed_as(std::uint32_t node_count, std::uint32_t process_count_per_node) const;
  /// "process003": the worker's name in logs and reports, by its rank.
  static std::string process_name(int rank);

 private:
  std::vector<Place> places_;
  std::vector<std::vector<int>> nodes_;  ///< worker ranks by node
};

/// 1 + node_count × process_count_per_node must be the world's size, and each node must have its share, else UserError.
/// On one machine alone another placement is a warning (rule 1.1). Returns the warning, or nothing.
std::string check_world(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node,
                        const World& world);

}  // namespace prs
