#pragma once

#include <string>

namespace prs {

/// 16 hexadecimal digits that nobody else has drawn.
std::string random_id();

}  // namespace prs
