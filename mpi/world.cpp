#include "mpi/world.hpp"

#include <mpi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/collectives/all_gather.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <cstdio>

namespace prs {
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  // It becomes a folder's name (rule 9.2); a domain adds nothing there.
  std::string host(name);
  host = host.substr(0, host.find('.'));
  return host.empty() ? "localhost" : host;
}

std::uint64_t own_process_namespace() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

int lowest_rank_that_shares_memory(const boost::mpi::communicator& world) {
  MPI_Comm host = MPI_COMM_NULL;
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, world.rank(), MPI_INFO_NULL, &host);
  int lowest = world.rank();
  MPI_Bcast(&lowest, 1, MPI_INT, 0, host);
  MPI_Comm_free(&host);
  return lowest;
}

std::vector<Place> gathered_places(const boost::mpi::communicator& world) {
  std::vector<std::string> hosts;
  std::vector<int> lowest;
  boost::mpi::all_gather(world, host_name(), hosts);
  boost::mpi::all_gather(world, lowest_rank_that_shares_memory(world), lowest);
  std::vector<int> process_ids;
  std::vector<std::uint64_t> namespaces;
  boost::mpi::all_gather(world, static_cast<int>(::getpid()), process_ids);
  boost::mpi::all_gather(world, own_process_namespace(), namespaces);
  std::vector<Place> places;
  for (std::size_t rank = 0; rank < hosts.size(); ++rank)
    places.push_back({hosts[rank], lowest[rank], process_ids[rank], namespaces[rank]});
  return places;
}

}  // namespace

World::World(const boost::mpi::communicator& world) : World(gathered_places(world)) {}

World::World(std::vector<Place> places) : places_(std::move(places)) {
  std::vector<int> known;
  for (int rank = 1; rank < size(); ++rank) {
    const int host = places_[static_cast<std::size_t>(rank)].lowest_rank_of_host;
    const auto place = std::find(known.begin(), known.end(), host);
    if (place == known.end()) {
      known.push_back(host);
      nodes_.push_back({rank});
    } else {
      nodes_[static_cast<std::size_t>(place - known.begin())].push_back(rank);
    }
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
  std::string text = std::to_string(nodes_.size()) + (nodes_.size() == 1 ? " node with " : " nodes with ");
  for (std::size_t node = 0; node < nodes_.size(); ++node)
    text += (node == 0 ? "" : ", ") + std::to_string(nodes_[node].size());
  return text + " workers";
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

}  // namespace prs
