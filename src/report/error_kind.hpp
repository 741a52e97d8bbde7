#pragma once

#include <string>

#include "model/outcome.hpp"

namespace prs {

/// What two failures of one kind have in common: the category and the message without its numbers, addresses, paths
/// and quoted text. Only for comparing, never shown. Looks at the first 512 bytes of the message, so that its cost is
/// bounded.
std::string error_kind(const Failure& failure);

}  // namespace prs
