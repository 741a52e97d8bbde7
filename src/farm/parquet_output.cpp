#include "farm/parquet_output.hpp"

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

constexpr const char* program = "prs_parquet_output.py";
/// Behind the row groups stands what is said of each column of each, and then the mark.
constexpr std::uint64_t longest_look_bytes = 16 << 20;
constexpr std::string_view parquet_end = "PAR1";

std::string mark_of(std::uint64_t layout) {
  return "rows-" + std::to_string(layout) + ";";
}

/// The run was ended meanwhile.
struct Ended {};

}  // namespace

bool writes_parquet(const RunConfig& config) {
  return config.parallel.output_action == OutputAction::append_row &&
         row_format_of(config.parallel.append_row_file_name) == RowFormat::parquet;
}

void require_pyarrow(const RunConfig& config, const Interpreter& interpreter) {
  ask_python({program,
              {"check"},
              "whether there is pyarrow could not be found out",
              Clock::now() + duration_of(config.parallel.init_timeout),
              "append_row_file_name"},
             foreground_settings(config, interpreter, RunFolder{config.output}));
}

bool make_parquet_file(const ParquetToMake& file, const RunConfig& config, const Interpreter& interpreter,
                       const std::atomic<bool>& is_ending) {
  const auto heed_end = [&is_ending] {
    if (is_ending) throw Ended();
  };
  try {
    ask_python({program,
                {"write", file.rows_path, file.path, mark_of(file.layout)},
                "the Parquet file could not be made",
                TimePoint::max(),
                "the output",
                heed_end},
               foreground_settings(config, interpreter, RunFolder{config.output}));
  } catch (const UserError& error) {  // nothing that the configuration could have said better
    throw InfrastructureError(std::string(error.what()) + "; once the cause is gone, the same command goes on");
  } catch (const Ended&) {
    return false;
  }
  return true;
}

bool is_parquet_file_of(const std::string& path, std::uint64_t layout) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  const std::uint64_t length = stamp_of(fd.get(), path).length_bytes;
  std::string end(static_cast<std::size_t>(std::min(length, longest_look_bytes)), '\0');
  end.resize(pread_some(fd.get(), end, length - end.size(), path));
  return end.ends_with(parquet_end) && end.find(mark_of(layout)) != std::string::npos;
}

}  // namespace prs
