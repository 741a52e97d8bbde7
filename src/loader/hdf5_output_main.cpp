// prs_hdf5_output ROWS FILE MARK: makes the HDF5 file of a run's rows (hdf5_output.hpp). Started by rank 0, below a
// keeper. The last line of its standard output is {} or {"error": text}; the exit status is 1 then.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "loader/hdf5_output.hpp"

namespace {

/// A full disk has room again. By mistake it might be a device.
void try_to_remove(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("prs_hdf5_output: started by prs_mpi, not by hand\n", stderr);
    return 2;
  }
  nlohmann::json said = nlohmann::json::object();
  try {
    prs::make_hdf5_file(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    said["error"] = error.what();
    try_to_remove(argv[2]);
  }
  std::printf("%s\n", said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  std::fflush(stdout);
  // Not by return: what the library could not write it would try to write again.
  std::_Exit(said.empty() ? 0 : 1);
}
