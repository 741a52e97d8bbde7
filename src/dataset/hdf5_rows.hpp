#pragma once

#include <cstdint>
#include <vector>

#include "dataset/hdf5_columns.hpp"

namespace prs {

/// A stretch of the rows of a table.
struct Hdf5RowRange {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t count() const { return end - begin; }
};

/// Where one column's values ended up.
struct Hdf5Block {
  std::uint64_t offset = 0, bytes = 0;            ///< the values; of text of any length where each begins
  std::uint64_t text_offset = 0, text_bytes = 0;  ///< of text of any length only
};

/// The blocks of these rows, in memory that is theirs (hdf5_memory.hpp).
class Hdf5Blocks {
 public:
  Hdf5Blocks(hid_t file, const Hdf5Place& place, Hdf5RowRange rows, Hdf5Memory& memory)
      : file_(file), place_(place), rows_(rows), memory_(memory) {}

  /// Reads all of them; one block for each column, in their order. Throws Hdf5Error, and what the memory throws.
  std::vector<Hdf5Block> read(const Hdf5Columns& columns);
  std::size_t used_bytes() const { return used_; }
  /// Puts these bytes behind the blocks; returns the whole length.
  std::size_t append(const std::string& bytes);

 private:
  std::uint64_t new_block(std::uint64_t bytes);
  void read_values(const Hdf5ColumnSource& source, const Hdf5Block& block);
  void read_members(const std::vector<Hdf5ColumnSource>& columns, const std::vector<Hdf5Block>& blocks);
  void read_texts(const Hdf5ColumnSource& source, Hdf5Block& block);

  hid_t file_;
  const Hdf5Place& place_;
  Hdf5RowRange rows_;
  Hdf5Memory& memory_;
  std::size_t used_ = 0;
  char* base_ = nullptr;
};

/// What the texts of these rows take, without reading more of the file than them. Throws Hdf5Error.
std::uint64_t hdf5_text_bytes(hid_t file, const Hdf5Place& place, const Hdf5ColumnSource& source, Hdf5RowRange rows);

}  // namespace prs
