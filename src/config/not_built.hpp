#pragma once

#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "config/yaml_document.hpp"

namespace prs {

/// Formats of inputs that this version refuses.
extern const std::vector<std::string> formats_not_built;

/// Refuses by name what the configuration knows and this version cannot run: formats of inputs (docs/rules.md, "Not in
/// this version"). `run` is the tree that `config` was read from.
void refuse_what_is_not_built(Notes& notes, const YamlValue& run, const RunConfig& config);

}  // namespace prs
