#pragma once

#include <cstdio>
#include <cstdlib>

namespace prs {

/// Ends the process where this does not hold: our own bug. Pure code has no log to write to.
inline void require(bool condition, const char* invariant) {
  if (condition) return;
  std::fprintf(stderr, "prs_mpi: internal error in the dispatcher: this must hold and does not: %s\n", invariant);
  std::abort();
}

}  // namespace prs
