#pragma once

#include <string>

#include "app/command_line.hpp"

namespace prs {

/// What a person types to go on with this run, from any folder: without --overwrite and --retry-failed, which are not
/// to be done a second time. In a job of Slurm's that is to submit its batch script again. `world_size` is used where
/// the ranks were started by an mpirun of the user's.
std::string command_to_go_on(const CommandLine& line, int world_size);

}  // namespace prs
