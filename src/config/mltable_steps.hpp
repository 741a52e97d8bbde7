#pragma once

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

/// Reads `transformations` of an MLTable file, whose root is given, into the format and the options of the input; what
/// is not supported is refused by name (rule 3.2). False after a mistake that leaves open whether it is a table.
bool read_mltable_steps(ReadContext& context, const YamlValue& root, InputConfig& input);

}  // namespace prs
