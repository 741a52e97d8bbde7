#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/run_config.hpp"
#include "farm/disk_work.hpp"
#include "farm/master.hpp"
#include "output/assembly.hpp"
#include "output/run_lease.hpp"
#include "script/interpreter.hpp"
#include "support/errors.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// Whether the run's rows become columns with types, Parquet or HDF5 (rule 5.2). Bytes behind bytes do not make these:
/// they are made of all rows at the end.
bool writes_columns(const RunConfig& config);
/// Throws UserError where the user's interpreter has not the package that makes columns (rule 4.7).
void require_column_package(const RunConfig& config, const Interpreter& interpreter);
/// What the program says that makes them, with what to do.
InfrastructureError columns_not_made(const UserError& error);
/// Kept in a file of columns: which rows it was made of, by the identity of their layout.
std::string mark_of_rows(std::uint64_t layout);
/// Whether the output of that name has that mark in its place: this run wrote it, of the rows of this layout. Throws
/// InfrastructureError where it cannot be read.
bool is_column_output_of(const std::string& path, std::uint64_t layout);

/// The output with typed columns, made of the rows that the workers have put together. Rank 0's.
class ColumnOutput {
 public:
  struct Parts {
    const RunConfig& config;
    const Interpreter& interpreter;
    RunLease& lease;
    Master& master;
    DiskWork& disk;
  };
  /// What it is made of.
  struct Rows {
    std::string path;  ///< of the header line and the rows of all mini-batches
    const AssemblyLayout& layout;
    AssemblyLayout::Stretches stretches;
  };

  virtual ~ColumnOutput() = default;
  /// Makes it, still without its name; its length in bytes. None: the run was ended before it was whole. Throws
  /// InfrastructureError where it cannot be made.
  virtual std::optional<std::uint64_t> make(const Rows& rows) = 0;
  /// Syncs it and gives it its name. See FinalFile::finish().
  virtual FileStamp finish(const std::optional<FileStamp>& replaceable) = 0;
  /// Of earlier leases: what they have begun of it.
  virtual void remove_leftovers() const = 0;
};
/// None: the rows become no columns.
std::unique_ptr<ColumnOutput> make_column_output(const std::string& path, const ColumnOutput::Parts& parts);

}  // namespace prs
