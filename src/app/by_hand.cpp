#include "app/by_hand.hpp"

#include <cstdio>
#include <exception>

#include "app/batch_job.hpp"
#include "app/explain.hpp"
#include "app/verbs.hpp"
#include "support/environment_variable.hpp"

namespace prs {
namespace {

/// Whoever names a partition may not want this machine, often one for logging in.
void warn_of_partition(const RunConfig& config, const std::string& config_file) {
  const std::string partition = partition_of(config);
  if (partition.empty() || !environment_variable("SLURM_JOB_ID").empty()) return;
  std::fprintf(stderr,
               "prs_mpi: warning: compute_target is '%s', and this run is on this machine; for a Slurm job: prs_mpi "
               "slurm %s > job.sbatch, then sbatch job.sbatch\n",
               partition.c_str(), config_file.c_str());
}

}  // namespace

ExitStatus run_by_hand(int argc, char** argv,
                       const std::function<ExitStatus(const CommandLine&, const RunConfig&)>& launch) {
  const ParsedCommandLine parsed = parse_command_line(argc, argv);
  const CommandLine& line = parsed.command_line;
  try {
    if (parsed.is_over || !is_job(line)) return run_without_workers(parsed);
    const RunConfig config = load_run_config(line.config_file, line.overrides);
    warn_of_partition(config, line.config_file);
    return launch(line, config);
  } catch (const std::exception& error) {
    return explain(error);
  }
}

}  // namespace prs
