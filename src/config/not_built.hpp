#pragma once

#include "config/run_config.hpp"
#include "config/yaml_document.hpp"

namespace prs {

/// Refuses by name what the configuration knows and this version cannot run: some values of an
/// input's keys (docs/rules.md, "Not in this version"). `run` is the tree that `config` was read from.
void refuse_what_is_not_built(Notes& notes, const YamlValue& run, const RunConfig& config);

}  // namespace prs
