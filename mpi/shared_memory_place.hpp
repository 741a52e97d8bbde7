#pragma once

namespace prs {

/// Open MPI keeps a segment for each rank in /dev/shm. Where that is small, as in many containers, each rank prints a
/// page about it, mpirun 4.1 may crash while it passes the pages on, and messages take the slower way through sockets;
/// where it fills up later, a rank dies of SIGBUS. So the segments go to the temporary directory there, unless the user
/// has said where. Before MPI_Init.
void place_shared_memory();

}  // namespace prs
