#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// `prs_mpi check CONFIG` (rule 9.3): validates all that a run would, shows the plan, and warns of what usually goes
/// wrong. Throws what a run would.
ExitStatus check(const CommandLine& line);

}  // namespace prs
