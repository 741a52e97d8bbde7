#include "config/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "config/yaml_text.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

bool is_variable_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// The home folder for the part of a path before its first slash: `~` or `~user`.
std::optional<std::string> home_of(const std::string& tilde) {
  if (tilde == "~") {
    const char* home = std::getenv("HOME");
    if (home && *home) return home;
  }
  const passwd* entry = tilde == "~" ? ::getpwuid(::getuid()) : ::getpwnam(tilde.c_str() + 1);
  if (!entry || !entry->pw_dir) return std::nullopt;
  return entry->pw_dir;
}

bool is_same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  const fs::path first = fs::weakly_canonical(a, error);
  if (error) return false;
  const fs::path second = fs::weakly_canonical(b, error);
  return !error && first == second;
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// "pkg.digits" → "pkg/digits.py", if it is a module's name.
std::optional<std::string> module_file(const std::string& name) {
  std::string file;
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = name.find('.', start);
    const std::string part = name.substr(start, dot == std::string::npos ? dot : dot - start);
    if (!is_variable_name(part)) return std::nullopt;
    file += (file.empty() ? "" : "/") + part;
    if (dot == std::string::npos) return file + ".py";
    start = dot + 1;
  }
}

}  // namespace

std::optional<std::string> expanded_path(const std::string& text, const SourcePlace& place, Notes& notes) {
  std::string path;
  // "./~x" is how a name that begins with '~' is written; the name itself is "~x".
  for (std::size_t at = text.starts_with("./~") ? 2 : 0; at < text.size();) {
    if (text.compare(at, 3, "$${") == 0) {
      path += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const std::size_t end = text.find('}', at);
      const std::string name = end == std::string::npos ? "" : text.substr(at + 2, end - at - 2);
      if (!is_variable_name(name)) {
        notes.mistake(place, "in the path " + in_quotes(text) +
                                 " a variable's name is broken; allowed: ${NAME}, or $${ for a literal ${");
        return std::nullopt;
      }
      const char* value = std::getenv(name.c_str());
      if (!value) {
        notes.mistake(place, "in the path " + in_quotes(text) + " the variable " + in_quotes(name) +
                                 " is not set; set it, or write the path out");
        return std::nullopt;
      }
      path += value;
      at = end + 1;
    } else {
      path += text[at++];
    }
  }
  if (text.empty() || text[0] != '~') return path;
  const std::string tilde = path.substr(0, path.find('/'));
  const auto home = home_of(tilde);
  if (!home) {
    notes.mistake(place, "in the path " + in_quotes(text) + " the home folder of " + in_quotes(tilde) +
                             " is not known; write './~…' where a name begins with '~'");
    return std::nullopt;
  }
  return *home + path.substr(tilde.size());
}

std::string absolute_path(const std::string& folder, const std::string& path) {
  const fs::path joined = fs::path(folder) / path;
  fs::path normal = joined.lexically_normal();
  // Behind a symbolic link, `..` is another folder than the text says.
  if (path.find("..") != std::string::npos && !is_same_place(joined, normal)) normal = joined;
  return without_last_slash(normal.string());
}

std::string working_folder() {
  std::error_code error;
  const fs::path folder = fs::current_path(error);
  return error ? "/" : folder.string();
}

std::string path_for_people(const std::string& path) {
  const std::string relative = fs::path(path).lexically_proximate(working_folder()).string();
  return relative.starts_with("..") ? path : relative;
}

std::string folder_of(const std::string& file) {
  return fs::path(absolute_path(working_folder(), file)).parent_path().string();
}

std::string escaped_path(const std::string& path) {
  std::string text = path.starts_with("~") ? "./" : "";
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path.compare(at, 2, "${") == 0) text += '$';
    text += path[at];
  }
  return text;
}

std::string path_text(const std::string& path, const std::string& folder, bool is_relative) {
  const std::string absolute = absolute_path(working_folder(), path);
  if (is_relative || !path.starts_with("/")) {
    const std::string relative = fs::path(absolute).lexically_relative(folder).string();
    if (!relative.empty() && absolute_path(folder, relative) == absolute) return escaped_path(relative);
  }
  return escaped_path(absolute);
}

std::string entry_script_file(const std::string& folder, const std::string& entry_script) {
  const std::string path = absolute_path(folder, entry_script);
  if (is_file(path)) return path;
  const fs::path written(path);
  if (const auto module = module_file(written.filename().string())) {
    const std::string file = (written.parent_path() / *module).string();
    if (is_file(file)) return file;
  }
  return path;
}

bool is_folder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace prs
