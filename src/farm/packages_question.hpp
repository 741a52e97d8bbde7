#pragma once

#include <vector>

#include "cluster/shared_path.hpp"
#include "config/run_config.hpp"

namespace prs {

/// Where the user's interpreter has the packages that the entry script imports and that the run's tables need (rule
/// 1.5): other hosts look whether they have them there, too. Asks the interpreter in a process of its own, which takes
/// as long as its start. Of a container or of words before the interpreter nothing is known; nor where it fails.
std::vector<SharedPath> packages_of(const RunConfig& config);

}  // namespace prs
