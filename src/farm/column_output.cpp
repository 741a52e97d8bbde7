#include "farm/column_output.hpp"

#include <nlohmann/json.hpp>

#include "farm/hdf5_output.hpp"
#include "farm/host_settings.hpp"
#include "farm/parquet_output.hpp"
#include "farm/python_question.hpp"
#include "model/row_format.hpp"

namespace prs {
namespace {

RowFormat format_of(const RunConfig& config) {
  return row_format_of(config.parallel.append_row_file_name);
}

}  // namespace

bool writes_columns(const RunConfig& config) {
  return config.parallel.output_action == OutputAction::append_row && has_typed_columns(format_of(config));
}

void require_column_package(const RunConfig& config, const Interpreter& interpreter) {
  const bool is_parquet = format_of(config) == RowFormat::parquet;
  ask_python({"prs_row_package.py",
              {is_parquet ? ".parquet" : ".h5", is_parquet ? "pyarrow.parquet" : "pandas"},
              "whether there is what makes columns could not be found out",
              Clock::now() + duration_of(config.parallel.init_timeout),
              "append_row_file_name"},
             foreground_settings(config, interpreter, config.run_folder()));
}

InfrastructureError columns_not_made(const UserError& error) {  // nothing that the configuration could have said better
  return InfrastructureError(std::string(error.what()) + "; once the cause is gone, the same command goes on");
}

std::string mark_of_rows(std::uint64_t layout) {
  return "rows-" + std::to_string(layout) + ";";
}

bool is_column_output_of(const std::string& path, std::uint64_t layout) {
  return row_format_of(path) == RowFormat::parquet ? is_parquet_output_of(path, layout)
                                                   : is_hdf5_output_of(path, layout);
}

std::unique_ptr<ColumnOutput> make_column_output(const std::string& path, const ColumnOutput::Parts& parts) {
  if (!writes_columns(parts.config)) return nullptr;
  if (format_of(parts.config) == RowFormat::parquet) return std::make_unique<ParquetOutput>(path, parts);
  return std::make_unique<Hdf5Output>(path, parts);
}

}  // namespace prs
