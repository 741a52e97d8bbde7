#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"

namespace prs {

/// The mapping that a key stands in.
enum class Section { run, input, model, parallel_run_config };

/// Where a value is written: paths are relative to the file's folder if they were written so and `keeps_relative`.
struct TextPlace {
  std::string folder;
  bool keeps_relative = false;
};

/// One key of the configuration (rules 2.2, 2.3). The one place that says what there is: the checks, `--help`,
/// `prs_mpi config`, save_to_yaml() and configs/full.yaml all come from it.
struct Option {
  Section section = Section::parallel_run_config;
  std::string group;  ///< a heading for people
  std::string key;
  std::string type;
  std::string default_text;  ///< "required", a value, or words for what is found out later
  std::string allowed;       ///< goes after "allowed: "
  std::string sentence;
  std::string example;              ///< a YAML value for configs/full.yaml
  bool is_supported = true;         ///< a known key that this version refuses by name
  bool is_driver_argument = false;  ///< taken out of a v1 run's `arguments` (rule 2.4)
  std::string v1_key = {};          ///< another name that it has in v1 files

  /// Keys of parallel_run_config only: reads a value, and gives the YAML text of what is set (empty: not set).
  std::function<void(ReadContext&, const Field&, ParallelRunConfig&)> read = {};
  std::function<std::string(const ParallelRunConfig&, const TextPlace&)> text = {};
};

/// All options, in the order in which people see them.
const std::vector<Option>& option_table();
/// Those of one section.
std::vector<const Option*> options_of(Section section);
std::vector<std::string> keys_of(Section section);
/// nullptr where the section has no such key.
const Option* find_option(Section section, std::string_view key);

/// The text of the keys for `--help`.
std::string option_help();
/// configs/full.yaml: every key, explained; what has a default is commented out.
std::string full_yaml();

}  // namespace prs
