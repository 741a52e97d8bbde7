#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "cluster/batch_script.hpp"
#include "config/run_config.hpp"

namespace prs {

/// The Slurm partition that the configuration names; empty: none, `compute_target` is `local`.
std::string partition_of(const RunConfig& config);

/// Of a run that our launcher has started outside a Slurm job: whoever names a partition may not want this machine,
/// often one for logging in. Empty: no doubt.
std::string doubt_about_this_machine(const RunConfig& config, const std::string& config_file);

/// What the batch script of a run says (rules 1.1, 9.3): from the configuration, the command line and this machine.
/// Throws UserError where Slurm could not take it.
BatchScript batch_script_of(const CommandLine& line, const RunConfig& config);

/// What may go wrong with the job, each with what to do; for people.
std::vector<std::string> doubts_about(const BatchScript& script, const RunConfig& config, std::uint64_t mini_batches);

}  // namespace prs
