#pragma once

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

/// Reads the top keys of a run (rule 2.2) but `parallel_run_config`, and checks them; what is wrong is noted.
/// With `is_v1`, what is missing can only come from the command line, and the messages say so.
void read_run(ReadContext& context, const YamlValue& run, bool is_v1, RunConfig& config);

}  // namespace prs
