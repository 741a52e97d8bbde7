#pragma once

#include <string>
#include <vector>

namespace prs {

/// One input to plan: its name, and folders, files or globs as absolute paths.
struct InputPaths {
  std::string name;
  std::vector<std::string> paths;
};

}  // namespace prs
