// `prs_mpi config`: what was understood, as native YAML.
#include "config/arguments.hpp"
#include "config/option_table.hpp"
#include "config/paths.hpp"
#include "config/run_config.hpp"
#include "config/section.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

std::string path_scalar(const std::string& path) {
  return yaml_scalar(escaped_path(path));
}

std::string named_paths(const std::string& key, const std::map<std::string, std::string>& paths) {
  if (paths.empty()) return "";
  std::string text = key + ":\n";
  for (const auto& [name, path] : paths) text += "  " + yaml_scalar(name) + ": " + path_scalar(path) + "\n";
  return text;
}

std::string inputs_text(const RunConfig& config) {
  std::string text = "inputs:\n";
  for (const InputConfig& input : config.inputs) {
    text += "  - name: " + yaml_scalar(input.name) + "\n    path:\n";
    for (const std::string& path : input.paths) text += "      - " + path_scalar(path) + "\n";
    text += "    type: files\n";
  }
  return text;
}

std::string arguments_text(const RunConfig& config) {
  if (config.arguments.empty()) return "arguments: []\n";
  std::string text = "arguments:\n";
  for (const std::string& argument : config.arguments) text += "  - " + yaml_scalar(escaped_argument(argument)) + "\n";
  return text;
}

std::string models_text(const RunConfig& config) {
  if (config.models.empty()) return "";
  std::string text = "models:\n";
  for (const auto& [name, model] : config.models) {
    text += "  " + yaml_scalar(name) + ":\n    path: " + path_scalar(model.path) + "\n";
    if (!model.version.empty()) text += "    version: " + yaml_scalar(model.version) + "\n";
    if (!model.tags.empty()) text += "    tags: " + yaml_mapping(model.tags) + "\n";
  }
  return text;
}

std::string parallel_text(const ParallelRunConfig& written) {
  const ParallelRunConfig config = with_defaults(written);
  std::string text = "parallel_run_config:\n";
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const std::string value = option->text(config, {"/", false});
    if (!value.empty())
      text += "  " + option->key + ": " + value + "\n";
    else if (option->is_supported)
      text += "  # " + option->key + ": " + option->default_text + "\n";
  }
  return text;
}

}  // namespace

std::string text_of(const RunConfig& config) {
  return "name: " + yaml_scalar(config.name) + "\n" + inputs_text(config) +
         named_paths("side_inputs", config.side_inputs) + named_paths("side_outputs", config.side_outputs) +
         "output: " + path_scalar(config.output) + "\n" + arguments_text(config) + models_text(config) +
         "allow_reuse: " + (config.allow_reuse ? "true" : "false") + "\n" + parallel_text(config.parallel);
}

}  // namespace prs
