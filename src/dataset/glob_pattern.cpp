#include "dataset/glob_pattern.hpp"

#include <fnmatch.h>
#include <locale.h>

#include "support/errors.hpp"

namespace prs {
namespace {
/// Characters are UTF-8, whatever the user's locale says: the same input gives the same plan everywhere (rule 3.7).
locale_t utf8_locale() {
  static const locale_t locale = [] {
    const locale_t found = ::newlocale(LC_CTYPE_MASK | LC_COLLATE_MASK, "C.UTF-8", nullptr);
    return found != nullptr ? found : ::newlocale(LC_ALL_MASK, "C", nullptr);
  }();
  return locale;
}

locale_t byte_locale() {
  static const locale_t locale = ::newlocale(LC_ALL_MASK, "C", nullptr);
  return locale;
}

int fnmatch_in(locale_t locale, const char* pattern, const char* name) {
  const locale_t before = ::uselocale(locale);
  const int result = ::fnmatch(pattern, name, FNM_PERIOD);
  ::uselocale(before);
  return result;
}
}  // namespace

bool has_wildcard(std::string_view part) {
  return part.find_first_of("*?[\\") != std::string_view::npos;
}

GlobPattern::GlobPattern(std::vector<std::string> parts) : parts_(std::move(parts)) {
  PRS_INVARIANT(parts_.size() <= max_parts);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i] == "**") any_folders_ |= Places{1} << i;
    if (has_wildcard(parts_[i])) wildcards_ |= Places{1} << i;
  }
}

GlobPattern::Places GlobPattern::with_empty_folders(Places places) const {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if ((places & any_folders_ & Places{1} << i) != 0) places |= Places{1} << (i + 1);
  return places;
}

bool GlobPattern::matches(std::size_t part, const char* name) const {
  if ((wildcards_ & Places{1} << part) == 0) return parts_[part] == name;
  const int result = fnmatch_in(utf8_locale(), parts_[part].c_str(), name);
  if (result == 0 || result == FNM_NOMATCH) return result == 0;
  return fnmatch_in(byte_locale(), parts_[part].c_str(), name) == 0;  // the name is no UTF-8
}

GlobPattern::Places GlobPattern::after(Places places, const char* name) const {
  const bool is_hidden = name[0] == '.';
  Places next = is_whole(places) && !is_hidden ? Places{1} << parts_.size() : 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Places place = Places{1} << i;
    if ((places & place) == 0) continue;
    if ((any_folders_ & place) != 0) {
      if (!is_hidden) next |= place;
    } else if (matches(i, name)) {
      next |= place << 1;
    }
  }
  return with_empty_folders(next);
}

std::optional<std::vector<std::string>> GlobPattern::only_names(Places places) const {
  if (is_whole(places) || (places & wildcards_) != 0) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if ((places & Places{1} << i) != 0) names.push_back(parts_[i]);
  return names;
}

}  // namespace prs
