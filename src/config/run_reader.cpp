#include "config/run_reader.hpp"

#include <filesystem>
#include <set>

#include "config/arguments.hpp"
#include "config/paths.hpp"
#include "config/section.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

constexpr const char* run_name = "the configuration";

Field run_field(const char* key, const YamlValue& value) {
  return {key, find_option(Section::run, key)->allowed, value};
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// A path that must be there.
std::optional<std::string> read_existing_path(ReadContext& context, const Field& field) {
  const auto path = read_path(context, field);
  if (!path) return std::nullopt;
  if (context.checks_files && !exists(path->path)) {
    context.notes.mistake(field.value.place, field.name + " is " + in_quotes(path->path) +
                                                 ", which does not exist; allowed: " + field.allowed +
                                                 nearest_file_hint(path->path));
    return std::nullopt;
  }
  return path->path;
}

/// A folder that is made later: what is there now must not be something else.
std::optional<std::string> read_folder_to_make(ReadContext& context, const Field& field) {
  const auto path = read_path(context, field);
  if (!path) return std::nullopt;
  if (context.checks_files && exists(path->path) && !is_folder(path->path)) {
    refuse(context, field, in_quotes(path->path) + ", which is a file");
    return std::nullopt;
  }
  return path->path;
}

/// A mapping of names to paths; a name whose path is unusable stays, with an empty path.
std::map<std::string, std::string> read_named_paths(ReadContext& context, const YamlValue& run, const char* key,
                                                    bool must_exist) {
  std::map<std::string, std::string> paths;
  const YamlValue* value = run.find(key);
  if (!value) return paths;
  if (!value->is_mapping()) {
    refuse(context, run_field(key, *value));
    return paths;
  }
  for (const YamlEntry& entry : value->entries) {
    if (entry.value.is_null() || !is_usable_name(context, entry.key_place, std::string("a name in ") + key, entry.key))
      continue;
    const Field field{std::string(key) + "." + entry.key,
                      must_exist ? "the path of a file or folder that exists" : "the path of a folder", entry.value};
    paths[entry.key] =
        (must_exist ? read_existing_path(context, field) : read_folder_to_make(context, field)).value_or("");
  }
  return paths;
}

void read_input_type(ReadContext& context, const Field& field) {
  const std::vector<std::string> later = {"tabular", "mltable"};
  const auto type = read_text(context, field);
  if (!type || *type == "files") return;
  if (*type == later[0] || *type == later[1])
    context.notes.mistake(
        field.value.place,
        field.name + " is '" + *type + "', which is not supported by this version; allowed: " + field.allowed);
  else
    refuse(context, field);
}

std::vector<std::string> read_input_paths(ReadContext& context, const Field& field) {
  std::vector<std::string> paths;
  const auto add = [&](const YamlValue& value) {
    if (const auto path = read_path(context, {field.name, field.allowed, value})) paths.push_back(path->path);
  };
  if (!field.value.is_sequence())
    add(field.value);
  else if (field.value.items.empty())
    refuse(context, field, "an empty list");
  else
    for (const YamlValue& item : field.value.items) add(item);
  return paths;
}

InputConfig read_input(ReadContext& context, const YamlValue& value, std::size_t number) {
  InputConfig input;
  const std::string within = "input " + std::to_string(number);
  const bool is_mapping =
      read_section(context, Section::input, within, value, [&](const Option& option, const YamlEntry& entry) {
        const Field field{within + ": " + option.key, option.allowed, entry.value};
        if (option.key == "path") input.paths = read_input_paths(context, field);
        if (option.key == "type") read_input_type(context, field);
        if (option.key == "name")
          if (const auto name = read_text(context, field);
              name && is_usable_name(context, entry.value.place, field.name, *name))
            input.name = *name;
      });
  if (is_mapping) note_missing_keys(context, Section::input, within, value);
  return input;
}

void read_inputs(ReadContext& context, const YamlValue& run, bool is_v1, RunConfig& config) {
  const YamlValue* inputs = run.find("inputs");
  if (!inputs) {
    context.notes.mistake(run.place, is_v1 ? "a v1 file names no input; add --input NAME=PATH"
                                           : "the key 'inputs' is missing in the configuration; allowed: a list with "
                                             "one mapping for each input, or --input NAME=PATH");
    return;
  }
  if (!inputs->is_sequence() || inputs->items.empty()) {
    const Field field = run_field("inputs", *inputs);
    if (inputs->is_sequence())
      refuse(context, field, "an empty list");
    else
      refuse(context, field);
    return;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < inputs->items.size(); ++i) {
    InputConfig input = read_input(context, inputs->items[i], i + 1);
    if (!input.name.empty() && !names.insert(input.name).second)
      context.notes.mistake(inputs->items[i].find("name")->place, "another input is named " + in_quotes(input.name) +
                                                                      " too; allowed: a different name for each");
    config.inputs.push_back(std::move(input));
  }
}

void read_output(ReadContext& context, const YamlValue& run, bool is_v1, RunConfig& config) {
  if (const YamlValue* output = run.find("output"))
    config.output = read_folder_to_make(context, run_field("output", *output)).value_or("");
  else
    context.notes.mistake(
        run.place,
        is_v1 ? "a v1 file names no run folder; add --output FOLDER"
              : "the key 'output' is missing in the configuration; allowed: the path of a folder, or --output FOLDER");
}

ModelConfig read_model(ReadContext& context, const std::string& name, const YamlValue& value) {
  ModelConfig model;
  const std::string within = "models." + name;
  const std::string allowed = "the path of a file or folder that exists";
  if (!value.is_mapping()) {
    model.path = read_existing_path(context, {within, allowed, value}).value_or("");
    return model;
  }
  read_section(context, Section::model, within, value, [&](const Option& option, const YamlEntry& entry) {
    const Field field{within + "." + option.key, option.key == "path" ? allowed : option.allowed, entry.value};
    if (option.key == "path") model.path = read_existing_path(context, field).value_or("");
    if (option.key == "version") model.version = read_text(context, field).value_or("");
    if (option.key == "tags") model.tags = read_text_mapping(context, field).value_or(model.tags);
  });
  note_missing_keys(context, Section::model, within, value);
  return model;
}

void read_models(ReadContext& context, const YamlValue& run, RunConfig& config) {
  const YamlValue* models = run.find("models");
  if (!models) return;
  if (!models->is_mapping()) {
    refuse(context, run_field("models", *models));
    return;
  }
  for (const YamlEntry& entry : models->entries)
    if (!entry.value.is_null() && is_usable_name(context, entry.key_place, "a name in models", entry.key))
      config.models[entry.key] = read_model(context, entry.key, entry.value);
}

}  // namespace

void read_run(ReadContext& context, const YamlValue& run, bool is_v1, RunConfig& config) {
  read_section(context, Section::run, run_name, run, [](const Option&, const YamlEntry&) {});
  config.name = std::filesystem::path(config.file).stem().string();
  if (const YamlValue* value = run.find("name"))
    if (const auto name = read_text(context, run_field("name", *value));
        name && is_usable_name(context, value->place, "name", *name))
      config.name = *name;
  read_inputs(context, run, is_v1, config);
  read_output(context, run, is_v1, config);
  config.side_inputs = read_named_paths(context, run, "side_inputs", true);
  config.side_outputs = read_named_paths(context, run, "side_outputs", false);
  if (const YamlValue* value = run.find("arguments"))
    config.arguments =
        read_arguments(context, run_field("arguments", *value), {config.side_inputs, config.side_outputs});
  read_models(context, run, config);
  if (const YamlValue* value = run.find("allow_reuse"))
    config.allow_reuse = read_boolean(context, run_field("allow_reuse", *value)).value_or(true);
}

}  // namespace prs
