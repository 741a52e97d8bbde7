#include "app/by_hand.hpp"
#include "app/launcher.hpp"
#include "cluster/launched.hpp"
#include "mpi/fault_tolerance.hpp"
#include "mpi/run.hpp"
#include "support/stop_signals.hpp"

/// Started by mpirun: one rank of the run. Started by hand: a verb, or the launcher that starts mpirun
/// (rules 1.4, 9.3).
int main(int argc, char** argv) {
  using namespace prs;
  if (is_launched_as_rank()) {
    StopSignals::install();  // before MPI_Init, so that none is missed
    return static_cast<int>(run_rank(argc, argv));
  }
  return static_cast<int>(run_by_hand(argc, argv, [](const CommandLine& line, const RunConfig& config) {
    return launch(line, config, FaultTolerance::is_in_library());
  }));
}
