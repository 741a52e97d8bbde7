#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/hdf5_search.hpp"
#include "dataset/hdf5_table.hpp"
#include "dataset/hdf5_type.hpp"

namespace prs {

/// One column, and where its values are.
struct Hdf5ColumnSource {
  Hdf5Column column;
  Hdf5Type type;
  std::string dataset;           ///< path in the file
  std::string member = {};       ///< of its compound; empty: the dataset has nothing else
  std::uint64_t chunk_rows = 0;  ///< as Hdf5Dataset says

  std::uint64_t values_per_row() const;
};

struct Hdf5Columns {
  Hdf5Kind kind = Hdf5Kind::table;
  std::uint64_t rows = 0;
  std::vector<Hdf5ColumnSource> columns;
};

/// What is found, without those columns that the source does not want. Throws Hdf5Error.
Hdf5Columns hdf5_columns(hid_t file, const Hdf5Found& found, const Hdf5Source& source);

}  // namespace prs
