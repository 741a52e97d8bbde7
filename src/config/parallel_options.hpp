#pragma once

#include <vector>

#include "config/option_table.hpp"

namespace prs {

/// The part of the option table that `parallel_run_config` has; option_table()'s only.
std::vector<Option> parallel_options();

}  // namespace prs
