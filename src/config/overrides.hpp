#pragma once

#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

/// One `--set`: the keys from the top of a run's configuration down to the value, which is parsed as YAML.
struct Setting {
  std::vector<std::string> keys;  ///< {"parallel_run_config", "run_max_try"}
  YamlValue value;
  bool is_of_parallel_run_config() const { return keys.size() > 1 && keys[0] == "parallel_run_config"; }
};

/// Reads all `--set key=value` (rule 2.7): top keys and those of parallel_run_config, dotted or, for the latter, bare.
std::vector<Setting> read_settings(const std::vector<std::string>& settings, Notes& notes);

/// Puts a value into a tree, making the mappings on the way.
void apply_setting(YamlValue& root, const std::vector<std::string>& keys, const YamlValue& value);

/// Puts `--input`, `--output` and `-- ARGUMENTS` into the tree of a run, where they beat what stands there (rule 2.1).
void apply_options(YamlValue& run, const ConfigOverrides& overrides, Notes& notes);

/// `--step` is given, and there is no v2 file to have steps.
void note_needless_step(const std::string& step, Notes& notes);

/// Takes the driver's own arguments out of a v1 run's `arguments` (rule 2.4) and puts them into `parallel`, where they
/// beat the keys.
void take_driver_arguments(YamlValue& arguments, YamlValue& parallel, Notes& notes);

}  // namespace prs
