#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// `prs_mpi report FOLDER` (rule 9.3): makes the page of a run anew, whether the run goes on or is over, and prints
/// where it is; with --text a summary instead. Changes nothing else in the folder. Throws UserError,
/// InfrastructureError.
ExitStatus report_on(const CommandLine& line);

}  // namespace prs
