#include "mpi/shared_memory_place.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "support/environment_variable.hpp"

namespace prs {
namespace {

/// For the ranks of this host; a segment has 4 MiB under Open MPI 4.1, 16 MiB under 5, and wants a twentieth more.
std::uintmax_t needed_bytes() {
  constexpr std::uintmax_t for_each_rank = 17U << 20U;
  return for_each_rank *
         static_cast<unsigned>(std::max(1, std::atoi(environment_variable("OMPI_COMM_WORLD_LOCAL_SIZE").c_str())));
}

bool has_room(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return !error && space.available >= needed_bytes();
}

}  // namespace

void place_shared_memory() {
  constexpr const char* settings[] = {"OMPI_MCA_btl_vader_backing_directory", "OMPI_MCA_btl_sm_backing_directory"};
  for (const char* setting : settings)
    if (!environment_variable(setting).empty()) return;
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  if (error || has_room("/dev/shm") || !has_room(temporary)) return;
  for (const char* setting : settings) ::setenv(setting, temporary.c_str(), 1);
}

}  // namespace prs
