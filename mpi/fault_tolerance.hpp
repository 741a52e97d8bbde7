#pragma once

#include <mpi.h>

namespace prs {

/// The fault-tolerance calls of MPI (User Level Failure Mitigation, MPI Forum's ticket 20), looked up at run time:
/// absent in Open MPI 4.1, present in 5, so that one build serves both. Documented in Open MPI 5's "User-Level Fault
/// Mitigation" chapter.
struct FaultTolerance {
  int (*get_failed)(MPI_Comm, MPI_Group* failed);
  int (*ack_failed)(MPI_Comm, int count, int* acknowledged);

  /// Null where the library has no such calls, or was started without them (mpirun without `--with-ft ulfm`).
  static const FaultTolerance* find(MPI_Comm world);
  /// The library that is loaded has the calls; known before MPI_Init, so that a launcher can ask mpirun for them.
  static bool is_in_library();
};

/// All errors of calls on `comm` come back as return values.
void return_errors(MPI_Comm comm);

}  // namespace prs
