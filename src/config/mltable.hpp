#pragma once

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

extern const std::string allowed_mltable_paths;

/// Reads the MLTable file that the input's one path names, itself or by its folder, as if it had been written natively:
/// paths, format and options of the input (rule 3.2). Steps and options that are not supported are refused by name.
/// False after a mistake that leaves open whether it is a table. `path` is that path's field, for messages. The form of
/// the file is that of Azure Machine Learning:
/// https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable
bool read_mltable(ReadContext& context, const Field& path, InputConfig& input);

}  // namespace prs
