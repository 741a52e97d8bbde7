#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "config/run_config.hpp"
#include "script/interpreter.hpp"

namespace prs {

/// Whether the run's rows go into a Parquet file (rule 5.2).
bool writes_parquet(const RunConfig& config);
/// Throws UserError where the user's interpreter has no pyarrow (rule 4.7).
void require_pyarrow(const RunConfig& config, const Interpreter& interpreter);

/// A Parquet file and what it is made of.
struct ParquetToMake {
  std::string rows_path;     ///< the header line and the rows of all mini-batches, as workers put them together
  std::string path;          ///< what is written, and not synced
  std::uint64_t layout = 0;  ///< identity of the rows, kept as a mark in the footer
};
/// Has the user's own pyarrow make it, in a process of its own (rule 1.2). False: `is_ending` came true before it was
/// whole. Throws InfrastructureError where it cannot be made. Source: script/python/prs_parquet_output.py.
bool make_parquet_file(const ParquetToMake& file, const RunConfig& config, const Interpreter& interpreter,
                       const std::atomic<bool>& is_ending);
/// Whether a Parquet file has that mark in its footer: this run wrote it, of the rows of this layout. Throws
/// InfrastructureError where it cannot be read.
bool is_parquet_file_of(const std::string& path, std::uint64_t layout);

}  // namespace prs
