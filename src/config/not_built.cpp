#include "config/not_built.hpp"

#include <algorithm>

#include "config/inputs.hpp"
#include "config/option_table.hpp"
#include "config/yaml_text.hpp"

namespace prs {

// A name goes out of this list once the program runs it.
const std::vector<std::string> formats_not_built = {"parquet", "hdf5"};

namespace {

constexpr const char* refusal = "not supported by this version";

bool is_not_built(const std::string& format) {
  return std::find(formats_not_built.begin(), formats_not_built.end(), format) != formats_not_built.end();
}

/// True where it was refused.
bool refuse_format(Notes& notes, const std::string& within, const YamlValue& mapping) {
  const YamlValue* value = mapping.find("format");
  const std::string word = value ? lower_case(value->text) : "";
  if (!is_not_built(word)) return false;
  notes.mistake(value->place, within + ": format is '" + word + "', which is " + refusal +
                                  "; allowed: csv, tsv, delimited or jsonl");
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
}

/// Values, and what the MLTable file of an input says.
void refuse_what_was_read(Notes& notes, const std::string& within, const YamlValue& mapping, const InputConfig& input) {
  if (!input.table) return;
  refuse_values(notes, within, mapping, *input.table);
  if (input.mltable.empty()) return;
  const std::string name(name_of(input.table->format));
  if (is_not_built(name))
    notes.mistake(mapping.place, within + " has the format '" + name + "', which is " + refusal);
}

/// Columns of all keys, whatever splits the run, are asked for by it.
void refuse_form_without_keys(Notes& notes, const std::string& within, const YamlValue& mapping,
                              const InputConfig& input) {
  if (!input.partition_format.empty())
    notes.mistake(mapping.place, within + " has a partition_format and the run no partition_keys, which is " + refusal +
                                     "; give both, or neither");
}

}  // namespace

void refuse_what_is_not_built(Notes& notes, const YamlValue& run, const RunConfig& config) {
  const YamlValue* inputs = run.find("inputs");
  for (std::size_t i = 0; inputs && i < inputs->items.size(); ++i) {
    const YamlValue& mapping = inputs->items[i];
    const std::string within = "input " + std::to_string(i + 1);
    const bool is_refused = refuse_format(notes, within, mapping);
    if (i >= config.inputs.size()) continue;
    if (!is_refused) refuse_what_was_read(notes, within, mapping, config.inputs[i]);
    if (config.parallel.partition_keys.empty())
      refuse_form_without_keys(notes, within, mapping, config.inputs[i]);
  }
}

}  // namespace prs
