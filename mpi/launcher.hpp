#pragma once

#include "config/run_config.hpp"
#include "mpi/command_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// This process was started by mpirun or srun, as one of its ranks.
bool is_launched_as_rank();

/// `prs_mpi CONFIG` without mpirun (rule 1.4): starts itself under mpirun with the right -n, stays as its parent,
/// passes signals on as SIGUSR1, and returns the run's own exit status. Starts it again, with the same words, when a
/// rank was lost and the last start made progress; rank 0 sees that it goes on (open_run_folder).
ExitStatus launch(const CommandLine& command_line, const RunConfig& config);

/// Ranks of the world that this configuration asks for (rule 1.1); counts that it leaves out are this machine's.
int world_size_of(const ParallelRunSettings& config);

/// What rank 0 tells the launcher.
struct LauncherResult {
  ExitStatus status = ExitStatus::completed;
  bool is_ended_by_loss = false;  ///< of a rank: starting again goes on
};
std::string launcher_result_text(const LauncherResult& result);

/// Rank 0's side: where the launcher wants to be told the exit status, empty when there is no launcher.
std::string launcher_result_file();
/// Who gives this command again after a loss: each launcher draws an id, and a batch script may set one for its job
/// (PRS_LAUNCHER_ID). Empty: nobody.
std::string launcher_id();
/// The launcher's standard error is a terminal of that many columns; 0: it is none.
int launcher_terminal_columns();

}  // namespace prs
