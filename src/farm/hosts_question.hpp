#pragma once

#include "cluster/shared_path.hpp"
#include "config/run_config.hpp"

namespace prs {

/// What every host of the run must see as rank 0's host does: input, script, interpreter, run folder; the user is
/// warned where it is a model, a side input or a package. Makes the run folder's mark.
HostsQuestion hosts_question(const RunConfig& config);

}  // namespace prs
