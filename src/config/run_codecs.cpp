// How the keys beside and above parallel_run_config are read and written.
#include <filesystem>

#include "config/arguments.hpp"
#include "config/inputs.hpp"
#include "config/option_codecs.hpp"
#include "config/paths.hpp"
#include "config/section.hpp"
#include "config/settings.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Run = RunConfig;

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// A path that must be there; empty where it is not.
std::string read_existing_path(ReadContext& context, const std::string& name, const YamlValue& value) {
  const Field field{name, "the path of a file or folder that exists", value};
  const auto path = read_path(context, field);
  if (!path) return {};
  if (!context.checks_files || exists(path->path)) return path->path;
  context.notes.mistake(value.place, name + " is " + in_quotes(path->path) + ", which does not exist; allowed: " +
                                         field.allowed + nearest_file_hint(path->path));
  return {};
}

/// A folder that is made later: what is there now must not be something else. Empty after a mistake.
std::string read_folder_to_make(ReadContext& context, const Field& field) {
  const auto path = read_path(context, field);
  if (!path) return {};
  if (!context.checks_files || !exists(path->path) || is_folder(path->path)) return path->path;
  refuse(context, field, in_quotes(path->path) + ", which is a file");
  return {};
}

/// Calls `read` for each name that a mapping has, with the name as messages have it.
template <class Read>
void read_named(ReadContext& context, const Field& field, const Read& read) {
  if (!field.value.is_mapping()) return refuse(context, field);
  for (const YamlEntry& entry : field.value.entries)
    if (!entry.value.is_null() && is_usable_name(context, entry.key_place, "a name in " + field.name, entry.key))
      read(entry, entry.written_as.empty() ? field.name + "." + entry.key : entry.written_as);
}

ModelConfig read_model(ReadContext& context, const std::string& within, const YamlValue& value) {
  ModelConfig model;
  if (!value.is_mapping()) {
    model.path = read_existing_path(context, within, value);
    return model;
  }
  read_section(context, {within, within + "."}, value, model);
  note_missing_keys(context, Section::model, within, value);
  return model;
}

void read_input_paths(ReadContext& context, const Field& field, InputConfig& input) {
  const auto add = [&](const YamlValue& value) {
    if (const auto path = read_path(context, {field.name, field.allowed, value})) input.paths.push_back(path->path);
  };
  if (!field.value.is_sequence()) return add(field.value);
  if (field.value.items.empty()) return refuse(context, field, "an empty list");
  for (const YamlValue& item : field.value.items) add(item);
}

// A value below its key, one line for each part.

std::string path_scalar(const std::string& path) {
  return yaml_scalar(escaped_path(path));
}

std::string named_paths(const std::map<std::string, std::string>& paths, const TextPlace& place) {
  std::string text;
  for (const auto& [name, path] : paths)
    text += "\n" + place.indent + "  " + yaml_scalar(name) + ": " + path_scalar(path);
  return text;
}

std::string list_text(const std::vector<std::string>& scalars, const TextPlace& place) {
  std::string text;
  for (const std::string& scalar : scalars) text += "\n" + place.indent + "  - " + scalar;
  return text;
}

template <class Config>
Codec<Config> name_codec() {
  return {"text of 1 to 255 bytes",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto name = read_text(context, field);
            if (name && is_usable_name(context, field.value.place, field.name, *name)) config.name = *name;
          },
          [](const Config& config, const TextPlace&) { return yaml_scalar(config.name); }, name_schema()};
}

using PathsByName = std::map<std::string, std::string>;

Codec<Run> side_codec(const std::string& allowed, PathsByName Run::*member,
                      const std::function<std::string(ReadContext&, const std::string&, const YamlValue&)>& read) {
  return {allowed,
          [=](ReadContext& context, const Field& field, Run& config) {
            // A name whose path is unusable stays, so that arguments may refer to it.
            read_named(context, field, [&](const YamlEntry& entry, const std::string& name) {
              (config.*member)[entry.key] = read(context, name, entry.value);
            });
          },
          [=](const Run& config, const TextPlace& place) { return named_paths(config.*member, place); },
          named_schema("")};
}

}  // namespace

Codec<Run> run_name_codec() {
  return name_codec<Run>();
}
Codec<InputConfig> input_name_codec() {
  return name_codec<InputConfig>();
}

