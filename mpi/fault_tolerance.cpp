#include "mpi/fault_tolerance.hpp"

#include <dlfcn.h>

namespace prs {
namespace {

/// MPI_FT of Open MPI 5's mpi.h: the attribute of MPI_COMM_WORLD that tells whether failures are tolerated.
constexpr int fault_tolerance_attribute = 12;

template <typename Function>
bool look_up(const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

const FaultTolerance* calls() {
  static FaultTolerance found{};
  static const bool is_whole =
      look_up("MPIX_Comm_get_failed", found.get_failed) && look_up("MPIX_Comm_ack_failed", found.ack_failed);
  return is_whole ? &found : nullptr;
}

}  // namespace

bool FaultTolerance::is_in_library() {
  return calls() != nullptr;
}

const FaultTolerance* FaultTolerance::find(MPI_Comm world) {
  if (calls() == nullptr) return nullptr;
  int* is_on = nullptr;
  int is_known = 0;
  MPI_Comm_get_attr(world, fault_tolerance_attribute, &is_on, &is_known);
  return is_known != 0 && is_on != nullptr && *is_on != 0 ? calls() : nullptr;
}

void return_errors(MPI_Comm comm) {
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
}

}  // namespace prs
