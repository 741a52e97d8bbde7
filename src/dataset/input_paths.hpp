#pragma once

#include <string>
#include <vector>

namespace prs {

/// One input to plan: its name, and folders, files or globs as absolute paths.
struct InputPaths {
  std::string name;
  std::vector<std::string> paths;
  bool keeps_order = false;  ///< what one path gives stands before what the next one gives; else all is sorted together
};

}  // namespace prs
