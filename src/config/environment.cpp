#include "config/environment.hpp"

#include <algorithm>

#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Kind = Environment::Kind;

const std::vector<std::string> our_keys = {"python", "venv", "conda", "container", "prefix"};
/// Keys of the environments that are kept in the cloud; what they say is done by whoever sets up the machine here.
const std::vector<std::string> cloud_keys = {"$schema",
                                             "asset_name",
                                             "build",
                                             "channels",
                                             "conda_dependencies",
                                             "conda_dependencies_file",
                                             "conda_file",
                                             "databricks",
                                             "dependencies",
                                             "description",
                                             "docker",
                                             "environment_variables",
                                             "image",
                                             "inference_config",
                                             "inferencing_stack_version",
                                             "label",
                                             "name",
                                             "os_type",
                                             "properties",
                                             "r",
                                             "spark",
                                             "tags",
                                             "version"};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void warn_of_cloud_form(ReadContext& context, const SourcePlace& place, const std::string& what) {
  context.notes.warning(place, "environment: " + what + (what.find("', '") == std::string::npos ? " has" : " have") +
                                   " no meaning here; python3 on the PATH is used instead (python:, venv:, conda:, "
                                   "container: or prefix: names another)");
}

bool is_registered_name(const std::string& text) {
  return text.find_first_of(":@") != std::string::npos || text.starts_with("AzureML-");
}

/// A name, or a path where there is a slash in it.
std::optional<EnvironmentRead> read_name_or_path(ReadContext& context, const Field& field, Kind kind) {
  const auto text = read_expanded(context, field);
  if (!text) return std::nullopt;
  EnvironmentRead read;
  read.environment.kind = kind;
  read.environment.value = *text;
  if (text->find('/') == std::string::npos) return read;
  const auto path = read_path(context, field);
  if (!path) return std::nullopt;
  read.environment.value = path->path;
  read.was_relative = path->was_relative;
  return read;
}

std::optional<EnvironmentRead> read_always_path(ReadContext& context, const Field& field, Kind kind) {
  const auto path = read_path(context, field);
  if (!path) return std::nullopt;
  EnvironmentRead read;
  read.environment.kind = kind;
  read.environment.value = path->path;
  read.was_relative = path->was_relative;
  return read;
}

std::optional<EnvironmentRead> read_container(ReadContext& context, const Field& field) {
  const auto text = read_text(context, field);
  if (!text) return std::nullopt;
  if (text->find("://") == std::string::npos) return read_always_path(context, field, Kind::container);
  EnvironmentRead read;
  read.environment.kind = Kind::container;
  read.environment.value = *text;
  return read;
}

std::optional<EnvironmentRead> read_prefix(ReadContext& context, const Field& field) {
  std::optional<std::vector<std::string>> words;
  if (field.value.is_sequence())
    words = read_texts(context, field);
  else if (const auto text = read_text(context, field); text && !(words = shell_words(*text)))
    refuse(context, field, found_text(field.value) + ", where a quote is not closed");
  if (!words) return std::nullopt;
  if (words->empty() || words->front().empty()) {
    refuse(context, field, "without a command");
    return std::nullopt;
  }
  EnvironmentRead read;
  read.environment.kind = Kind::prefix;
  if (words->front().find('/') != std::string::npos) {
    const YamlValue program = YamlValue::scalar_at(field.value.place, words->front());
    const auto path = read_path(context, {field.name, field.allowed, program});
    if (!path) return std::nullopt;
    words->front() = path->path;
    read.was_relative = path->was_relative;
  }
  read.environment.prefix = std::move(*words);
  return read;
}

std::optional<EnvironmentRead> read_kind(ReadContext& context, const std::string& key, const YamlValue& value) {
  const std::string name = "environment." + key;
  if (key == "python")
    return read_name_or_path(context, {name, "the path of an interpreter, or its name on the PATH", value},
                             Kind::python);
  if (key == "venv") return read_always_path(context, {name, "the path of a virtual environment", value}, Kind::venv);
  if (key == "conda")
    return read_name_or_path(context, {name, "a conda environment's name or path", value}, Kind::conda);
  if (key == "container")
    return read_container(context, {name, "an image file, or an address such as docker://python:3.11", value});
  return read_prefix(context, {name, "command words, as a list or a string", value});
}

/// A `python:` that is a mapping is the cloud's.
bool is_cloud_entry(const YamlEntry& entry) {
  return contains(cloud_keys, entry.key) || (entry.key == "python" && entry.value.is_mapping());
}

