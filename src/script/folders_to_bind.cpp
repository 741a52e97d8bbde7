#include "script/folders_to_bind.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "support/errors.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 13> folders_of_images = {
    "/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt", "/proc", "/run", "/sbin", "/sys", "/usr"};

bool is_of_images(const fs::path& path) {
  return std::ranges::find(folders_of_images, path.native()) != folders_of_images.end();
}

fs::path without_slash_at_end(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  return path.has_filename() || path == "/" ? path : path.parent_path();
}

fs::path folder_of(const fs::path& path) {
  PRS_INVARIANT(path.is_absolute());
  std::error_code ignored;
  fs::path there = path;
  // A component of a pattern that is there under just this name is no pattern: the inputs are read the same way.
  while (there != "/" && !fs::exists(there, ignored)) there = there.parent_path();
  const bool is_folder = fs::is_directory(there, ignored);
  if (!is_folder && !is_of_images(there.parent_path())) there = there.parent_path();
  if (!is_of_images(there)) return there;
  throw UserError("environment: container: '" + path.string() + "' needs the folder '" + there.string() +
                  "' in the container, which would hide the image's own; " +
                  (there == path ? "use a folder below it" : "make the missing folders first, or use another place"));
}

/// It is seen through `outer` already. A symbolic link in between may lead out of it.
bool is_seen_through(const fs::path& outer, const fs::path& inner) {
  const fs::path rest = inner.lexically_relative(outer);
  if (rest.empty() || *rest.begin() == "..") return false;
  std::error_code outer_error, inner_error;
  const fs::path real_outer = fs::canonical(outer, outer_error), real_inner = fs::canonical(inner, inner_error);
  return !outer_error && !inner_error && (real_outer / rest).lexically_normal() == real_inner;
}

void refuse_what_cannot_be_named(const fs::path& folder) {
  if (folder.native().find_first_of(":,") == std::string::npos) return;
  throw UserError("environment: container: '" + folder.string() +
                  "' cannot be bound into a container: ':' and ',' mean something else there; rename the folder");
}

}  // namespace

std::vector<std::string> folders_to_bind(const std::vector<std::string>& paths) {
  std::vector<fs::path> folders;
  folders.reserve(paths.size());
  for (const std::string& path : paths) folders.push_back(folder_of(without_slash_at_end(path)));
  // By components: a folder comes right before all that is below it.
  std::ranges::sort(folders);
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  std::vector<std::string> bound;
  for (const fs::path& folder : folders) {
    const auto shows_it = [&](const std::string& outer) { return is_seen_through(outer, folder); };
    if (std::ranges::any_of(bound, shows_it)) continue;
    refuse_what_cannot_be_named(folder);
    bound.push_back(folder.string());
  }
  return bound;
}

}  // namespace prs
