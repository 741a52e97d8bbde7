#pragma once

#include <string>

#include "cluster/preflight.hpp"
#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "farm/leave.hpp"
#include "farm/rounds.hpp"
#include "farm/run_folder_opening.hpp"
#include "farm/transport.hpp"
#include "support/speech.hpp"

namespace prs {

/// What the command line asks of a run.
struct RunRequest {
  HowToOpen open;
  std::string command = {};  ///< with which it goes on, for people
  Speech speech = {};
};

/// Rank 0: agree, plan, farm, close. Throws what stands in the way before the first mini-batch is handed out.
MasterEnd run_master(const RunConfig& config, const RunRequest& request, const PreflightVerdict& preflight,
                     const World& world, Transport& transport, const MakeRounds& make_rounds);

}  // namespace prs
