#pragma once

#include <cstdint>

namespace prs {

/// Of the run folder's files, which count microseconds.
inline double seconds_of_microseconds(std::uint64_t microseconds) {
  return static_cast<double>(microseconds) * 1e-6;
}

}  // namespace prs
