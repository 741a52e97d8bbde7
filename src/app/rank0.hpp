#pragma once

#include "app/command_line.hpp"
#include "cluster/preflight.hpp"
#include "cluster/world.hpp"
#include "farm/rounds.hpp"
#include "farm/transport.hpp"

namespace prs {

/// What each host must see for this command: nothing for a verb that runs on rank 0 alone, nor where the configuration
/// is wrong, which serve_as_rank0() says.
HostsQuestion question_for_hosts(const ParsedCommandLine& parsed);

/// Rank 0, from the command line to the last message: a run, or a verb that needs no workers.
protocol::Leave serve_as_rank0(const ParsedCommandLine& parsed, const PreflightVerdict& preflight, const World& world,
                               Transport& transport, const MakeRounds& make_rounds);

}  // namespace prs
