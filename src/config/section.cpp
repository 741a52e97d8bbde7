#include "config/section.hpp"

#include <algorithm>

#include "config/yaml_text.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

void note_unknown_key(ReadContext& context, Section section, const std::string& within, const YamlEntry& entry) {
  if (context.notes.is_full()) return;
  const bool is_run = section == Section::run;
  std::string message = "unknown key " + in_quotes(entry.key) + " in " + within;
  if (is_run && find_option(Section::parallel_run_config, entry.key))
    message += "; it belongs under 'parallel_run_config:'";
  else if (section == Section::parallel_run_config && find_option(Section::run, entry.key))
    message += "; it belongs at the top of a run's configuration, beside 'parallel_run_config:'";
  else if (const auto nearest = nearest_name(entry.key, keys_of(section)))
    message += "; did you mean '" + *nearest + "'?";
  else
    message += "; allowed: " + joined(keys_of(section));
  context.notes.mistake_or_warning(entry.key_place, std::move(message));
}

/// The option that a key means: in v1 files also under its v1 name.
const Option* option_for(const ReadContext& context, Section section, const YamlEntry& entry) {
  if (const Option* option = find_option(section, entry.key)) return option;
  if (!context.notes.source_of(entry.key_place).is_lenient) return nullptr;
  for (const Option* option : options_of(section))
    if (!option->v1_key.empty() && option->v1_key == entry.key) return option;
  return nullptr;
}

/// The keys of a mapping that no option has.
std::vector<const YamlEntry*> unknown_keys(const ReadContext& context, Section section, const YamlValue& mapping) {
  std::vector<const YamlEntry*> unknown;
  for (const YamlEntry& entry : mapping.entries)
    if (!option_for(context, section, entry)) unknown.push_back(&entry);
  return unknown;
}

/// An option may be there under both of its names.
void note_doubled_keys(ReadContext& context, const std::vector<GivenKey>& keys) {
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i].option == keys[i - 1].option)
      context.notes.mistake(keys[i].entry->key_place, "'" + keys[i].entry->name() + "' means the same as '" +
                                                          keys[i - 1].entry->name() +
                                                          "', which is there too; allowed: one of them");
}

}  // namespace

std::optional<std::vector<GivenKey>> given_keys(ReadContext& context, Section section, const std::string& within,
                                                const YamlValue& mapping) {
  if (!mapping.is_mapping()) {
    refuse(context, {within, "a mapping with the keys " + joined(keys_of(section)), mapping});
    return std::nullopt;
  }
  std::vector<GivenKey> keys;
  for (const YamlEntry& entry : mapping.entries) {
    const Option* option = option_for(context, section, entry);
    if (!option) {
      note_unknown_key(context, section, within, entry);
    } else if (is_given(*option, entry)) {
      keys.push_back({option, &entry});
    }
  }
  // The options are elements of one table.
  std::stable_sort(keys.begin(), keys.end(), [](const GivenKey& a, const GivenKey& b) { return a.option < b.option; });
  note_doubled_keys(context, keys);
  return keys;
}

void note_missing_keys(ReadContext& context, Section section, const std::string& within, const YamlValue& mapping) {
  for (const Option* option : options_of(section)) {
    if (!option->if_absent.is_required || mapping.find(option->key)) continue;
    context.notes.mistake(mapping.place, "the key '" + option->key + "' is missing in " + within +
                                             "; allowed: " + option->allowed +
                                             misspelt_hint(option->key, unknown_keys(context, section, mapping)));
  }
}

std::string misspelt_hint(const std::string& key, const std::vector<const YamlEntry*>& unknown) {
  constexpr std::size_t most_looked_at = 100;
  std::vector<std::string> names;
  for (const YamlEntry* entry : unknown)
    if (names.size() < most_looked_at) names.push_back(entry->key);
  const auto nearest = nearest_name(key, names);
  if (!nearest) return "";
  const YamlEntry& meant =
      *unknown[static_cast<std::size_t>(std::find(names.begin(), names.end(), *nearest) - names.begin())];
  if (meant.key_place.line == 0) return "";
  return "; is it meant by " + in_quotes(*nearest) + " in line " + std::to_string(meant.key_place.line) + "?";
}

const YamlValue* v1_mapping(const YamlValue& root, Notes& notes) {
  if (root.is_null()) {
    notes.mistake(root.place, "is empty; allowed: the keys of parallel_run_config");
    return nullptr;
  }
  const bool has_top = root.is_mapping() && root.entries.size() == 1 && root.entries[0].key == "parallel_run_config";
  const YamlValue& mapping = has_top ? root.entries[0].value : root;
  if (mapping.is_mapping()) return &mapping;
  notes.mistake(mapping.place, "parallel_run_config is " + found_text(mapping) + "; allowed: a mapping of its keys");
  return nullptr;
}

}  // namespace prs
