#pragma once

#include "cluster/preflight.hpp"
#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "farm/leave.hpp"
#include "farm/rounds.hpp"
#include "farm/run_folder_opening.hpp"
#include "farm/transport.hpp"

namespace prs {

/// Rank 0: agree, plan, farm, close. Throws what stands in the way before the first mini-batch is handed out.
MasterEnd run_master(const RunConfig& config, HowToOpen how, const PreflightVerdict& preflight, const World& world,
                     Transport& transport, const MakeRounds& make_rounds);

}  // namespace prs
