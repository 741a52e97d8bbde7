#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace prs {

/// rule 5: all rows in one file, or counted only.
enum class OutputAction { append_row, summary_only };

/// Level of our logs and of the script's root and EntryScript loggers.
enum class LoggingLevel { warning, info, debug };

/// `mini_batch_size`: files for a file input, else bytes (rows for HDF5 without a unit) (rules 3.1, 3.2).
struct MiniBatchSize {
  std::uint64_t value = 0;  ///< the unit multiplied in (×1024 each step)
  bool has_unit = false;
  bool operator==(const MiniBatchSize&) const = default;
};

/// How the interpreter is started (rule 4.7).
struct Environment {
  enum class Kind { search_path, python, venv, conda, container, prefix };
  Kind kind = Kind::search_path;    ///< search_path: `python3` on the PATH
  std::string value;                ///< interpreter, venv folder, conda prefix or name, image
  std::vector<std::string> prefix;  ///< the words before the interpreter, for Kind::prefix
  bool operator==(const Environment&) const = default;
};

/// Which paths were written relative to their file, so that save_to_yaml() writes them so again (rule 2.8).
/// No part of the value: two configs that name the same files are equal however they were written.
struct PathsWrittenRelative {
  bool entry_script = false;
  bool source_directory = false;
  bool environment = false;
  bool operator==(const PathsWrittenRelative&) const { return true; }
};

/// The keys of `parallel_run_config` (rule 2.3), as a plain value. What is not set stays empty here and out of a saved
/// file; the `…_or_default` members say what then holds. Paths are absolute once loaded.
struct ParallelRunConfig {
  // What runs
  std::string entry_script;  ///< as written: relative to `source_directory` where that is given
  std::optional<std::string> source_directory;
  std::optional<Environment> environment;
  std::map<std::string, std::string> environment_variables;
  std::optional<std::string> profiling_module;  ///< "cProfile", "profile" or "none"

  // What counts as failed
  std::int64_t error_threshold = -1;  ///< failed items tolerated; −1 ignores
  std::optional<std::int64_t> allowed_failed_count;
  std::optional<double> allowed_failed_percent;
  std::optional<std::uint32_t> run_max_try;

  // How it is split and put together
  OutputAction output_action = OutputAction::append_row;
  std::optional<std::string> append_row_file_name;
  std::optional<bool> append_row_dataframe_header;
  std::optional<MiniBatchSize> mini_batch_size;
  std::vector<std::string> partition_keys;

  // Where it runs
  std::optional<std::uint32_t> node_count;
  std::optional<std::uint32_t> process_count_per_node;
  std::optional<std::uint32_t> gpus_per_node;
  std::optional<std::string> compute_target;
  std::optional<std::uint64_t> max_batches_per_process;

  // Time limits, seconds
  std::optional<double> run_invocation_timeout;
  std::optional<double> task_overhead_timeout;
  std::optional<double> init_timeout;
  std::optional<double> progress_update_timeout;
  std::optional<double> first_task_creation_timeout;
  std::optional<double> grace_period;
  std::optional<double> resource_monitor_interval;

  // What is seen
  std::optional<LoggingLevel> logging_level;
  std::optional<std::string> description;

  PathsWrittenRelative written_relative;

  bool operator==(const ParallelRunConfig&) const = default;

  std::int64_t allowed_failed_count_or_default() const { return allowed_failed_count.value_or(-1); }
  double allowed_failed_percent_or_default() const { return allowed_failed_percent.value_or(100.0); }
  std::uint32_t run_max_try_or_default() const { return run_max_try.value_or(3); }
  std::string append_row_file_name_or_default() const { return append_row_file_name.value_or("parallel_run_step.txt"); }
  /// True for a `.csv` and `.tsv` file name, else false (rule 2.3).
  bool append_row_dataframe_header_or_default() const;
  double run_invocation_timeout_or_default() const { return run_invocation_timeout.value_or(60.0); }
  double task_overhead_timeout_or_default() const { return task_overhead_timeout.value_or(30.0); }
  double init_timeout_or_default() const { return init_timeout.value_or(600.0); }
  /// 3 × (run_invocation_timeout + task_overhead_timeout).
  double progress_update_timeout_or_default() const {
    return progress_update_timeout.value_or(3.0 *
                                            (run_invocation_timeout_or_default() + task_overhead_timeout_or_default()));
  }
  double first_task_creation_timeout_or_default() const { return first_task_creation_timeout.value_or(600.0); }
  double grace_period_or_default() const { return grace_period.value_or(30.0); }
  double resource_monitor_interval_or_default() const { return resource_monitor_interval.value_or(600.0); }
  LoggingLevel logging_level_or_default() const { return logging_level.value_or(LoggingLevel::info); }

  /// Reads a file whose one top mapping is `parallel_run_config:`, or the bare keys (rule 2.1 v1, 2.8).
  /// Throws ConfigurationError with every mistake, each with file, line and column. What is only worth a warning, an
  /// unknown key for one, goes to `warnings`, or without it to the program's log.
  static ParallelRunConfig load_yaml(const std::string& path);
  static ParallelRunConfig load_yaml(const std::string& path, std::vector<std::string>& warnings);
  /// Writes the keys that are set; relative to the new file's folder where a path was relative. What is saved loads to
  /// an equal value. Throws ConfigurationError when it cannot write, or when load_yaml() would refuse a value.
  void save_to_yaml(const std::string& path) const;
};

}  // namespace prs
