#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "script/interpreter.hpp"

namespace prs {

/// What an entry script tells without being run.
struct ScriptLook {
  std::string file;
  bool has_run = true;                        ///< or may have it: a script can make its names as it runs
  std::optional<std::size_t> prints_in_line;  ///< of the script: run() prints there for each item
  std::vector<std::string> missing_packages;  ///< imported as it begins, and not found
};

/// Asks the user's interpreter. Throws UserError where the script is no Python. Source:
/// script/python/prs_script_look.py.
ScriptLook look_at_script(const RunConfig& config, const Interpreter& interpreter);

}  // namespace prs