Codec<Run> inputs_codec() {
  return {"a list with one mapping for each input", read_inputs,
          [](const Run& config, const TextPlace& place) {
            std::string text;
            for (const InputConfig& input : config.inputs) {
              const std::string lines = input_text(input, place.indent + "    ");
              text += "\n" + place.indent + "  - " + lines.substr(place.indent.size() + 4);
              text.pop_back();  // the line's end: whoever writes the key adds it
            }
            return text;
          },
          list_of_schema("input")};
}

Codec<Run> side_inputs_codec() {
  return side_codec("a mapping of names and paths", &Run::side_inputs, read_existing_path);
}

Codec<Run> side_outputs_codec() {
  return side_codec("a mapping of names and folders", &Run::side_outputs,
                    [](ReadContext& context, const std::string& name, const YamlValue& value) {
                      return read_folder_to_make(context, {name, "the path of a folder", value});
                    });
}

Codec<Run> output_codec() {
  return {"the path of a folder",
          [](ReadContext& context, const Field& field, Run& config) {
            config.output = read_folder_to_make(context, field);
          },
          [](const Run& config, const TextPlace&) { return path_scalar(config.output); }, name_schema()};
}

Codec<Run> arguments_codec() {
  return {"a list of texts",
          [](ReadContext& context, const Field& field, Run& config) {
            config.arguments = read_arguments(context, field, {config.side_inputs, config.side_outputs});
          },
          [](const Run& config, const TextPlace& place) {
            std::vector<std::string> scalars;
            for (const std::string& argument : config.arguments)
              scalars.push_back(yaml_scalar(escaped_argument(argument)));
            return scalars.empty() ? "[]" : list_text(scalars, place);
          },
          list_schema()};
}

Codec<Run> models_codec() {
  return {"a mapping of names to a path, or to {path, version, tags}",
          [](ReadContext& context, const Field& field, Run& config) {
            read_named(context, field, [&](const YamlEntry& entry, const std::string& name) {
              config.models[entry.key] = read_model(context, name, entry.value);
            });
          },
          [](const Run& config, const TextPlace& place) {
            std::string text;
            for (const auto& [name, model] : config.models) {
              text += "\n" + place.indent + "  " + yaml_scalar(name) + ":\n" +
                      section_text(model, {.indent = place.indent + "    "});
              text.pop_back();
            }
            return text;
          },
          named_schema("model")};
}

Codec<Run> allow_reuse_codec() {
  return {allowed_booleans,
          [](ReadContext& context, const Field& field, Run& config) {
            if (const auto value = read_boolean(context, field)) config.allow_reuse = *value;
          },
          [](const Run& config, const TextPlace&) { return std::string(config.allow_reuse ? "true" : "false"); },
          boolean_schema()};
}

Codec<Run> parallel_run_config_codec() {
  // It may be a file's, and is read before the other keys: see load_run_config().
  return {"a mapping, or the path of a file that holds one", [](ReadContext&, const Field&, Run&) {},
          [](const Run& config, const TextPlace& place) { return parallel_run_config_text(config.parallel, place); },
          text_or_schema("parallel_run_config")};
}

Codec<InputConfig> input_paths_codec() {
  return {"a folder, a file, a glob, or a list of these", read_input_paths,
          [](const InputConfig& input, const TextPlace& place) {
            std::vector<std::string> scalars;
            for (const std::string& path : input.paths) scalars.push_back(path_scalar(path));
            return list_text(scalars, place);
          },
          names_schema()};
}

Codec<ModelConfig> model_path_codec() {
  return {"the path of a file or folder",
          [](ReadContext& context, const Field& field, ModelConfig& model) {
            model.path = read_existing_path(context, field.name, field.value);
          },
          [](const ModelConfig& model, const TextPlace&) { return path_scalar(model.path); }, name_schema()};
}

Codec<ModelConfig> model_version_codec() {
  return {"text or a number",
          [](ReadContext& context, const Field& field, ModelConfig& model) {
            model.version = read_text(context, field).value_or("");
          },
          [](const ModelConfig& model, const TextPlace&) {
            return model.version.empty() ? std::string() : yaml_scalar(model.version);
          },
          text_schema()};
}

Codec<ModelConfig> model_tags_codec() {
  return {"a mapping of texts",
          [](ReadContext& context, const Field& field, ModelConfig& model) {
            if (auto tags = read_text_mapping(context, field)) model.tags = std::move(*tags);
          },
          [](const ModelConfig& model, const TextPlace&) {
            return model.tags.empty() ? std::string() : yaml_mapping(model.tags);
          },
          mapping_schema()};
}

}  // namespace prs
