#pragma once

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "output/run_identity.hpp"

namespace prs {

/// Which run a folder is of where this configuration's command, or another one of the same run's slicing, works in it
/// (rules 7.2, 7.7).
RunIdentity identity_of(const RunConfig& config, const Plan& plan, const Slicing& slicing);

}  // namespace prs