std::optional<EnvironmentRead> read_mapping(ReadContext& context, const Field& field) {
  std::vector<const YamlEntry*> ours;
  std::string cloud;
  for (const YamlEntry& entry : field.value.entries) {
    if (entry.value.is_null() && (contains(our_keys, entry.key) || is_cloud_entry(entry))) continue;
    if (is_cloud_entry(entry)) {
      cloud += (cloud.empty() ? "'" : ", '") + entry.key + "'";
    } else if (contains(our_keys, entry.key)) {
      ours.push_back(&entry);
    } else {
      context.notes.mistake_or_warning(entry.key_place, "unknown key " + in_quotes(entry.key) + " in environment" +
                                                            nearest_hint(entry.key, our_keys));
    }
  }
  if (!cloud.empty() && ours.empty()) {
    warn_of_cloud_form(context, field.value.place, cloud);
    return std::nullopt;
  }
  if (!cloud.empty())
    context.notes.warning(field.value.place, "environment: " + cloud +
                                                 (cloud.find("', '") == std::string::npos ? " has" : " have") +
                                                 " no meaning here; " + ours[0]->key + ": is used");
  if (ours.size() > 1) {
    context.notes.mistake(ours[1]->key_place, "environment has '" + ours[0]->key + "' and '" + ours[1]->key +
                                                  "'; allowed: one of " + joined(our_keys));
    return std::nullopt;
  }
  if (ours.empty()) return field.value.entries.empty() ? std::optional(EnvironmentRead{}) : std::nullopt;
  return read_kind(context, ours[0]->key, ours[0]->value);
}

}  // namespace

std::optional<EnvironmentRead> read_environment(ReadContext& context, const Field& field) {
  if (field.value.is_mapping()) return read_mapping(context, field);
  if (!field.value.is_scalar()) {
    refuse(context, field);
    return std::nullopt;
  }
  if (is_registered_name(field.value.text)) {
    warn_of_cloud_form(context, field.value.place, in_quotes(field.value.text));
    return std::nullopt;
  }
  return read_name_or_path(context, field, Kind::conda);
}

std::string environment_text(const Environment& environment, const std::string& folder, bool is_relative) {
  const std::string& value = environment.value;
  const bool is_address = value.find("://") != std::string::npos;
  const bool is_path =
      environment.kind == Kind::venv || value.find('/') != std::string::npos || environment.kind == Kind::container;
  std::string written = is_path && !is_address ? path_text(value, folder, is_relative) : escaped_path(value);
  // A name on the PATH has no slash, so a path beside the file needs one.
  if (is_path && !is_address && written.find('/') == std::string::npos) written = "./" + written;
  if (is_address) written = value;
  switch (environment.kind) {
    case Kind::search_path:
      return "{}";
    case Kind::python:
      return "{python: " + yaml_scalar(written) + "}";
    case Kind::venv:
      return "{venv: " + yaml_scalar(written) + "}";
    case Kind::conda:
      return "{conda: " + yaml_scalar(written) + "}";
    case Kind::container:
      return "{container: " + yaml_scalar(written) + "}";
    case Kind::prefix:
      break;
  }
  std::vector<std::string> words = environment.prefix;
  if (!words.empty() && words[0].find('/') != std::string::npos) {
    words[0] = path_text(words[0], folder, is_relative);
    if (words[0].find('/') == std::string::npos) words[0] = "./" + words[0];
  }
  return "{prefix: " + yaml_list(words) + "}";
}

std::optional<std::vector<std::string>> shell_words(const std::string& text) {
  std::vector<std::string> words;
  bool is_in_word = false;
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      is_in_word = false;
      continue;
    }
    if (!is_in_word) words.emplace_back();
    is_in_word = true;
    const bool has_next = at + 1 < text.size();
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && has_next &&
               (quote == 0 || (quote == '"' && (text[at + 1] == '"' || text[at + 1] == '\\')))) {
      words.back() += text[++at];
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) return std::nullopt;
  return words;
}

std::optional<std::map<std::string, std::string>> read_environment_variables(ReadContext& context, const Field& field) {
  auto variables = read_text_mapping(context, field);
  if (!variables) return std::nullopt;
  for (const YamlEntry& entry : field.value.entries) {
    if (entry.key.find('=') == std::string::npos) continue;
    context.notes.mistake(
        entry.key_place, "environment_variables has the name " + in_quotes(entry.key) + "; allowed: names without '='");
    variables->erase(entry.key);
  }
  return variables;
}

}  // namespace prs
