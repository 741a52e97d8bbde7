#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "config/run_config.hpp"
#include "script/interpreter.hpp"

namespace prs {

/// Whether the run's rows go into a file of columns with types, Parquet or HDF5 (rule 5.2). Bytes behind bytes do not
/// make one: it is made of all rows at the end.
bool writes_columns(const RunConfig& config);
/// Throws UserError where the user's interpreter has not the package that makes columns (rule 4.7).
void require_column_package(const RunConfig& config, const Interpreter& interpreter);

/// A file of columns and what it is made of.
struct ColumnsToMake {
  std::string rows_path;     ///< the header line and the rows of all mini-batches, as workers put them together
  std::string path;          ///< what is written, and not synced
  std::uint64_t layout = 0;  ///< identity of the rows, kept as a mark in the file
};
/// Has it made in a process of its own: a Parquet file by the user's own pyarrow, an HDF5 file by a program of ours
/// (rule 1.2). False: `is_ending` came true before it was whole. Throws InfrastructureError where it cannot be made.
/// Source: script/python/prs_parquet_output.py, loader/hdf5_output.hpp.
bool make_column_file(const ColumnsToMake& file, const RunConfig& config, const Interpreter& interpreter,
                      const std::atomic<bool>& is_ending);
/// Whether a file of this format has that mark in its place: this run wrote it, of the rows of this layout. Throws
/// InfrastructureError where it cannot be read.
bool is_column_file_of(const std::string& path, std::uint64_t layout);

}  // namespace prs
