#include "script/host_setup.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "model/run_folder.hpp"

namespace prs {
namespace {

std::string latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

nlohmann::json json_or(const std::string& text, nlohmann::json otherwise) {
  return text.empty() ? std::move(otherwise) : nlohmann::json::parse(text);
}

std::string_view name_of(RowFormat format) {
  constexpr std::array<std::string_view, 5> names = {"none", "text", "csv", "tsv", "jsonl"};
  return names.at(static_cast<std::size_t>(format));
}

}  // namespace

std::string setup_text(const ScriptSettings& settings) {
  nlohmann::json arguments = nlohmann::json::array();
  for (const std::string& argument : settings.arguments) arguments.push_back(latin1(argument));
  const nlohmann::json setup = {
      {"entry_script", latin1(settings.entry_script)},
      {"import_folder", latin1(settings.import_folder)},
      {"arguments", std::move(arguments)},
      {"logging_level", settings.logging_level},
      {"profiling_module", settings.profiling_module},
      {"profile_file", latin1(settings.profile_file)},
      {"models", json_or(settings.models_json, nlohmann::json::object())},
      {"partition_keys", json_or(settings.partition_keys_json, nlohmann::json::array())},
      {"run_folder", latin1(settings.run_folder)},
      {"output_dir", latin1(settings.run_folder)},
      {"log_dir", latin1(RunFolder{settings.run_folder}.user_logs())},
      {"working_folder", latin1(settings.working_folder)},
      {"entry_script_log_file", latin1(settings.entry_script_log_file)},
      {"agent_name", settings.agent_name},
      {"row_format", name_of(settings.rows.format)},
      {"has_header", settings.rows.has_header},
      {"to_csv_arguments", json_or(settings.rows.to_csv_arguments, nlohmann::json::object())},
      {"max_batches", settings.max_batches_per_process},
      {"is_foreground", settings.is_foreground},
      {"native", false},
  };
  return setup.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace prs
