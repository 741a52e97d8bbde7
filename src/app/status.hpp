#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// `prs_mpi status FOLDER` (rule 9.3): how the run in a folder stands, from wherever the folder can be read. Writes
/// nothing there. Gives the exit status of the run; of one that still goes on ExitStatus::going_on, of one that was
/// killed ExitStatus::interrupted. Throws UserError where there is no run.
ExitStatus show_status(const CommandLine& line);

}  // namespace prs
