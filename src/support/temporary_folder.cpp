#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "support/errors.hpp"

namespace prs {

TemporaryFolder::TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "prs_mpi-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw system_error("cannot make a folder", path_, errno);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace prs
