#include "farm/table_schema.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "farm/host_settings.hpp"
#include "farm/python_question.hpp"
#include "farm/table_sample.hpp"
#include "support/errors.hpp"
#include "support/latin1.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

using nlohmann::json;

/// Python imports pandas, from a file server perhaps.
constexpr Duration answer_limit = std::chrono::minutes(10);

json options_of(const TableOptions& options) {
  return {{"format", name_of(options.format)},
          {"delimiter", std::string(1, options.delimiter)},
          {"encoding", name_of(options.encoding)},
          {"header", name_of(options.header)},
          {"support_multi_line", options.support_multi_line},
          {"empty_as_string", options.empty_as_string},
          {"include_path_column", options.include_path_column},
          {"columns", options.columns},
          {"dropped_columns", options.dropped_columns},
          {"dtypes", options.dtypes},
          {"on_type_error", name_of(options.on_type_error)},
          {"dataset", options.dataset}};
}

/// What prs_table_schema.py is asked; it finds each sample's records, or the columns of an HDF5 file, in a file of
/// `folder`, and reads Parquet itself.
std::string request_of(const RunConfig& config, const ScriptSettings& settings, const std::vector<TableSample>& samples,
                       const TemporaryFolder& folder) {
  json inputs = json::array();
  for (const InputConfig& input : config.inputs) {
    json options = options_of(*input.table);
    options["unnamed_columns"] = input.mltable.empty() ? "numbers" : "Column";
    inputs.push_back({{"options", std::move(options)}, {"samples", json::array()}});
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const TableSample& sample = samples[i];
    std::string file = sample.path;
    if (config.inputs[sample.input].table->format != TableFormat::parquet)
      write_file_atomically(file = folder.file("sample" + std::to_string(i)), sample.records);
    json& list = inputs[sample.input]["samples"];
    list.push_back(
        {{"path", latin1(sample.path)}, {"file", latin1(file)}, {"begin", sample.begin}, {"header", nullptr}});
    if (!sample.header.empty()) list.back()["header"] = latin1(sample.header);
  }
  json keys = json::array();
  for (const PartitionKey& key : settings.partition_keys)
    keys.push_back(
        {{"name", key.name}, {"dtype", key.is_date ? "datetime64[ns]" : "str"}, {"is_chosen", key.is_chosen}});
  const json request{{"inputs", std::move(inputs)}, {"partition_keys", std::move(keys)}};
  return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool has_tables(const RunConfig& config) {
  return !config.inputs.empty() && config.inputs.front().table.has_value();
}

std::string ask_schema(const RunConfig& config, const Plan& plan, const ScriptSettings& settings) {
  const TemporaryFolder folder("/tmp");  // which containers share with their host
  const std::string request = folder.file("request");
  write_file_atomically(request, request_of(config, settings, sample_tables(plan, settings), folder));
  return ask_python({"prs_table_schema.py",
                     {request},
                     "the columns of the inputs could not be settled",
                     Clock::now() + answer_limit},
                    settings)
      .dump();
}

}  // namespace

std::string settle_table_schema(const RunConfig& config, const Plan& plan, const Interpreter& interpreter) {
  if (!has_tables(config)) return {};
  return ask_schema(config, plan, foreground_settings(config, interpreter, config.run_folder()));
}

std::string table_schema_of_run(const RunConfig& config, const Plan& plan, const Interpreter& interpreter,
                                const RunFolder& folder) {
  if (!has_tables(config)) return {};
  if (std::filesystem::exists(folder.table_schema())) return read_file(folder.table_schema());
  const std::string schema = settle_table_schema(config, plan, interpreter);
  write_file_atomically(folder.table_schema(), schema);
  return schema;
}

std::string table_options_text(const RunConfig& config) {
  if (!has_tables(config)) return {};
  json inputs = json::object();
  for (const InputConfig& input : config.inputs) inputs[input.name] = options_of(*input.table);
  return inputs.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace prs
