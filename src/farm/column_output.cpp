#include "farm/column_output.hpp"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "farm/host_settings.hpp"
#include "farm/python_question.hpp"
#include "model/row_format.hpp"
#include "support/errors.hpp"
#include "support/file_stamp.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// Behind the row groups stands what is said of each column of each, and then the mark.
constexpr std::uint64_t longest_look_bytes = 16 << 20;
constexpr std::string_view parquet_end = "PAR1";
/// The root group comes first, and what is said of it.
constexpr std::uint64_t hdf5_look_bytes = 64 << 10;
constexpr std::string_view hdf5_begin = "\x89HDF\r\n\x1a\n";

std::string mark_of(std::uint64_t layout) {
  return "rows-" + std::to_string(layout) + ";";
}

RowFormat format_of(const RunConfig& config) {
  return row_format_of(config.parallel.append_row_file_name);
}

/// At most so many bytes: the file's first ones, or its last.
std::string bytes_of(const std::string& path, std::uint64_t most, bool is_of_end) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  const std::uint64_t length = stamp_of(fd.get(), path).length_bytes;
  std::string bytes(static_cast<std::size_t>(std::min(length, most)), '\0');
  bytes.resize(pread_some(fd.get(), bytes, is_of_end ? length - bytes.size() : 0, path));
  return bytes;
}

/// The run was ended meanwhile.
struct Ended {};

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
             foreground_settings(config, interpreter, RunFolder{config.output}));
}

bool make_column_file(const ColumnsToMake& file, const RunConfig& config, const Interpreter& interpreter,
                      const std::atomic<bool>& is_ending) {
  const auto heed_end = [&is_ending] {
    if (is_ending) throw Ended();
  };
  const bool is_parquet = format_of(config) == RowFormat::parquet;
  const ProgramQuestion question{is_parquet ? "prs_parquet_output.py" : hdf5_output_program(),
                                 {file.rows_path, file.path, mark_of(file.layout)},
                                 is_parquet ? "the Parquet file could not be made" : "the HDF5 file could not be made",
                                 TimePoint::max(),
                                 "the output",
                                 heed_end};
  const ScriptSettings settings = foreground_settings(config, interpreter, RunFolder{config.output});
  try {
    is_parquet ? ask_python(question, settings) : ask_program(question, settings);
  } catch (const UserError& error) {  // nothing that the configuration could have said better
    throw InfrastructureError(std::string(error.what()) + "; once the cause is gone, the same command goes on");
  } catch (const Ended&) {
    return false;
  }
  return true;
}

bool is_column_file_of(const std::string& path, std::uint64_t layout) {
  const bool is_parquet = row_format_of(path) == RowFormat::parquet;
  const std::string bytes = bytes_of(path, is_parquet ? longest_look_bytes : hdf5_look_bytes, is_parquet);
  const bool is_of_format = is_parquet ? bytes.ends_with(parquet_end) : bytes.starts_with(hdf5_begin);
  return is_of_format && bytes.find(mark_of(layout)) != std::string::npos;
}

}  // namespace prs
