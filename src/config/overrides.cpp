#include "config/overrides.hpp"

#include <algorithm>

#include "config/option_table.hpp"
#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

/// An option of the command line as a source: in messages by its text, its paths relative to where the user is.
SourcePlace option_place(const std::string& text, Notes& notes) {
  const std::string shown = in_quotes(text);
  return {notes.add_source({shown.substr(1, shown.size() - 2), working_folder()})};
}

std::vector<std::string> split_at_dots(const std::string& text, std::size_t most) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = text.find('.', start);
    if (dot == std::string::npos || parts.size() + 1 == most) {
      parts.push_back(text.substr(start));
      return parts;
    }
    parts.push_back(text.substr(start, dot - start));
    start = dot + 1;
  }
}

/// The keys from the top; empty where the first is not known. A name in side_inputs and its like may have dots itself.
std::vector<std::string> keys_of_setting(const std::string& key) {
  std::vector<std::string> keys = split_at_dots(key, 2);
  if (keys[0] == "parallel_run_config" && keys.size() == 2) {
    const std::string rest = keys[1];
    keys = split_at_dots(rest, 2);
    keys.insert(keys.begin(), "parallel_run_config");
    return keys;
  }
  if (keys[0] == "models") return split_at_dots(key, 4);
  if (find_option(Section::run, keys[0])) return keys;
  if (!find_option(Section::parallel_run_config, keys[0])) return {};
  keys.insert(keys.begin(), "parallel_run_config");
  return keys;
}

std::optional<Setting> read_setting(const std::string& text, Notes& notes) {
  const SourcePlace place = option_place("--set " + text, notes);
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  if (equals == std::string::npos || key.empty()) {
    notes.mistake(place, "--set needs a key and a value; allowed: --set key=value");
    return std::nullopt;
  }
  Setting setting;
  setting.keys = keys_of_setting(key);
  if (setting.keys.empty()) {
    std::vector<std::string> known = keys_of(Section::run);
    const std::vector<std::string> more = keys_of(Section::parallel_run_config);
    known.insert(known.end(), more.begin(), more.end());
    notes.mistake(place, "unknown key " + in_quotes(key) + nearest_hint(key, known));
    return std::nullopt;
  }
  const std::string value = text.substr(equals + 1);
  if (first_invalid_utf8(value)) {
    // A path may have any bytes; YAML has no other way to say so on a command line.
    setting.value = YamlValue::scalar_at(place, value);
    return setting;
  }
  const auto parsed = parse_yaml(value, place.source, notes, false);
  if (!parsed) return std::nullopt;
  setting.value = *parsed;
  setting.value.place = place;
  return setting;
}

/// The item of `inputs` with that name, made where there is none.
YamlValue& input_named(YamlValue& inputs, const std::string& name, const SourcePlace& place) {
  for (YamlValue& input : inputs.items) {
    const YamlValue* found = input.is_mapping() ? input.find("name") : nullptr;
    if (found && found->text == name) return input;
  }
  YamlValue input = YamlValue::mapping_at(place);
  input.set("name", YamlValue::scalar_at(place, name));
  inputs.items.push_back(std::move(input));
  return inputs.items.back();
}

void apply_inputs(YamlValue& run, const std::vector<std::string>& inputs, Notes& notes) {
  if (inputs.empty()) return;
  YamlValue list;
  list.kind = YamlValue::Kind::sequence;
  if (const YamlValue* written = run.find("inputs")) list = *written;
  std::vector<std::string> named;
  for (const std::string& text : inputs) {
    const SourcePlace place = option_place("--input " + text, notes);
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      notes.mistake(place, "--input needs a name and a path; allowed: --input NAME=PATH");
      continue;
    }
    if (!list.is_sequence()) continue;  // noted when the file's own inputs are read
    if (list.items.empty()) list.place = place;
    const std::string name = text.substr(0, equals);
    YamlValue& input = input_named(list, name, place);
    // The first replaces what the file says; a second one of the same name adds to it.
    const bool is_first = std::find(named.begin(), named.end(), name) == named.end();
    YamlValue paths;
    paths.kind = YamlValue::Kind::sequence;
    paths.place = place;
    if (const YamlValue* earlier = input.find("path"); earlier && !is_first) paths = *earlier;
    paths.items.push_back(YamlValue::scalar_at(place, text.substr(equals + 1)));
    input.set("path", std::move(paths));
    named.push_back(name);
  }
  run.set("inputs", std::move(list));
}

