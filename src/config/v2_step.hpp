#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/values.hpp"

namespace prs {

/// The parallel step of a v2 file (rules 2.1, 2.4), with its component merged in.
struct V2Step {
  std::string name;    ///< its name in the pipeline, or that of the component; may be empty
  std::string within;  ///< for messages: "the component", or "the step 'predict'"
  YamlValue keys;      ///< a mapping of all but the inputs and outputs; what the step says beats its component
  /// What the component says of its inputs and outputs, and what the step gives them; null where there is none.
  YamlValue declared_inputs, given_inputs, declared_outputs, given_outputs;
  /// Those of the whole pipeline, to which the step's may refer.
  YamlValue parent_inputs, parent_outputs;
  /// Keys of the pipeline that say where it runs, as "settings.default_compute".
  std::vector<YamlEntry> of_cloud;
};

/// Whether a file has the v2 form: nothing else is known of it then.
bool is_v2(const YamlValue& root);

/// Finds the one parallel step, or the one that `step` names where it is not empty; notes what is wrong with what is
/// around it. Nothing after a mistake that leaves no step.
std::optional<V2Step> find_v2_step(ReadContext& context, const YamlValue& root, const std::string& step);

}  // namespace prs
