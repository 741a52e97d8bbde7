#pragma once

#include <string>

#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "farm/protocol.hpp"
#include "model/run_folder.hpp"
#include "model/verdict.hpp"
#include "script/interpreter.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// From the configuration's words to those of the other rooms; both roles use these.
Thresholds thresholds_of(const ParallelRunSettings& config, std::uint64_t mini_batches);
InterpreterChoice interpreter_choice(const RunConfig& config);
/// Throws UserError where parallel_run_step.settings.json beside the entry script is not what rule 5.2 wants.
RowSettings row_settings(const RunConfig& config);

/// How this worker's script host is started (rule 4).
ScriptSettings host_settings(const RunConfig& config, const protocol::Start& start, const RunFolder& folder,
                             const World& world, int rank);
/// The same for `prs_mpi try`: this terminal, no limits; `folder` takes what a run folder would.
ScriptSettings foreground_settings(const RunConfig& config, const Interpreter& interpreter, const RunFolder& folder);

/// The program's own helpers, beside it in the build tree and in an installed one.
std::string keeper_program();
std::string loader_program();
std::string hdf5_output_program();
std::string python_folder();

}  // namespace prs
