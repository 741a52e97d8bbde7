#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/partition_key.hpp"
#include "model/row_format.hpp"
#include "model/table_options.hpp"
#include "support/clock.hpp"

namespace prs {

/// A row format and its options.
struct RowSettings {
  RowFormat format = RowFormat::text;
  bool has_header = false;       ///< DataFrames of a run share one header line
  std::string to_csv_arguments;  ///< JSON object that overrides DataFrame.to_csv's arguments; empty: none
};

/// The interpreter's command line, found and tried once (rule 4.7).
struct Interpreter {
  std::vector<std::string> command;  ///< words before the host's own script
  std::string version;               ///< "3.11.2"
};

/// The user's script, and what it is told.
struct EntryScriptSettings {
  std::string entry_script;  ///< a Python file, a `.so`, or any other executable file (rule 4.10)
  std::string import_folder;
  std::vector<std::string> arguments;
  std::string logging_level = "INFO";
  std::string profiling_module;  ///< empty: none
  std::string models_json;       ///< name → {path, version, tags}
  std::string agent_name;        ///< EntryScript().agent_name, "process003"
};

/// Where a script process lives and writes.
struct ScriptFiles {
  std::string run_folder;                ///< of the whole run, where the script may put files of its own
  std::string log_folder;                ///< EntryScript().log_dir
  std::string working_folder;            ///< private to the worker, made by the driver
  std::string stdout_file, stderr_file;  ///< appended to
  std::string entry_script_log_file;
  std::string profile_file;  ///< where a profile goes, if one is made
};

/// What mini-batches of tables need. No `inputs`: the run has none.
struct TableSettings {
  std::string loader_program;
  std::vector<TableOptions> inputs;  ///< of the run, in order
  std::string schema;                ///< JSON that the host makes its TableReader of: the run's columns (rule 3.3)
};

struct ScriptLimits {
  Duration init_timeout{}, run_invocation_timeout{}, task_overhead_timeout{};
};

/// All that a script host needs (rule 4); made by the worker from the configuration. All paths absolute.
struct ScriptSettings {
  std::string keeper_program;
  std::string python_folder;  ///< our own Python (the host)
  Interpreter interpreter;
  std::vector<std::string> environment;  ///< "NAME=value", whole (rule 4.8)
  std::vector<int> cores;                ///< the host's affinity; empty: as it is

  EntryScriptSettings script;
  ScriptFiles files;
  RowSettings rows;
  TableSettings tables;
  std::vector<PartitionKey> partition_keys;  ///< of its paths; Task::key_values are theirs
  ScriptLimits limits;
  std::uint64_t max_batches_per_process = 0;  ///< 0: unlimited
  bool is_foreground = false;                 ///< `prs_mpi try`: own terminal, no limits, no process group of its own
};

}  // namespace prs
