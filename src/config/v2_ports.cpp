#include "config/v2_ports.hpp"

#include <algorithm>

#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Names = std::vector<std::string>;

const Names data_types = {"uri_folder", "uri_file", "mltable", "custom_model", "mlflow_model", "triton_model"};
const Names value_types = {"string", "number", "integer", "boolean"};
const Names keys_of_ports = {"type",       "path",      "mode",        "description", "optional", "default",
                             "min",        "max",       "enum",        "name",        "version",  "early_available",
                             "is_control", "datastore", "group_inputs"};

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Reads the ports of one kind: "inputs" or "outputs".
class PortReader {
 public:
  PortReader(ReadContext& context, std::string kind, const YamlValue& parents, UnusedOfPorts& unused)
      : context_(context), kind_(std::move(kind)), unused_(unused) {
    if (!parents.is_null() && !parents.is_mapping())
      refuse(context, {"the pipeline's " + kind_, "a mapping of names", parents});
    for (const YamlEntry& entry : parents.entries) parent_of_[entry.key] = &entry.value;
  }

  void add(const YamlValue& mapping, V2Ports& ports) {
    if (mapping.is_null()) return;
    if (!mapping.is_mapping()) return refuse(context_, {kind_, "a mapping of names", mapping});
    for (const YamlEntry& entry : mapping.entries) {
      if (!is_usable_name(context_, entry.key_place, "a name in " + kind_, entry.key)) continue;
      V2Port& port = ports.try_emplace(entry.key, V2Port{entry.key_place}).first->second;
      fill(port, kind_ + "." + entry.key, entry.value);
    }
  }

 private:
  /// Puts what is written of a port over what is known of it.
  void fill(V2Port& port, const std::string& name, const YamlValue& written) {
    if (written.is_mapping()) return fill_from_mapping(port, name, written);
    if (written.is_null()) return;
    port.is_broken = written.is_sequence();
    if (port.is_broken) return refuse(context_, {name, "text, a number, or a mapping with type and path", written});
    set_value(port, name, written, false);
  }

  void fill_from_mapping(V2Port& port, const std::string& name, const YamlValue& written) {
    for (const YamlEntry& entry : written.entries) {
      if (entry.value.is_null() || context_.notes.is_full()) continue;
      const std::string key = name + "." + entry.key;
      if (entry.key == "type")
        read_type(port, key, entry.value);
      else if (entry.key == "optional")
        port.is_optional = read_boolean(context_, {key, allowed_booleans, entry.value}).value_or(false);
      else if (entry.key == "path")
        set_path(port, key, entry);
      else if (entry.key == "mode")
        unused_.modes.add(entry.key_place, key);
      else if (entry.key == "default" && !port.is_set())
        set_value(port, key, entry.value, false);
      else if (!contains(keys_of_ports, entry.key))
        context_.notes.warning(entry.key_place, "unknown key " + in_quotes(entry.key) + " in " + name +
                                                    nearest_hint(entry.key, {"type", "path", "mode", "optional",
                                                                             "default", "description"}));
    }
  }

  void read_type(V2Port& port, const std::string& key, const YamlValue& value) {
    Names types = data_types;
    types.insert(types.end(), value_types.begin(), value_types.end());
    if (const auto choice = read_choice(context_, {key, joined(types), value}, types)) port.type = types[*choice];
  }

  void set_path(V2Port& port, const std::string& key, const YamlEntry& entry) {
    if (kind_ == "outputs") unused_.paths_of_outputs.add(entry.key_place, key);
    set_value(port, key, entry.value, true);
  }

  void set_value(V2Port& port, const std::string& name, const YamlValue& value, bool is_path) {
    port.is_broken = !value.is_scalar();
    if (port.is_broken) return refuse(context_, {name, is_path ? "a path" : "text or a number", value});
    const std::string parent = name_in_expression(value.text, "parent." + kind_ + ".");
    if (parent.empty()) {
      port.value = value;
      port.is_path = is_path;
      return;
    }
    port.parent = parent;
    const auto found = parent_of_.find(parent);
    port.is_broken = found == parent_of_.end();
    if (port.is_broken) return note_unknown_parent(name, value, parent);
    fill_from_parent(port, name, value, *found->second);
  }

  void fill_from_parent(V2Port& port, const std::string& name, const YamlValue& value, const YamlValue& parent) {
    // Each reference copies a text, which may be long.
    const std::size_t bytes = bytes_of(parent);
    if (bytes > copied_bytes_left_)
      return refuse(context_, {name, "references to 16 MiB of text in all", value}, "one more reference");
    copied_bytes_left_ -= bytes;
    port.is_broken = is_reference(parent);
    if (port.is_broken)
      return refuse(context_, {"what the pipeline says of " + name, "a path, or a value", parent},
                    "a reference itself");
    fill(port, name, parent);
  }

