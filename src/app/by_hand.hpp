#pragma once

#include <functional>

#include "app/command_line.hpp"
#include "config/run_config.hpp"
#include "support/errors.hpp"

namespace prs {

/// The program as a user starts it, without mpirun (rules 1.4, 9.3): a verb, or `run`, which `launch` does. Prints what
/// went wrong.
ExitStatus run_by_hand(int argc, char** argv,
                       const std::function<ExitStatus(const CommandLine&, const RunConfig&)>& launch);

}  // namespace prs
