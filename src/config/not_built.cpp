#include "config/not_built.hpp"

#include <algorithm>

#include "config/inputs.hpp"
#include "config/option_table.hpp"
#include "config/yaml_text.hpp"

namespace prs {

// A name goes out of this list once the program runs it.
const std::vector<std::string> formats_not_built = {"hdf5"};

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
                                  "; allowed: csv, tsv, delimited, jsonl or parquet");
  return true;
}

/// What the MLTable file of an input says.
void refuse_what_was_read(Notes& notes, const std::string& within, const YamlValue& mapping, const InputConfig& input) {
  if (!input.table || input.mltable.empty()) return;
  const std::string name(name_of(input.table->format));
  if (is_not_built(name)) notes.mistake(mapping.place, within + " has the format '" + name + "', which is " + refusal);
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
  }
}

}  // namespace prs
