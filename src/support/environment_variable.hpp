#pragma once

#include <string>

namespace prs {

/// Of this process; empty where it is not set.
std::string environment_variable(const char* name);

}  // namespace prs
