#include "config/not_built.hpp"

#include <algorithm>

#include "config/inputs.hpp"
#include "config/option_table.hpp"
#include "config/yaml_text.hpp"

namespace prs {

// A name goes out of these lists once the program runs it.
const std::vector<std::string> types_not_built = {"mltable"};
const std::vector<std::string> formats_not_built = {"hdf5", "mltable"};

namespace {

constexpr const char* refusal = "not supported by this version";

void refuse_keys(Notes& notes, Section section, const std::string& within, const YamlValue& mapping) {
  for (const YamlEntry& entry : mapping.entries) {
    const Option* option = find_option(section, entry.key);
    if (!option || option->is_supported || entry.value.is_null()) continue;
    notes.mistake(entry.key_place, "the key '" + option->key + "' in " + within + " is " + refusal + "; remove it");
  }
}

/// True where the value was one of `names`.
bool refuse_word(Notes& notes, const std::string& within, const YamlValue& mapping, const std::string& key,
                 const std::vector<std::string>& names) {
  const YamlValue* value = mapping.find(key);
  const std::string word = value ? lower_case(value->text) : "";
  if (std::find(names.begin(), names.end(), word) == names.end()) return false;
  notes.mistake(value->place, within + ": " + key + " is '" + word + "', which is " + refusal + "; allowed: " +
                                  (key == "type" ? "files or tabular" : "csv, tsv, delimited, jsonl or parquet"));
  return true;
}

void refuse_values(Notes& notes, const std::string& within, const YamlValue& mapping, const TableOptions& table) {
  const auto refuse_value = [&](const std::string& key, const std::string& value) {
    const YamlValue* written = mapping.find(key);
    notes.mistake(written ? written->place : mapping.place,
                  within + ": " + key + " is '" + value + "', which is " + refusal);
  };
  if (table.header == HeaderMode::from_first_file || table.header == HeaderMode::all_files_different_headers)
    refuse_value("header", std::string(name_of(table.header)));
  if (table.support_multi_line) refuse_value("support_multi_line", "true");
}

/// Values, and what the MLTable file of an input says.
void refuse_what_was_read(Notes& notes, const std::string& within, const YamlValue& mapping, const InputConfig& input) {
  if (!input.table) return;
  refuse_values(notes, within, mapping, *input.table);
  if (input.mltable.empty()) return;
  const std::string name(name_of(input.table->format));
  if (std::find(formats_not_built.begin(), formats_not_built.end(), name) != formats_not_built.end())
    notes.mistake(mapping.place, within + " has the format '" + name + "', which is " + refusal);
}

}  // namespace

void refuse_what_is_not_built(Notes& notes, const YamlValue& run, const YamlValue* parallel, const RunConfig& config) {
  if (parallel) refuse_keys(notes, Section::parallel_run_config, "parallel_run_config", *parallel);
  const YamlValue* inputs = run.find("inputs");
  for (std::size_t i = 0; inputs && i < inputs->items.size(); ++i) {
    const YamlValue& mapping = inputs->items[i];
    const std::string within = "input " + std::to_string(i + 1);
    refuse_keys(notes, Section::input, within, mapping);
    const bool is_type_refused = refuse_word(notes, within, mapping, "type", types_not_built);
    const bool is_format_refused = refuse_word(notes, within, mapping, "format", formats_not_built);
    if (!is_type_refused && !is_format_refused && i < config.inputs.size())
      refuse_what_was_read(notes, within, mapping, config.inputs[i]);
  }
}

}  // namespace prs
