#pragma once

#include <boost/mpi/communicator.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cluster/rank_report.hpp"
#include "cluster/world.hpp"

namespace prs {

/// What all ranks know of each other once they have come together, the same on each.
struct Gathering {
  std::vector<SharedPath> paths;    ///< what rank 0 wanted each host to look at; none on one host
  std::vector<RankReport> reports;  ///< by rank
  /// Where each rank runs, as MPI says: ranks that can share memory are on one node. Only where all are of one version.
  World world() const;
};

/// Collective, at start-up: one broadcast and one gathering. `ask`: called by rank 0 where there are several hosts.
Gathering gather_world(const boost::mpi::communicator& world, const std::string& version,
                       const std::function<HostsQuestion()>& ask, const LookLimits& limits);

}  // namespace prs
