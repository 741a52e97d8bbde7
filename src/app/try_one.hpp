#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// `prs_mpi try CONFIG` (rule 9.3): one mini-batch in the foreground. The script has this terminal, and all the time it
/// wants; its rows follow on standard output. Throws UserError where there is no such mini-batch or file.
ExitStatus try_one(const CommandLine& line);

}  // namespace prs
