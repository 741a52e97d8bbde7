#pragma once

#include <optional>
#include <string>

#include "support/errors.hpp"

namespace prs {

// What a process is told by who started it: mpirun, srun, our launcher, a batch script.

/// Started by mpirun or srun, as one of its ranks.
bool is_launched_as_rank();
/// Ranks that mpirun says it started; none: it does not say.
std::optional<int> launched_ranks();

/// What rank 0 tells the launcher.
struct LauncherResult {
  ExitStatus status = ExitStatus::completed;
  bool is_ended_by_loss = false;  ///< of a rank: starting again goes on
};
std::string launcher_result_text(const LauncherResult& result);
LauncherResult launcher_result_of(const std::string& text);

/// The launcher's side, before it starts mpirun.
void set_launcher_result_file(const std::string& path);
void set_launcher_id(const std::string& id);
void set_launcher_process(const std::string& process);
void set_launcher_terminal_columns(int columns);

/// Where the launcher wants to be told the exit status, empty when there is no launcher.
std::string launcher_result_file();
/// Who gives this command again after a loss: each launcher draws an id, and a batch script may set one for its job
/// (PRS_LAUNCHER_ID). Empty: nobody.
std::string launcher_id();
/// Which process the launcher is, a line for whoever looks at the run from outside. Empty: there is none.
std::string launcher_process();
/// The launcher's standard error is a terminal of that many columns; 0: it is none.
int launcher_terminal_columns();

/// How long running tries may go on after this signal: `grace_period`, or less where mpirun kills sooner (it gives a
/// second or less from SIGTERM or SIGINT to SIGKILL).
double grace_seconds_after(int signal, double grace_period_seconds);

}  // namespace prs
