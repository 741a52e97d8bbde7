#include "script/script_kind.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace prs {
namespace {

bool is_dotted_name(const std::string& name) {
  bool is_start = true;
  for (const unsigned char c : name) {
    if (c == '.') {
      if (is_start) return false;
      is_start = true;
      continue;
    }
    const bool is_letter = std::isalpha(c) != 0 || c == '_' || c >= 0x80;
    if (!is_letter && (is_start || std::isdigit(c) == 0)) return false;
    is_start = false;
  }
  return !is_start;
}

}  // namespace

ScriptKind kind_of(const std::string& entry_script) {
  if (entry_script.ends_with(".py")) return ScriptKind::python;
  if (entry_script.ends_with(".so")) return ScriptKind::native;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(entry_script, ignored)) return ScriptKind::executable;
  const std::string name = entry_script.substr(entry_script.rfind('/') + 1);
  return is_dotted_name(name) ? ScriptKind::python_module : ScriptKind::executable;
}

}  // namespace prs
