#include "support/environment_variable.hpp"

#include <cstdlib>

namespace prs {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace prs
