#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/run_folder.hpp"
#include "model/slicing.hpp"
#include "model/table_options.hpp"
#include "prs/configuration_error.hpp"
#include "prs/parallel_run_config.hpp"

namespace prs {

/// One input of a run: the paths as written, made absolute (rules 2.2, 2.5). A path may be a folder, a file or a glob.
struct InputConfig {
  std::string name;
  std::vector<std::string> paths;
  std::optional<TableOptions> table = {};  ///< none: each file is an item
  std::string partition_format = {};       ///< as written, its braces checked; empty: none (rule 3.6)
  /// The MLTable file that all but the name was read from, absolute; else empty.
  std::string mltable = {};
  bool operator==(const InputConfig&) const = default;

  /// What each path gives comes before what the next one gives; else all is sorted together (rules 3.1, 3.2).
  bool keeps_order_of_paths() const { return !mltable.empty(); }
};

/// A model of the user's (rule 4.6).
struct ModelConfig {
  std::string path;  ///< absolute
  std::string version;
  std::map<std::string, std::string> tags;
  bool operator==(const ModelConfig&) const = default;
};

template <class Value>
using Plain = Value;
/// The keys of parallel_run_config as they hold in a run: each that has a default has a value. An optional one that is
/// empty says something: the value is found out from the world, or there is none.
using ParallelRunSettings = ParallelRunKeys<Plain>;
/// The words that files and reports have for these.
const std::string& name_of(LoggingLevel level);
const std::string& name_of(OutputAction action);

/// All that a run needs to know from its configuration; what a file left open is filled in (rule 2.2).
/// A plain value, made by load_run_config(); rank 0 loads it and every rank gets the same.
struct RunConfig {
  std::string file;  ///< the configuration file, absolute
  std::string name;
  std::vector<InputConfig> inputs;
  std::map<std::string, std::string> side_inputs;   ///< name → absolute path
  std::map<std::string, std::string> side_outputs;  ///< name → absolute folder
  std::string output;                               ///< the run folder, absolute
  std::vector<std::string> arguments;               ///< with side_input:… and side_output:… replaced
  std::map<std::string, ModelConfig> models;
  bool allow_reuse{};
  ParallelRunSettings parallel;
  std::vector<std::string> warnings;  ///< to be printed once, by rank 0
  Slicing slicing = {};               ///< what the command line says of it
  bool operator==(const RunConfig&) const = default;

  /// What the command writes in: `output`, or of a slice a folder of its own below that.
  RunFolder run_folder() const { return slicing.folder_in(RunFolder{output}); }

  /// The rows become a file; those of a slice wait for the join.
  bool has_output() const { return parallel.output_action == OutputAction::append_row && !slicing.is_slice(); }
  /// The entry script's absolute path; the folder that goes on the script's import path.
  std::string entry_script_path() const;
  std::string import_folder() const;
};

/// What the command line adds to a configuration file (rules 2.1, 2.7).
struct ConfigOverrides {
  std::vector<std::string> settings;   ///< `--set key=value`
  std::vector<std::string> inputs;     ///< `--input NAME=PATH`
  std::string output;                  ///< `--output FOLDER`
  std::vector<std::string> arguments;  ///< what follows `--`
  bool has_arguments = false;
  Slicing slicing = {};   ///< `--slice K/N`, `--slices N`
  std::string step = {};  ///< `--step NAME`
};

/// Reads, checks and fills in. Throws ConfigurationError with every mistake (rule 2.6); no input makes it crash, hang
/// or eat memory. What this version cannot run is refused by name.
RunConfig load_run_config(const std::string& path, const ConfigOverrides& overrides = {});
/// The same, with what this version cannot run yet.
RunConfig read_run_config(const std::string& path, const ConfigOverrides& overrides = {});

/// What was understood, as native YAML with the defaults filled in (`prs_mpi config`). Loads to the same run again.
std::string text_of(const RunConfig& config);
/// What the file and the command line give of parallel_run_config and nothing more, as YAML with absolute paths
/// (`prs_mpi config --given`). Other top keys may be missing. Checks and throws as load_run_config() does.
std::string given_text(const std::string& path, const ConfigOverrides& overrides, std::vector<std::string>& warnings);
/// The same as JSON on one line, for programs; `yaml` comes from text_of() or given_text(). A byte that is not UTF-8
/// becomes the lone surrogate by which Python writes it in a path (PEP 383).
std::string json_of(const std::string& yaml);

/// To send it to the other ranks: flat bytes, and back.
std::string to_bytes(const RunConfig& config);
RunConfig run_config_of(const std::string& bytes);

}  // namespace prs
