#include <exception>

#include "mpi/explain.hpp"
#include "mpi/launcher.hpp"
#include "mpi/run.hpp"
#include "mpi/signals.hpp"
#include "mpi/verbs.hpp"

/// Started by mpirun: one rank of the run. Started by hand: a verb, or the launcher that starts mpirun (rules 1.4, 9.3).
int main(int argc, char** argv) {
  using namespace prs;
  if (is_launched_as_rank()) {
    StopSignals::install();  // before MPI_Init, so that none is missed
    return static_cast<int>(run_rank(argc, argv));
  }
  const ParsedCommandLine parsed = parse_command_line(argc, argv);
  try {
    if (parsed.is_over || parsed.command_line.verb != CommandLine::Verb::run)
      return static_cast<int>(run_without_workers(parsed));
    const RunConfig config = load_run_config(parsed.command_line.config_file, parsed.command_line.overrides);
    return static_cast<int>(launch(parsed.command_line, config));
  } catch (const std::exception& error) {
    return static_cast<int>(explain(error));
  }
}
