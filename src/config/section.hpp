#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/option_table.hpp"
#include "config/values.hpp"

namespace prs {

/// A mapping's name in messages, and what goes before its keys there: "input 1" and "input 1: ".
struct SectionName {
  std::string text;
  std::string key_prefix = {};
};

/// Whether an entry of a mapping gives its key a value (rule 2.3).
inline bool is_given(const Option& option, const YamlEntry& entry) {
  return option.takes_null || !entry.value.is_null();
}
/// A key that a mapping gives a value.
struct GivenKey {
  const Option* option;
  const YamlEntry* entry;
};
/// Goes through a mapping by the option table: unknown keys are noted with the nearest known one (rule 2.6), null ones
/// are left out (rule 2.3). In the order of the table, so that a key may refer to those before it. Nothing where the
/// value is no mapping, which is then noted.
std::optional<std::vector<GivenKey>> given_keys(ReadContext& context, Section section, const std::string& within,
                                                const YamlValue& mapping);
/// Notes each required key that is missing or null.
void note_missing_keys(ReadContext& context, Section section, const std::string& within, const YamlValue& mapping);

/// Reads the keys of a mapping into their struct. False where the value is no mapping.
template <class Config>
bool read_section(ReadContext& context, const SectionName& name, const YamlValue& mapping, Config& config) {
  const auto keys = given_keys(context, section_of<Config>(), name.text, mapping);
  if (!keys) return false;
  for (const auto& [option, entry] : *keys)
    access_of<Config>(*option).read(
        context,
        {entry->written_as.empty() ? name.key_prefix + option->key : entry->written_as, option->allowed, entry->value},
        config);
  return true;
}

/// Sets the defaults of those keys that `is_open` names.
template <class Config, class IsOpen>
void read_defaults(Config& config, const IsOpen& is_open) {
  Notes notes;
  ReadContext context{notes, false};
  const int source = notes.add_source({"the option table", "/"});
  for (const Option* option : options_of(section_of<Config>())) {
    if (!is_open(*option)) continue;
    const Access<Config>& access = access_of<Config>(*option);
    const std::string& value = option->if_absent.value;
    if (!value.empty())
      access.read(context, {option->key, option->allowed, YamlValue::scalar_at({source}, value, true)}, config);
    if (access.follow) access.follow(config);
  }
  notes.throw_mistakes();  // a default that its own key refuses; the tests read them all
}

/// The lines of a struct's keys, as a mapping in a file has them.
template <class Config>
std::string section_text(const Config& config, const TextPlace& place) {
  std::string text;
  for (const Option* option : options_of(section_of<Config>())) {
    const std::string value = access_of<Config>(*option).text(config, place);
    if (!value.empty()) text += place.indent + option->key + (value[0] == '\n' ? ":" : ": ") + value + "\n";
  }
  return text;
}

/// "; is it meant by 'error_treshold' in line 4?": where unknown keys are only warnings, a missing one tells of them.
std::string misspelt_hint(const std::string& key, const std::vector<const YamlEntry*>& unknown);

/// Reads the keys of `parallel_run_config`, which stand in `mapping`, and checks them. Whoever knows what the mapping
/// is called notes what is missing.
ParallelRunConfig read_parallel_run_config(ReadContext& context, const YamlValue& mapping);
/// The same with what is missing noted.
ParallelRunConfig read_whole_parallel_run_config(ReadContext& context, const YamlValue& mapping);

/// The mapping of a v1 file: its one top mapping, or its bare keys (rule 2.1). What is no v1 file is a mistake and
/// nullptr.
const YamlValue* v1_mapping(const YamlValue& root, Notes& notes);

}  // namespace prs
