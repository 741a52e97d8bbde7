#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/option_table.hpp"
#include "config/value_schemas.hpp"

namespace prs {

/// How a kind of key is read and written, with what is allowed there. The option table's only.
template <class Config>
struct Codec {
  std::string allowed;
  std::function<void(ReadContext&, const Field&, Config&)> read;
  std::function<std::string(const Config&, const TextPlace&)> text;
  std::string schema = {};  ///< of the value, for editors (config/value_schemas)
};
using ParallelCodec = Codec<ParallelRunConfig>;

inline std::string integers_from(std::int64_t least) {
  return "an integer from " + std::to_string(least) + " to " + std::to_string(largest_integer);
}

template <class Integer>
ParallelCodec integer_codec(std::optional<Integer> ParallelRunKeys<std::optional>::*member, std::int64_t least) {
  return {integers_from(least),
          [=](ReadContext& context, const Field& field, ParallelRunConfig& config) {
            if (const auto value = read_integer(context, field, least)) config.*member = static_cast<Integer>(*value);
          },
          [=](const ParallelRunConfig& config, const TextPlace&) {
            return config.*member ? std::to_string(*(config.*member)) : std::string();
          },
          integer_schema(least)};
}

ParallelCodec number_codec(std::optional<double> ParallelRunConfig::*member, const NumberRange& range,
                           const std::string& allowed);
ParallelCodec seconds_codec(std::optional<double> ParallelRunConfig::*member, bool is_zero_allowed);
ParallelCodec boolean_codec(std::optional<bool> ParallelRunConfig::*member);
ParallelCodec text_codec(std::optional<std::string> ParallelRunConfig::*member, const std::string& allowed);

// Those of one key of parallel_run_config each.
ParallelCodec error_threshold_codec();
ParallelCodec failed_mini_batch_counts_codec();
ParallelCodec output_action_codec();
ParallelCodec logging_level_codec();
ParallelCodec profiling_module_codec();
ParallelCodec entry_script_codec();
ParallelCodec source_directory_codec();
ParallelCodec environment_codec();
ParallelCodec environment_variables_codec();
ParallelCodec row_file_name_codec();
ParallelCodec mini_batch_size_codec();
ParallelCodec partition_keys_codec();

// Those of the other sections.
Codec<RunConfig> run_name_codec();
Codec<RunConfig> inputs_codec();
Codec<RunConfig> side_inputs_codec();
Codec<RunConfig> side_outputs_codec();
Codec<RunConfig> output_codec();
Codec<RunConfig> arguments_codec();
Codec<RunConfig> models_codec();
Codec<RunConfig> allow_reuse_codec();
Codec<RunConfig> parallel_run_config_codec();
Codec<InputConfig> input_name_codec();
Codec<InputConfig> input_paths_codec();
Codec<ModelConfig> model_path_codec();
Codec<ModelConfig> model_version_codec();
Codec<ModelConfig> model_tags_codec();

}  // namespace prs
