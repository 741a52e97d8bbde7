#pragma once

#include <mpi.h>

#include <vector>

namespace prs {

/// The fault-tolerance calls of MPI (User Level Failure Mitigation, MPI Forum's ticket 20), looked up at run time:
/// absent in Open MPI 4.1, present in 5, so that one build serves both. Documented in Open MPI 5's "User-Level Fault
/// Mitigation" chapter.
struct FaultTolerance {
  int (*revoke)(MPI_Comm);
  int (*is_revoked)(MPI_Comm, int* flag);
  int (*shrink)(MPI_Comm, MPI_Comm* survivors);
  int (*get_failed)(MPI_Comm, MPI_Group* failed);
  int (*ack_failed)(MPI_Comm, int count, int* acknowledged);
  int (*iagree)(MPI_Comm, int* flag, MPI_Request*);

  /// Null where the library has no such calls, or was started without them (mpirun without `--with-ft ulfm`).
  static const FaultTolerance* find(MPI_Comm world);
  /// The library that is loaded has the calls; known before MPI_Init, so that a launcher can ask mpirun for them.
  static bool is_in_library();
};

/// Ranks of `world` that are not in `comm`, whose ranks have the same order, as MPIX_Comm_shrink leaves them. Asks MPI
/// a few times for each that is missing, however many there are: a library looks through all ranks to translate one.
std::vector<int> ranks_missing_in(MPI_Comm comm, MPI_Comm world);

/// All errors of calls on `comm` come back as return values.
void return_errors(MPI_Comm comm);

}  // namespace prs
