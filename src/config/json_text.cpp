// What `prs_mpi config --json` shows.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "config/run_config.hpp"
#include "config/yaml_document.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (;;) {
    const auto broken = first_invalid_utf8(text);
    const std::string quoted = nlohmann::json(text.substr(0, broken.value_or(text.size()))).dump();
    json += quoted.substr(1, quoted.size() - 2);
    if (!broken) return json + "\"";
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\udc%02x", static_cast<unsigned char>(text[*broken]));
    json += escaped;
    text.remove_prefix(*broken + 1);
  }
}

/// A plain scalar is a number or a truth value where JSON has it too, and else text.
std::string json_scalar(const YamlValue& value) {
  if (!value.is_plain || !nlohmann::json::accept(value.text)) return json_string(value.text);
  return value.text;
}

std::string json_value(const YamlValue& value) {
  std::string inner;
  if (value.is_sequence()) {
    for (const YamlValue& item : value.items) inner += (inner.empty() ? "" : ", ") + json_value(item);
    return "[" + inner + "]";
  }
  if (value.is_mapping()) {
    for (const YamlEntry& entry : value.entries)
      inner += (inner.empty() ? "" : ", ") + json_string(entry.key) + ": " + json_value(entry.value);
    return "{" + inner + "}";
  }
  return value.is_null() ? "null" : json_scalar(value);
}

}  // namespace

std::string json_of(const std::string& yaml) {
  Notes notes;
  const auto root = parse_yaml(yaml, notes.add_source({"the configuration", "/"}), notes);
  notes.throw_mistakes();
  return (root && !root->is_null() ? json_value(*root) : "{}") + "\n";
}

}  // namespace prs
