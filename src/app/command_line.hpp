#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/batch_script.hpp"
#include "config/run_config.hpp"
#include "support/speech.hpp"

namespace prs {

struct SlurmOptions {
  BatchScript::Launcher launcher = BatchScript::Launcher::srun;  ///< --launcher
  std::string time_limit;                                        ///< --time; empty: none is given
  std::uint32_t cpus_per_task = 0;                               ///< --cpus-per-task; 0: it is not given
  std::uint32_t array = 0;                                       ///< --array; 0: one job, for the whole run
};

/// What the user typed (rule 9.3).
struct CommandLine {
  enum class Verb { run, join, check, try_one, slurm, status, report, config, schema, completion, manual };
  Verb verb = Verb::run;
  std::string config_file;
  std::string folder;        ///< status, report: the run folder
  bool is_watching = false;  ///< status: --watch
  bool is_json = false;      ///< check, status, config: --json
  std::string shell;         ///< completion: bash
  Speech speech;             ///< run, join: --quiet, --verbose, --no-color
  ConfigOverrides overrides;
  bool is_overwriting = false;      ///< run: --overwrite
  bool is_retrying_failed = false;  ///< run: --retry-failed
  std::uint32_t restarts = 3;       ///< run without mpirun: --restarts
  std::uint64_t mini_batch = 0;     ///< try: --mini-batch
  std::vector<std::string> items;   ///< try: --items; empty: all of the mini-batch
  SlurmOptions slurm;
  bool is_given_alone = false;  ///< config: --given
  std::string page;             ///< report: --to; empty: report.html in the folder
  bool is_text = false;         ///< report: --text

  /// The words that make another process do the same (for the launcher).
  std::vector<std::string> words;
};

/// It needs workers, so an MPI job.
inline bool is_job(const CommandLine& line) {
  return line.verb == CommandLine::Verb::run || line.verb == CommandLine::Verb::join;
}

/// What to do after reading the command line: go on, or print this and leave.
struct ParsedCommandLine {
  CommandLine command_line;
  bool is_over = false;
  int exit_status = 0;
  std::string output;   ///< for standard output
  std::string message;  ///< for standard error
};

/// A verb with what may stand behind it, for the pages that are made of it: completion and manual.
struct VerbPage {
  struct Option {
    std::vector<std::string> names;  ///< "-V", "--version"
    std::string value;               ///< "KEY=VALUE"; empty: it has none
    std::string sentence;
    std::string if_absent;  ///< "3"; empty: the sentence says it, or nothing
    bool operator==(const Option&) const = default;
  };
  std::string name, argument, summary;  ///< argument: "CONFIG", "FOLDER"; empty: none
  std::vector<Option> options;
};
/// All verbs, in the order in which people see them.
std::vector<VerbPage> verb_pages();

/// Never prints or exits: under mpirun only rank 0 may speak.
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace prs
