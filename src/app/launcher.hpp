#pragma once

#include "app/command_line.hpp"
#include "config/run_config.hpp"
#include "support/errors.hpp"

namespace prs {

/// `prs_mpi CONFIG` without mpirun (rule 1.4): starts itself under mpirun with the right -n, stays as its parent,
/// passes signals on as SIGUSR1, and returns the run's own exit status. Starts it again, with the same words, when a
/// rank was lost and the last start made progress; rank 0 sees that it goes on (open_run_folder).
/// `tolerates_faults`: the MPI library has the calls for it, and mpirun is asked for them.
ExitStatus launch(const CommandLine& command_line, const RunConfig& config, bool tolerates_faults);

}  // namespace prs
