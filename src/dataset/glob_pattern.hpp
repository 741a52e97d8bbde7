#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// Whether a part of a path reads as a pattern: it has a *, ?, [ or backslash.
bool has_wildcard(std::string_view part);

/// What may follow a folder: parts as fnmatch(3) reads them, `**` for any number of folders. A folder that fits the
/// whole pattern is taken with all that is below it, hidden names apart; so a pattern without parts takes everything.
/// A name that begins with a dot fits only a part that begins with one.
/// Works like the automaton that it is: each folder carries the places in the pattern that its path can have reached.
class GlobPattern {
 public:
  /// Bit i: part i is to be matched next. Bit n of n parts: the whole pattern was matched.
  using Places = std::uint64_t;
  static constexpr std::size_t max_parts = 63;

  GlobPattern() = default;
  explicit GlobPattern(std::vector<std::string> parts);

  Places start() const { return with_empty_folders(1); }
  /// The places behind `name`, an entry of a folder with `places`; 0: it leads nowhere.
  Places after(Places places, const char* name) const;
  /// A file with these places is one of the input.
  bool is_whole(Places places) const { return (places >> parts_.size() & 1) != 0; }
  /// Where only whole names can follow, those names: the folder need not be listed.
  std::optional<std::vector<std::string>> only_names(Places places) const;

 private:
  Places with_empty_folders(Places places) const;
  bool matches(std::size_t part, const char* name) const;

  std::vector<std::string> parts_;
  Places any_folders_ = 0;  ///< the parts that are `**`
  Places wildcards_ = 0;    ///< the parts that are patterns, `**` included
};

}  // namespace prs
