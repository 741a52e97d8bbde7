#pragma once

#include <string>

namespace prs {

/// What an entry script is (rules 4.1, 4.10).
enum class ScriptKind {
  python,         ///< a Python file
  python_module,  ///< a dotted module name, found on the import path
  native,         ///< a shared object with the C++ interface
  executable,     ///< any other file
};

/// By its name, and where that leaves it open by whether such a file exists. `entry_script` may be absolute; then
/// a module's name is its last part.
ScriptKind kind_of(const std::string& entry_script);

}  // namespace prs
