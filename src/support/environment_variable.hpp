#pragma once

#include <string>
#include <vector>

namespace prs {

/// Of this process; empty where it is not set.
std::string environment_variable(const char* name);
/// All that this process was started with, "NAME=value".
std::vector<std::string> own_environment();

}  // namespace prs
