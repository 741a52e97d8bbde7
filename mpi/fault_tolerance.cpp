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
      look_up("MPIX_Comm_revoke", found.revoke) && look_up("MPIX_Comm_is_revoked", found.is_revoked) &&
      look_up("MPIX_Comm_shrink", found.shrink) && look_up("MPIX_Comm_get_failed", found.get_failed) &&
      look_up("MPIX_Comm_ack_failed", found.ack_failed) && look_up("MPIX_Comm_iagree", found.iagree);
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

std::vector<int> ranks_missing_in(MPI_Comm comm, MPI_Comm world) {
  MPI_Group all = MPI_GROUP_NULL, left = MPI_GROUP_NULL;
  MPI_Comm_group(world, &all);
  MPI_Comm_group(comm, &left);
  int all_count = 0, left_count = 0;
  MPI_Group_size(all, &all_count);
  MPI_Group_size(left, &left_count);
  std::vector<int> missing;
  const auto is_before_next_missing = [&](int place) {
    int rank = MPI_UNDEFINED;
    MPI_Group_translate_ranks(left, 1, &place, all, &rank);
    return rank == place + static_cast<int>(missing.size());
  };
  for (int place = 0; left_count + static_cast<int>(missing.size()) < all_count;) {
    int end = left_count;
    while (place < end) {
      const int middle = place + (end - place) / 2;
      if (is_before_next_missing(middle))
        place = middle + 1;
      else
        end = middle;
    }
    missing.push_back(place + static_cast<int>(missing.size()));
  }
  MPI_Group_free(&all);
  MPI_Group_free(&left);
  return missing;
}

void return_errors(MPI_Comm comm) {
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
}

}  // namespace prs
