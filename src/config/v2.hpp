#pragma once

#include <optional>
#include <string>

#include "config/v2_step.hpp"

namespace prs {

/// How a v2 file comes to be read.
struct V2Reading {
  std::string step;    ///< `--step`; empty: it is not given
  bool is_whole_file;  ///< it is the configuration itself, and not what a native file names as parallel_run_config
};

/// Translates a v2 file (rule 2.4): fills in what `run`, the top keys in native form, does not say yet, and gives the
/// mapping of parallel_run_config. `run` comes with what the command line or a native file says: an item of its
/// `inputs` gives the input of that name its path. Nothing after a mistake that leaves no step to read.
std::optional<YamlValue> read_v2(ReadContext& context, const YamlValue& root, const V2Reading& how, YamlValue& run);

}  // namespace prs