/// What the cloud's driver takes out of the arguments, and this one has no use for.
constexpr const char* cloud_arguments[] = {"copy_logs_to_parent", "push_metrics_to_parent", "metrics_name_prefix"};

/// An argument that is meant for the driver: `--key`, or `--key=value`.
struct DriverArgument {
  std::string key;
  std::optional<std::string> value;
  const Option* option = nullptr;
  bool is_cloud = false;
};

DriverArgument driver_argument_in(const std::string& text) {
  DriverArgument found;
  if (!text.starts_with("--")) return found;
  const std::size_t equals = text.find('=');
  found.key = text.substr(2, equals == std::string::npos ? equals : equals - 2);
  if (equals != std::string::npos) found.value = text.substr(equals + 1);
  found.is_cloud =
      std::find(std::begin(cloud_arguments), std::end(cloud_arguments), found.key) != std::end(cloud_arguments);
  found.option = find_option(Section::parallel_run_config, found.key);
  if (found.option && !found.option->is_driver_argument) found.option = nullptr;
  return found;
}

}  // namespace

std::vector<Setting> read_settings(const std::vector<std::string>& settings, Notes& notes) {
  std::vector<Setting> read;
  for (const std::string& text : settings)
    if (auto setting = read_setting(text, notes)) read.push_back(std::move(*setting));
  return read;
}

void apply_setting(YamlValue& root, const std::vector<std::string>& keys, const YamlValue& value) {
  YamlValue* mapping = &root;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    const auto found = std::find_if(mapping->entries.begin(), mapping->entries.end(),
                                    [&](const YamlEntry& entry) { return entry.key == keys[i]; });
    if (found != mapping->entries.end() && found->value.is_mapping()) {
      mapping = &found->value;
      continue;
    }
    YamlValue made = YamlValue::mapping_at(value.place);
    // A model's path may stand where the mapping with its version now goes.
    if (found != mapping->entries.end() && found->value.is_scalar() && keys[0] == "models" && i == 1)
      made.set("path", found->value);
    mapping->set(keys[i], std::move(made));
    mapping = &mapping->entries.back().value;
  }
  mapping->set(keys.back(), value);
}

void apply_options(YamlValue& run, const ConfigOverrides& overrides, Notes& notes) {
  apply_inputs(run, overrides.inputs, notes);
  if (!overrides.output.empty()) {
    const SourcePlace place = option_place("--output " + overrides.output, notes);
    run.set("output", YamlValue::scalar_at(place, overrides.output));
  }
  if (!overrides.has_arguments && overrides.arguments.empty()) return;
  YamlValue arguments;
  arguments.kind = YamlValue::Kind::sequence;
  arguments.place = option_place("arguments after --", notes);
  for (const std::string& text : overrides.arguments)
    arguments.items.push_back(YamlValue::scalar_at(arguments.place, text, true));
  run.set("arguments", std::move(arguments));
}

void note_needless_step(const std::string& step, Notes& notes) {
  notes.mistake(option_place("--step " + step, notes),
                "--step names a step of a v2 pipeline, and this configuration is none; leave it out");
}

void take_driver_arguments(YamlValue& arguments, YamlValue& parallel, Notes& notes) {
  std::vector<YamlValue> rest;
  std::vector<YamlValue>& items = arguments.items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string& text = items[i].text;
    if (text == "--") {  // what follows is the script's, whatever it looks like
      rest.insert(rest.end(), items.begin() + static_cast<std::ptrdiff_t>(i), items.end());
      break;
    }
    const DriverArgument found = driver_argument_in(text);
    if (!found.option && !found.is_cloud) {
      rest.push_back(items[i]);
      continue;
    }
    const bool has_next = i + 1 < items.size();
    if (found.is_cloud)
      notes.warning(items[i].place, "the argument " + in_quotes("--" + found.key) +
                                        " has no meaning here and does not reach the script; logs and reports are in "
                                        "the run folder");
    else if (found.value || has_next)
      parallel.set(found.key,
                   YamlValue::scalar_at(items[i].place, found.value ? *found.value : items[i + 1].text, true));
    else
      notes.mistake(items[i].place,
                    "the argument " + in_quotes(text) + " has no value; allowed: " + found.option->allowed);
    if (!found.value && has_next) ++i;
  }
  items = std::move(rest);
}

}  // namespace prs
