#include "config/option_codecs.hpp"

#include "config/environment.hpp"
#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {

using Config = ParallelRunConfig;

// In the order of their enumerators.
static const std::vector<std::string> output_actions = {"append_row", "summary_only"};
static const std::vector<std::string> logging_levels = {"WARNING", "INFO", "DEBUG"};

const std::string& name_of(OutputAction action) {
  return output_actions.at(static_cast<std::size_t>(action));
}
const std::string& name_of(LoggingLevel level) {
  return logging_levels.at(static_cast<std::size_t>(level));
}

ParallelCodec number_codec(std::optional<double> Config::*member, const NumberRange& range,
                           const std::string& allowed) {
  return {allowed,
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_number(context, field, range)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? yaml_number(*(config.*member)) : std::string();
          },
          number_schema(range)};
}

ParallelCodec seconds_codec(std::optional<double> Config::*member, bool is_zero_allowed) {
  const std::string most = std::to_string(largest_integer);
  return number_codec(member, {0, is_zero_allowed, static_cast<double>(largest_integer)},
                      is_zero_allowed ? "seconds from 0 to " + most : "seconds greater than 0, up to " + most);
}

ParallelCodec boolean_codec(std::optional<bool> Config::*member) {
  return {allowed_booleans,
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_boolean(context, field)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? std::string(*(config.*member) ? "true" : "false") : std::string();
          },
          boolean_schema()};
}

ParallelCodec text_codec(std::optional<std::string> Config::*member, const std::string& allowed) {
  return {allowed,
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_text(context, field)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? yaml_scalar(*(config.*member)) : std::string();
          },
          text_schema()};
}

ParallelCodec error_threshold_codec() {
  return {integers_from(-1),
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_integer(context, field, -1)) config.error_threshold = *value;
          },
          [](const Config& config, const TextPlace&) { return std::to_string(config.error_threshold); },
          integer_schema(-1)};
}

ParallelCodec failed_mini_batch_counts_codec() {
  // In the order of its enumerators.
  static const std::vector<std::string> moments = {"at_once", "once_given_up"};
  return {"at_once or once_given_up",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, moments))
              config.failed_mini_batch_counts = static_cast<FailedMiniBatchCounts>(*value);
          },
          [](const Config& config, const TextPlace&) {
            const auto& counts = config.failed_mini_batch_counts;
            return counts ? moments.at(static_cast<std::size_t>(*counts)) : std::string();
          },
          choice_schema(moments)};
}

ParallelCodec output_action_codec() {
  return {"append_row or summary_only",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, output_actions))
              config.output_action = static_cast<OutputAction>(*value);
          },
          [](const Config& config, const TextPlace&) { return name_of(config.output_action); },
          choice_schema(output_actions)};
}

ParallelCodec logging_level_codec() {
  return {"WARNING, INFO or DEBUG",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, logging_levels))
              config.logging_level = static_cast<LoggingLevel>(*value);
          },
          [](const Config& config, const TextPlace&) {
            return config.logging_level ? name_of(*config.logging_level) : std::string();
          },
          choice_schema(logging_levels)};
}

ParallelCodec profiling_module_codec() {
  static const std::vector<std::string> modules = {"cProfile", "profile", "none"};
  return {"cProfile, profile or none",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, modules)) config.profiling_module = modules[*value];
          },
          [](const Config& config, const TextPlace&) {
            return config.profiling_module ? yaml_scalar(*config.profiling_module) : std::string();
          },
          choice_schema(modules)};
}

ParallelCodec entry_script_codec() {
  return {"a file's path or a dotted module name",
          // Whether it is beside a source_directory is known only when the whole mapping was read: see read_paths().
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto path = read_expanded(context, field)) config.entry_script = *path;
          },
          [](const Config& config, const TextPlace& place) {
            if (config.entry_script.empty()) return std::string();
            if (config.source_directory) return yaml_scalar(escaped_path(config.entry_script));
            const bool is_relative = place.keeps_relative && config.written_relative.entry_script;
            return yaml_scalar(path_text(config.entry_script, place.folder, is_relative));
          },
          name_schema()};
}

ParallelCodec source_directory_codec() {
  return {"the path of a folder that exists",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto path = read_path(context, field);
            if (!path) return;
            if (context.checks_files && !is_folder(path->path)) {
              context.notes.mistake(field.value.place, field.name + " is " + in_quotes(path->path) +
                                                           ", which is no folder; allowed: " + field.allowed +
                                                           nearest_file_hint(path->path));
              return;
            }
            config.source_directory = path->path;
            config.written_relative.source_directory = path->was_relative;
          },
          [](const Config& config, const TextPlace& place) {
            if (!config.source_directory) return std::string();
            const bool is_relative = place.keeps_relative && config.written_relative.source_directory;
            return yaml_scalar(path_text(*config.source_directory, place.folder, is_relative));
          },
          name_schema()};
}

ParallelCodec environment_codec() {
  return {"python:, venv:, conda:, container: or prefix:, or a conda environment's name",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto read = read_environment(context, field);
            if (!read) return;
            config.environment = read->environment;
            config.written_relative.environment = read->was_relative;
          },
          [](const Config& config, const TextPlace& place) {
            if (!config.environment) return std::string();
            const bool is_relative = place.keeps_relative && config.written_relative.environment;
            return environment_text(*config.environment, place.folder, is_relative);
          },
          environment_schema()};
}

ParallelCodec environment_variables_codec() {
  return {"a mapping of names and values",
          [](ReadContext& context, const Field& field, Config& config) {
            if (auto variables = read_environment_variables(context, field))
              config.environment_variables = std::move(*variables);
          },
          [](const Config& config, const TextPlace&) {
            return config.environment_variables.empty() ? std::string() : yaml_mapping(config.environment_variables);
          },
          mapping_schema()};
}

ParallelCodec row_file_name_codec() {
  return {"a file name of 1 to 200 bytes without '..' and without any of ~\"#%&*:<>?/\\{}|",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto name = read_row_file_name(context, field)) config.append_row_file_name = *name;
          },
          [](const Config& config, const TextPlace&) {
            return config.append_row_file_name ? yaml_scalar(*config.append_row_file_name) : std::string();
          },
          row_file_name_schema()};
}

static std::string mini_batch_size_text(const MiniBatchSize& size) {
  if (!size.has_unit) return std::to_string(size.value);
  std::uint64_t number = size.value;
  std::size_t steps = 0;
  while (steps < 4 && number > 0 && number % 1024 == 0) {
    number /= 1024;
    ++steps;
  }
  static const char* const units[] = {" B", " KB", " MB", " GB", " TB"};
  return yaml_scalar(std::to_string(number) + units[steps]);
}

ParallelCodec mini_batch_size_codec() {
  return {integers_from(1) + ", for tables also with a unit: 1024, \"1024 KB\", \"10MB\", \"1 GB\"",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto size = read_mini_batch_size(context, field);
            if (size) config.mini_batch_size = *size;
          },
          [](const Config& config, const TextPlace&) {
            return config.mini_batch_size ? mini_batch_size_text(*config.mini_batch_size) : std::string();
          },
          mini_batch_size_schema()};
}

ParallelCodec partition_keys_codec() {
  return {"a list of different names, or such a list as JSON in a string",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto keys = read_partition_keys(context, field)) config.partition_keys = *keys;
          },
          [](const Config& config, const TextPlace&) {
            return config.partition_keys.empty() ? std::string() : yaml_list(config.partition_keys);
          },
          partition_keys_schema()};
}

}  // namespace prs
