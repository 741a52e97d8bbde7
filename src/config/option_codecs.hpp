#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/option_table.hpp"

namespace prs {

/// How a kind of key is read and written, with what is allowed there. The option table's only.
struct Codec {
  std::string allowed;
  std::function<void(ReadContext&, const Field&, ParallelRunConfig&)> read;
  std::function<std::string(const ParallelRunConfig&, const TextPlace&)> text;
};

template <class Integer>
Codec integer_codec(std::optional<Integer> ParallelRunConfig::*member, std::int64_t least) {
  return {"an integer from " + std::to_string(least) + " to " + std::to_string(largest_integer),
          [=](ReadContext& context, const Field& field, ParallelRunConfig& config) {
            if (const auto value = read_integer(context, field, least)) config.*member = static_cast<Integer>(*value);
          },
          [=](const ParallelRunConfig& config, const TextPlace&) {
            return config.*member ? std::to_string(*(config.*member)) : std::string();
          }};
}

Codec number_codec(std::optional<double> ParallelRunConfig::*member, const NumberRange& range,
                   const std::string& allowed);
Codec seconds_codec(std::optional<double> ParallelRunConfig::*member, bool is_zero_allowed);
Codec boolean_codec(std::optional<bool> ParallelRunConfig::*member);
Codec text_codec(std::optional<std::string> ParallelRunConfig::*member, const std::string& allowed);

// Those of one key each.
Codec error_threshold_codec();
Codec output_action_codec();
Codec logging_level_codec();
Codec profiling_module_codec();
Codec entry_script_codec();
Codec source_directory_codec();
Codec environment_codec();
Codec environment_variables_codec();
Codec row_file_name_codec();
Codec mini_batch_size_codec();
Codec partition_keys_codec();

}  // namespace prs
