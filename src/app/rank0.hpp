#pragma once

#include "app/command_line.hpp"
#include "cluster/world.hpp"
#include "farm/rounds.hpp"
#include "farm/transport.hpp"

namespace prs {

/// Rank 0, from the command line to the last message: a run, or a verb that needs no workers.
protocol::Leave serve_as_rank0(const ParsedCommandLine& parsed, const World& world, Transport& transport,
                               const MakeRounds& make_rounds);

}  // namespace prs
