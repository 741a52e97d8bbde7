#include "mpi/gather_world.hpp"

#include <mpi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/mpi/collectives/all_gather.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

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

}  // namespace

World gather_world(const boost::mpi::communicator& world) {
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
  return World(std::move(places));
}

}  // namespace prs