  void note_unknown_parent(const std::string& name, const YamlValue& value, const std::string& parent) {
    if (context_.notes.is_full()) return;
    context_.notes.mistake(value.place, name + " is " + found_text(value) + ", and the pipeline's " + kind_ +
                                            " do not have " + in_quotes(parent) +
                                            nearest_hint(parent, some_names_of(parent_of_)));
  }

  /// What a pipeline says of its own port must be a value, or this would go round.
  static bool is_reference(const YamlValue& written) {
    const auto refers = [](const YamlValue* value) {
      return value && !name_in_expression(value->text, "parent.").empty();
    };
    return refers(&written) || refers(written.find("path")) || refers(written.find("default"));
  }
  static std::size_t bytes_of(const YamlValue& written) {
    std::size_t bytes = written.text.size();
    for (const YamlEntry& entry : written.entries) bytes += 64 + entry.value.text.size();
    return bytes;
  }

  ReadContext& context_;
  const std::string kind_;
  UnusedOfPorts& unused_;
  std::map<std::string, const YamlValue*> parent_of_;
  std::size_t copied_bytes_left_ = 16u << 20;
};

void note_without_value(ReadContext& context, const V2Step& step, const std::string& name, const V2Port& port) {
  context.notes.mistake(port.place, "the input " + in_quotes(name) + " of " + step.within + " has no " +
                                        (port.is_data() ? "path" : "value") + "; add --input " + name +
                                        (port.is_data() ? "=PATH" : "=VALUE"));
}

/// Notes what cannot be read here; the place where it says so is the step's.
void check_input(ReadContext& context, const V2Step& step, const std::string& name, V2Port& port) {
  if (port.is_broken) return;
  port.is_broken = !port.is_set() && !port.is_optional;
  if (port.is_broken && !context.notes.is_full()) note_without_value(context, step, name, port);
  if (!port.is_set()) return;
  const YamlValue& value = port.value;
  const std::string hint = "; give a path here with --input " + name + "=PATH";
  if (!value.is_scalar()) return;
  if (!port.is_given && !name_in_expression(value.text, "parent.jobs.").empty())
    context.notes.mistake(
        value.place, "the input " + in_quotes(name) + " is " + found_text(value) + ", which another step makes" + hint);
  else if (!port.is_given && value.text.find("${{") != std::string::npos)
    refuse(context, {"inputs." + name, "${{parent.inputs.NAME}}, a path or a value", value});
  else if (port.is_data() && is_address(value.text))
    context.notes.mistake(value.place, "the input " + in_quotes(name) + " is " + found_text(value) +
                                           ", an address that this version cannot read" + hint);
  else
    return;
  port.value = {};
  port.is_broken = true;
}

/// What the command line gives: a list of paths, or what is no data and stands there as one.
void take_given(V2Port& port, const YamlValue& value) {
  const bool is_one = value.is_sequence() && value.items.size() == 1;
  port.value = is_one ? value.items[0] : value;
  port.is_given = true;
}

}  // namespace

void Meaningless::add(const SourcePlace& place, const std::string& name) {
  constexpr std::size_t most_names = 8;
  if (names_.empty()) first_ = place;
  if (contains(names_, "'" + name + "'")) return;
  if (names_.size() < most_names)
    names_.push_back("'" + name + "'");
  else
    names_.back() = "…";
}

void Meaningless::note(Notes& notes, const std::string& what, const std::string& instead) const {
  if (!names_.empty()) notes.warning(first_, what + ": " + joined(names_) + "; " + instead);
}

bool V2Port::is_data() const {
  return type.empty() ? is_path : contains(data_types, type);
}

V2Ports read_v2_inputs(ReadContext& context, const V2Step& step, const std::map<std::string, YamlValue>& given,
                       const std::string& needless, UnusedOfPorts& unused) {
  V2Ports inputs;
  PortReader reader(context, "inputs", step.parent_inputs, unused);
  reader.add(step.declared_inputs, inputs);
  reader.add(step.given_inputs, inputs);
  for (auto& [name, port] : inputs) {
    const auto found = given.find(name);
    const auto of_parent = given.find(port.parent);
    if (found != given.end() || (!port.parent.empty() && of_parent != given.end()))
      take_given(port, found != given.end() ? found->second : of_parent->second);
    if (name == needless) port.is_optional = true;
    check_input(context, step, name, port);
  }
  return inputs;
}

V2Ports read_v2_outputs(ReadContext& context, const V2Step& step, UnusedOfPorts& unused) {
  V2Ports outputs;
  PortReader reader(context, "outputs", step.parent_outputs, unused);
  reader.add(step.declared_outputs, outputs);
  reader.add(step.given_outputs, outputs);
  return outputs;
}

std::string name_in_expression(const std::string& text, const std::string& scope) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  std::string_view rest = text;
  const auto trim = [&] {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
  };
  trim();
  if (!rest.starts_with("${{") || !rest.ends_with("}}") || rest.find("}}") != rest.size() - 2 || rest.size() < 5)
    return "";
  rest = rest.substr(3, rest.size() - 5);
  trim();
  return rest.starts_with(scope) ? std::string(rest.substr(scope.size())) : "";
}

}  // namespace prs
