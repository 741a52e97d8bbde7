#pragma once

#include <cstddef>

namespace prs {

/// Memory that rows are read into: another process's too. The reader knows only when it is done how much it needs.
class Hdf5Memory {
 public:
  virtual ~Hdf5Memory() = default;
  /// Makes it this long. What it held stays, and what is new is zero. Returns its first byte, which is at a multiple of
  /// 64 and may be another than before. Throws where there is no memory.
  virtual char* resize(std::size_t bytes) = 0;
};

// What read_rows (hdf5_table.hpp) leaves in it, and prs_hdf5.py reads:
//
//   blocks        each at a multiple of 64 bytes, in this machine's byte order
//   directory     JSON, UTF-8: {"kind": "table" or "array", "rows": n, "columns": [ … ]}, and blanks, so that the
//                 whole is a multiple of 64 bytes, and another may follow
//   its length    8 bytes, little-endian
//   "PRSHDF5\x01" magic and version: the last 8 bytes
//
// A column is {"name", "dtype", "shape", "offset", "bytes"}. `dtype` is numpy's; `shape` is that of one row, empty in a
// table. The block has the values of all rows. With dtype "str" it has rows + 1 numbers of 64 bits, where each text
// begins and the last one ends in a second block, "text_offset" and "text_bytes", which has the texts without a mark
// between them. An array has one column, without a name.

inline constexpr std::size_t hdf5_block_alignment_bytes = 64;
inline constexpr char hdf5_memory_magic[] = "PRSHDF5\x01";

}  // namespace prs
