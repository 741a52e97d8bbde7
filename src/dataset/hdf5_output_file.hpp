#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/hdf5_output_column.hpp"

namespace prs {

/// The HDF5 file of a run's rows (rule 5.2): one dataset for each column, in the root group, in their order. The same
/// rows make the same bytes. Every member throws InfrastructureError where the disk does not take them.
class Hdf5OutputFile {
 public:
  /// A file that is there already is emptied. `mark`: an attribute of the root group, near the beginning of the file.
  Hdf5OutputFile(const std::string& path, const std::string& mark, const std::vector<Hdf5ColumnPlan>& plans);
  /// See Hdf5OutputColumn::append.
  void append(std::size_t column, std::uint64_t rows, std::string_view data) { columns_.at(column).append(rows, data); }
  /// All rows were appended. Nothing is synced.
  void finish();

 private:
  std::string path_;
  Hdf5Handle file_;
  std::vector<Hdf5OutputColumn> columns_;
};

}  // namespace prs
