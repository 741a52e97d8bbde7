#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// One rank of `mpirun -n N prs_mpi CONFIG`, from MPI_Init to MPI_Finalize: the same exit status on every rank (rule
/// 8).
ExitStatus run_rank(int argc, char** argv);

}  // namespace prs
