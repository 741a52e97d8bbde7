#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {

TemporaryFolder::TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path().string()) {}

TemporaryFolder::TemporaryFolder(const std::string& parent)
    : path_((std::filesystem::path(parent) / "prs_mpi-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw system_error("cannot make a folder", path_, errno);
}

TemporaryFolder::~TemporaryFolder() {
  try {
    remove_tree(path_);
  } catch (const InfrastructureError&) {
  }
}

}  // namespace prs
