#include "support/errors.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace prs {

InfrastructureError system_error(const std::string& what, const std::string& path, int error_number) {
  return InfrastructureError(what + ": " + path + ": " + std::strerror(error_number));
}

void broken_invariant(const char* invariant, const char* file, int line) {
  std::fprintf(stderr, "prs_mpi: internal error at %s:%d: this must hold and does not: %s\n", file, line, invariant);
  std::abort();
}

}  // namespace prs
