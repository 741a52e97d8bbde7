#pragma once

#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "config/yaml_document.hpp"

namespace prs {

/// Types and formats of inputs that this version refuses.
extern const std::vector<std::string> types_not_built, formats_not_built;

/// Refuses by name what the configuration knows and this version cannot run: types and formats of inputs, and keys that
/// the option table marks (docs/rules.md, "Not in this version"). `run` and `parallel` are the trees that `config` was
/// read from; `parallel` may be null.
void refuse_what_is_not_built(Notes& notes, const YamlValue& run, const YamlValue* parallel, const RunConfig& config);

}  // namespace prs
