#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/batch_script.hpp"
#include "config/run_config.hpp"

namespace prs {

struct SlurmOptions {
  BatchScript::Launcher launcher = BatchScript::Launcher::srun;  ///< --launcher
  std::string time_limit;                                        ///< --time; empty: none is given
  std::uint32_t cpus_per_task = 0;                               ///< --cpus-per-task; 0: it is not given
  std::uint32_t array = 0;                                       ///< --array; 0: one job, for the whole run
};

/// What the user typed (rule 9.3).
struct CommandLine {
  enum class Verb { run, join, check, try_one, slurm, report, config };
  Verb verb = Verb::run;
  std::string config_file;
  std::string folder;  ///< report: the run folder
  ConfigOverrides overrides;
  bool is_overwriting = false;      ///< run: --overwrite
  bool is_retrying_failed = false;  ///< run: --retry-failed
  std::uint32_t restarts = 3;       ///< run without mpirun: --restarts
  std::uint64_t mini_batch = 0;     ///< try: --mini-batch
  SlurmOptions slurm;
  bool is_json = false;         ///< config: --json
  bool is_given_alone = false;  ///< config: --given
  std::string page;             ///< report: --to; empty: report.html in the folder
  bool is_text = false;         ///< report: --text

  /// It needs workers, so an MPI job.
  bool is_job() const { return verb == Verb::run || verb == Verb::join; }

  /// The words that make another process do the same (for the launcher).
  std::vector<std::string> words;
};

/// What to do after reading the command line: go on, or print this and leave.
struct ParsedCommandLine {
  CommandLine command_line;
  bool is_over = false;
  int exit_status = 0;
  std::string output;   ///< for standard output
  std::string message;  ///< for standard error
};

/// Never prints or exits: under mpirun only rank 0 may speak.
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace prs
