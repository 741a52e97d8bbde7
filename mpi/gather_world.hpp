#pragma once

#include <boost/mpi/communicator.hpp>

#include "cluster/world.hpp"

namespace prs {

/// Where each rank runs, as MPI says: ranks that can share memory are on one node. Collective, at start-up.
World gather_world(const boost::mpi::communicator& world);

}  // namespace prs
