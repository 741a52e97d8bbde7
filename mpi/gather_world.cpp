#include "mpi/gather_world.hpp"

#include <mpi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/mpi/collectives/all_gather.hpp>
#include <boost/mpi/collectives/broadcast.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <chrono>

#include "support/flat_bytes.hpp"

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

struct Host {
  int lowest_rank = 0;
  bool is_whole_world = true;
};

Host host_of(const boost::mpi::communicator& world) {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, world.rank(), MPI_INFO_NULL, &comm);
  Host host{world.rank()};
  MPI_Bcast(&host.lowest_rank, 1, MPI_INT, 0, comm);
  int size = 0;
  MPI_Comm_size(comm, &size);
  MPI_Comm_free(&comm);
  host.is_whole_world = size == world.size();
  return host;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Rank 0's question, for all: its version, which every version can read; its clock; what it wants looked at.
std::string broadcast_question(const boost::mpi::communicator& world, const std::string& version,
                               const std::vector<SharedPath>& paths) {
  std::string bytes;
  if (world.rank() == 0) {
    FlatWriter writer;
    writer.put_text(version).put(now_ns()).put_text(to_bytes(paths));
    bytes = std::move(writer.bytes());
  }
  boost::mpi::broadcast(world, bytes, 0);
  return bytes;
}

}  // namespace

World Gathering::world() const {
  std::vector<Place> places;
  for (const RankReport& report : reports) places.push_back(report.place);
  return World(std::move(places));
}

Gathering gather_world(const boost::mpi::communicator& world, const std::string& version,
                       const std::function<HostsQuestion()>& ask, const LookLimits& limits) {
  const Host host = host_of(world);
  RankReport mine = report_of_this_process(version);
  mine.place = {host_name(), host.lowest_rank, static_cast<int>(::getpid()), own_process_namespace()};
  Gathering gathered;
  HostsQuestion question;
  if (!host.is_whole_world) {
    if (world.rank() == 0) question = ask();
    const std::string bytes = broadcast_question(world, version, question.paths);
    FlatReader reader(bytes);
    if (reader.get_text() == version) {
      mine.clock_ahead_ns = now_ns() - reader.get<std::int64_t>();
      gathered.paths = shared_paths_of_bytes(reader.get_text());
      if (world.rank() == host.lowest_rank && world.rank() != 0) mine.sights = look_at(gathered.paths, limits);
    }
  }
  std::vector<std::string> all;
  boost::mpi::all_gather(world, to_bytes(mine), all);
  for (const std::string& bytes : all) gathered.reports.push_back(rank_report_of(bytes, version));
  return gathered;
}

}  // namespace prs
