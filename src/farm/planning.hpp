#pragma once

#include <cstdint>
#include <memory>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// What a run and the verbs find out of a configuration before anything starts. Both throw UserError (exit 2) for a
/// mistake of the user's and InfrastructureError for trouble.

/// The script is one that this version can run, and its interpreter works (rule 4.7).
Interpreter find_interpreter_for(const RunConfig& config);

/// Lists the inputs and cuts them into mini-batches (rules 3.1, 3.7). The interpreter is asked for the row groups of
/// Parquet files, and a loader for the rows of HDF5 files.
std::unique_ptr<Plan> make_plan(const RunConfig& config, const Interpreter& interpreter);

/// Throws UserError where what rank 0 holds of each mini-batch (rule 3.8) is more than `memory_bytes`: a size that is
/// much too small, or a damaged file that claims more rows than there are.
void require_room_for(const Plan& plan, std::uint64_t memory_bytes);

}  // namespace prs
