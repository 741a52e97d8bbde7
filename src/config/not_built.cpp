#include "config/not_built.hpp"

#include "config/inputs.hpp"

namespace prs {
namespace {

constexpr const char* refusal = "not supported by this version";

void refuse_values(Notes& notes, const std::string& within, const YamlValue& mapping, const TableOptions& table) {
  const auto refuse_value = [&](const std::string& key, const std::string& value) {
    const YamlValue* written = mapping.find(key);
    notes.mistake(written ? written->place : mapping.place,
                  within + ": " + key + " is '" + value + "', which is " + refusal);
  };
  if (table.header == HeaderMode::from_first_file || table.header == HeaderMode::all_files_different_headers)
    refuse_value("header", std::string(name_of(table.header)));
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
  for (std::size_t i = 0; inputs && i < inputs->items.size() && i < config.inputs.size(); ++i) {
    const YamlValue& mapping = inputs->items[i];
    const std::string within = "input " + std::to_string(i + 1);
    if (config.inputs[i].table) refuse_values(notes, within, mapping, *config.inputs[i].table);
    if (config.parallel.partition_keys.empty()) refuse_form_without_keys(notes, within, mapping, config.inputs[i]);
  }
}

}  // namespace prs
