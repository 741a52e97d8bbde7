#include "cluster/world.hpp"

#include <algorithm>
#include <cstdio>
#include <unordered_map>

#include "cluster/launched.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"

namespace prs {

World::World(std::vector<Place> places) : places_(std::move(places)) {
  std::unordered_map<int, std::size_t> known;  // by host; not searched, since each rank does this for all
  for (int rank = 1; rank < size(); ++rank) {
    const int host = places_[static_cast<std::size_t>(rank)].lowest_rank_of_host;
    const auto [place, is_new] = known.try_emplace(host, nodes_.size());
    if (is_new) nodes_.emplace_back();
    nodes_[place->second].push_back(rank);
  }
}

bool World::can_see(int rank, int other) const {
  const Place& here = places_[static_cast<std::size_t>(rank)];
  const Place& there = places_[static_cast<std::size_t>(other)];
  return here.lowest_rank_of_host == there.lowest_rank_of_host && here.process_namespace != 0 &&
         here.process_namespace == there.process_namespace;
}

std::uint32_t World::node_of(int rank) const {
  for (std::size_t node = 0; node < nodes_.size(); ++node)
    if (std::find(nodes_[node].begin(), nodes_[node].end(), rank) != nodes_[node].end())
      return static_cast<std::uint32_t>(node);
  return 0;
}

std::uint32_t World::workers_on_node_of(int rank) const {
  return static_cast<std::uint32_t>(nodes_.at(node_of(rank)).size());
}

std::uint32_t World::place_on_node(int rank) const {
  const std::vector<int>& node = nodes_.at(node_of(rank));
  return static_cast<std::uint32_t>(std::find(node.begin(), node.end(), rank) - node.begin());
}

std::string World::placement_text() const {
  constexpr std::size_t named = 8;
  std::string text = std::to_string(nodes_.size()) + (nodes_.size() == 1 ? " node: " : " nodes: ");
  for (std::size_t node = 0; node < std::min(named, nodes_.size()); ++node)
    text += (node == 0 ? "" : ", ") + std::to_string(nodes_[node].size()) + " on " + host_of(nodes_[node].front());
  return text + (nodes_.size() > named ? " and so on" : "");
}

bool World::is_placed_as(std::uint32_t node_count, std::uint32_t process_count_per_node) const {
  return nodes_.size() == node_count && std::all_of(nodes_.begin(), nodes_.end(), [&](const std::vector<int>& node) {
           return node.size() == process_count_per_node;
         });
}

std::string World::process_name(int rank) {
  char name[32];
  std::snprintf(name, sizeof name, "process%03d", rank - 1);
  return name;
}

std::string check_world(std::optional<std::uint32_t> node_count, std::optional<std::uint32_t> process_count_per_node,
                        const World& world) {
  // With mpirun gone while they start, ranks of Open MPI 5 take themselves for worlds of their own.
  const std::optional<int> launched = launched_ranks();
  if (launched && *launched > world.size())
    throw InfrastructureError("this rank found " + std::to_string(world.size()) + " of the " +
                              std::to_string(*launched) +
                              " ranks that mpirun started: was mpirun killed? The same command goes on");
  const std::uint32_t workers = world.workers();
  if (workers == 0)
    throw UserError(
        "`mpirun -n 1` has no worker: rank 0 is the master queue; use -n 2 or more, or start prs_mpi without mpirun");
  if (!node_count && !process_count_per_node) return {};
  const std::uint32_t nodes = node_count.value_or(
      process_count_per_node ? std::max(1U, workers / *process_count_per_node) : world.node_count());
  const std::uint32_t per_node = process_count_per_node.value_or(std::max(1U, workers / nodes));
  const std::uint64_t wanted = 1 + std::uint64_t{nodes} * per_node;
  if (wanted != static_cast<std::uint64_t>(world.size()))
    throw UserError("the world has " + std::to_string(world.size()) + " ranks, but node_count " +
                    std::to_string(nodes) + " x process_count_per_node " + std::to_string(per_node) +
                    " workers and the master make " + std::to_string(wanted) + ": use mpirun -n " +
                    std::to_string(wanted));
  if (world.is_placed_as(nodes, per_node)) return {};
  const std::string text = "the configuration asks for " + counted(nodes, "node", "nodes") + " with " +
                           counted(per_node, "worker", "workers") + " each, MPI placed them on " +
                           world.placement_text();
  if (world.node_count() == 1) return text;  // a trial of a larger run
  throw UserError(
      text + ": place " + counted(per_node, "rank", "ranks") + " on each host, and one more on the first (mpirun " +
      "--host, or a hostfile with slots=" + std::to_string(per_node) + "; sbatch --nodes=" + std::to_string(nodes) +
      " --ntasks-per-node), or leave out node_count and process_count_per_node");
}

}  // namespace prs
