#include "script/host_setup.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "support/latin1.hpp"

namespace prs {
namespace {

nlohmann::json object_of(const std::string& text) {
  return text.empty() ? nlohmann::json::object() : nlohmann::json::parse(text);
}

nlohmann::json list_of(const std::vector<PartitionKey>& keys) {
  nlohmann::json list = nlohmann::json::array();
  for (const PartitionKey& key : keys)
    list.push_back({{"name", key.name}, {"is_date", key.is_date}, {"is_chosen", key.is_chosen}});
  return list;
}

std::string_view name_of(RowFormat format) {
  constexpr std::array<std::string_view, 7> names = {"none", "text", "csv", "tsv", "jsonl", "parquet", "hdf5"};
  return names.at(static_cast<std::size_t>(format));
}

}  // namespace

std::string setup_text(const ScriptSettings& settings) {
  nlohmann::json arguments = nlohmann::json::array();
  for (const std::string& argument : settings.script.arguments) arguments.push_back(latin1(argument));
  const nlohmann::json setup = {
      {"entry_script", latin1(settings.script.entry_script)},
      {"import_folder", latin1(settings.script.import_folder)},
      {"arguments", std::move(arguments)},
      {"logging_level", settings.script.logging_level},
      {"profiling_module", settings.script.profiling_module},
      {"profile_file", latin1(settings.files.profile_file)},
      {"models", object_of(settings.script.models_json)},
      {"run_folder", latin1(settings.files.run_folder)},
      {"output_dir", latin1(settings.files.run_folder)},
      {"log_dir", latin1(settings.files.log_folder)},
      {"working_folder", latin1(settings.files.working_folder)},
      {"entry_script_log_file", latin1(settings.files.entry_script_log_file)},
      {"agent_name", settings.script.agent_name},
      {"row_format", name_of(settings.rows.format)},
      {"has_header", settings.rows.has_header},
      {"to_csv_arguments", object_of(settings.rows.to_csv_arguments)},
      {"is_foreground", settings.is_foreground},
      {"partition_keys", list_of(settings.partition_keys)},
      {"table_schema", settings.tables.inputs.empty() ? nlohmann::json() : object_of(settings.tables.schema)},
  };
  return setup.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace prs
