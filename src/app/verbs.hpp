#pragma once

#include "app/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// The verbs that need no worker: check, try, slurm, report, config, help. Prints; throws ConfigurationError,
/// UserError.
ExitStatus run_without_workers(const ParsedCommandLine& parsed);

}  // namespace prs
