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

/// rule 6.3: when a mini-batch whose try failed counts: until a later try succeeds, or once it has no tries left (v2).
enum class FailedMiniBatchCounts { at_once, once_given_up };

/// `mini_batch_size`: files for a file input, else bytes, and for HDF5 without a unit rows (rules 3.1, 3.2).
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

/// The keys of `parallel_run_config` (rule 2.3), in one list for both of its forms: as they are given, and as they
/// hold. `Defaulted` wraps what has a default: std::optional where a key may be left open, nothing once the default is
/// in. Paths are absolute once loaded.
template <template <class> class Defaulted>
struct ParallelRunKeys {
  // What runs
  std::string entry_script;  ///< as written: relative to `source_directory` where that is given
  std::optional<std::string> source_directory;
  std::optional<Environment> environment;
  std::map<std::string, std::string> environment_variables;
  Defaulted<std::string> profiling_module{};  ///< "cProfile", "profile" or "none"

  // What counts as failed
  std::int64_t error_threshold = -1;  ///< failed items tolerated; −1 ignores
  Defaulted<std::int64_t> allowed_failed_count{};
  Defaulted<double> allowed_failed_percent{};
  Defaulted<FailedMiniBatchCounts> failed_mini_batch_counts{};
  Defaulted<std::uint32_t> run_max_try{};

  // How it is split and put together
  OutputAction output_action = OutputAction::append_row;
  Defaulted<std::string> append_row_file_name{};
  Defaulted<bool> append_row_dataframe_header{};
  /// In a run, empty with partition_keys only.
  std::optional<MiniBatchSize> mini_batch_size;
  std::vector<std::string> partition_keys;  ///< each combination of their values is one mini-batch (rule 3.6)

  // Where it runs
  std::optional<std::uint32_t> node_count;
  std::optional<std::uint32_t> process_count_per_node;
  std::optional<std::uint32_t> gpus_per_node;
  Defaulted<std::string> compute_target{};
  std::optional<std::uint64_t> max_batches_per_process;  ///< without it: unlimited

  // Time limits, seconds
  Defaulted<double> run_invocation_timeout{};
  Defaulted<double> task_overhead_timeout{};
  Defaulted<double> init_timeout{};
  Defaulted<double> progress_update_timeout{};
  Defaulted<double> first_task_creation_timeout{};
  Defaulted<double> grace_period{};
  Defaulted<double> resource_monitor_interval{};

  // What is seen
  Defaulted<LoggingLevel> logging_level{};
  std::optional<std::string> description;

  bool operator==(const ParallelRunKeys&) const = default;
};

/// The keys as a file or a program gives them, as a plain value. What is not set stays empty here and out of a saved
/// file; what holds then, configs/full.yaml says.
struct ParallelRunConfig : ParallelRunKeys<std::optional> {
  PathsWrittenRelative written_relative;

  bool operator==(const ParallelRunConfig&) const = default;

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
