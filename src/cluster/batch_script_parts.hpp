#pragma once

namespace prs {

// The shell text of batch scripts that no setting changes. For batch_script.cpp, which puts it together.

/// What srun and mpirun need each in a way of its own.
struct LauncherParts {
  const char* name;
  const char* head_of_template;    ///< to the first empty line
  const char* usage_of_template;   ///< where the command line has no configuration
  const char* places;              ///< $machines → $places: rank 0 and its scripts, then the other machines
  const char* meaning_of_signals;  ///< comments
  const char* start;               ///< begins the launcher, and leaves its process id in $launcher
};
extern const LauncherParts srun_parts;
extern const LauncherParts mpirun_parts;

extern const char* const head_of_array;       ///< comments
extern const char* const submission_of_join;  ///< of a job array

extern const char* const count_of_ranks;     ///< → $ranks, $machines
extern const char* const environment;        ///< exports
extern const char* const traps;              ///< SIGUSR1 goes to $launcher
extern const char* const wait_and_put_back;  ///< the end of the script, with its exit status

}  // namespace prs
