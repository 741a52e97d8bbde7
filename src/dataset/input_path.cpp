#include "dataset/input_path.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dataset/glob_pattern.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {
constexpr std::size_t most_names_to_compare = 10'000;

bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

/// The nearest name that the folder does have, for a "did you mean"; huge folders are not read to their end.
std::optional<std::string> nearest_entry(const std::string& folder, const std::string& name) {
  const FolderChain chain = open_chain(folder);
  if (chain.error != 0) return std::nullopt;
  const UniqueFd listing(open_folder_at(chain.fd.get(), "."));
  if (!listing) return std::nullopt;
  std::vector<std::string> names;
  std::array<char, 32 << 10> buffer;
  for_each_entry(listing.get(), buffer, [&](const char* entry, unsigned char) {
    if (names.size() < most_names_to_compare) names.emplace_back(entry);
  });
  return nearest_name(name, names);
}

bool has_star(const std::string& path) {
  return path.find_first_of("*?") != std::string::npos;
}
}  // namespace

UserError input_error(const std::string& input, const std::string& text) {
  return UserError("input '" + input + "': " + text);
}

UserError unreadable_error(const std::string& input, const std::string& path, int error) {
  return input_error(input, "'" + printable(path) + "' cannot be read: " + std::strerror(error) +
                                "; give this user the right to read and enter it, or move it out of the input");
}

std::string normal_path(const std::string& path) {
  // Lists of a million files are normal as a rule, and making a path normal costs more than asking what it is.
  const bool is_normal = path.find("//") == std::string::npos && path.find("/.") == std::string::npos;
  if (is_normal && path.size() > 1 && !path.ends_with('/')) return path;
  std::string normal = std::filesystem::path(path).lexically_normal().native();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

const FolderChain& InputPathReader::chain_of(const std::string& folder) {
  if (folder != folder_ || !chain_.fd) {
    chain_ = open_chain(folder);
    folder_ = folder;
  }
  return chain_;
}

void InputPathReader::refuse_run_folder(const std::string& path, const FolderChain& chain) const {
  if (!run_folder_.holds(path, chain)) return;
  throw input_error(input_, "'" + printable(path) + "' lies in the run folder '" + printable(run_folder_.path()) +
                                "', which is never input; give another path, or another 'output'");
}

void InputPathReader::refuse_missing(const std::string& path, std::size_t existing_end, int error) const {
  const std::string existing = existing_end == 0 ? "/" : path.substr(0, existing_end);
  const std::size_t begin = existing_end + 1;
  const std::string part = path.substr(begin, path.find('/', begin) - begin);
  std::string text = "no file or folder '" + printable(path) + "': ";
  if (error == ENOTDIR) {
    text += "'" + printable(path.substr(0, begin + part.size())) + "' is not a folder";
  } else if (error == ENOENT) {
    text += "'" + printable(existing) + "' exists, '" + printable(part) + "' in it does not";
    if (const auto nearest = nearest_entry(existing, part)) text += "; did you mean '" + printable(*nearest) + "'?";
  } else {
    text += "'" + printable(path.substr(0, begin + part.size())) + "' cannot be reached: " + std::strerror(error);
  }
  throw input_error(input_, text + (text.ends_with('?') ? " Correct" : "; correct") + " the 'path' of this input");
}

InputPath InputPathReader::pattern_from(const std::string& path, std::size_t base_end) {
  InputPath result{InputPath::Kind::pattern, base_end == 0 ? "/" : path.substr(0, base_end), {}, {}};
  for (std::size_t begin = base_end + 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    result.parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (result.parts.size() > GlobPattern::max_parts)
    throw input_error(input_, "the pattern '" + printable(path) + "' has more than " +
                                  std::to_string(GlobPattern::max_parts) + " parts behind its first wildcard");
  return result;
}

InputPath InputPathReader::read_last_part(const std::string& path, const std::string& name) {
  const std::size_t folder_end = path.size() - name.size() - 1;
  switch (kind_of(chain_.fd.get(), name.empty() ? "." : name.c_str(), DT_UNKNOWN)) {
    case EntryKind::file:
      return {InputPath::Kind::file, path, {}, {}};
    case EntryKind::folder:
      return {InputPath::Kind::folder, path, {}, {}};
    case EntryKind::broken_link:
      throw input_error(input_, "'" + printable(path) + "' is a symbolic link that leads nowhere; mend it, or " +
                                    "correct the 'path' of this input");
    case EntryKind::special:
      throw input_error(input_, "'" + printable(path) + "' is a socket, pipe or device; give a file, a folder or a " +
                                    "pattern as 'path'");
    case EntryKind::gone:
      if (has_wildcard(name)) return pattern_from(path, folder_end);
      refuse_missing(path, folder_end, ENOENT);
    case EntryKind::unreadable:
      break;
  }
  throw unreadable_error(input_, path, errno);
}

InputPath InputPathReader::read(const std::string& given) {
  if (given.find('\0') != std::string::npos) throw input_error(input_, "a path holds a NUL byte; remove it");
  if (!given.starts_with('/'))
    throw input_error(input_, "the path '" + printable(given) + "' is not absolute; give it from '/' on");
  const std::string path = normal_path(given);
  const std::size_t slash = path.rfind('/');
  const FolderChain& chain = chain_of(slash == 0 ? "/" : path.substr(0, slash));
  InputPath result;
  if (chain.error == 0) {
    result = read_last_part(path, path.substr(slash + 1));
  } else {
    const std::size_t begin = chain.opened_end + 1;
    const bool may_be_pattern =
        is_missing(chain.error) && has_wildcard(path.substr(begin, path.find('/', begin) - begin));
    if (!may_be_pattern) refuse_missing(path, chain.opened_end, chain.error);
    result = pattern_from(path, chain.opened_end);
  }
  refuse_run_folder(result.path, chain);
  if (has_star(result.path)) result.literal_surprise = result.path;
  return result;
}

}  // namespace prs
