#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/unique_fd.hpp"

namespace prs {

/// Reads the rows of a run as the tries made them for a row file that ends in .h5 (script/python/prs_hdf5_columns.py),
/// put together by the workers. The file is one line, a JSON object of names and types, and then blocks of rows:
///
///     "PRSCOLS\x01"       magic and version, 8 bytes
///     rows                8 bytes; all numbers are little-endian
///     of each column      bytes of one value, or of the longest text, 8; bytes of its data, 8
///     data, by columns    values behind values; of texts, the length of each in 4 bytes, then all of them
///
/// Every member throws InfrastructureError, also for bytes that are not so.
class ColumnBlocks {
 public:
  struct Column {
    std::string name, type;
  };
  struct Part {
    std::uint64_t longest_bytes = 0, bytes = 0;
  };

  explicit ColumnBlocks(const std::string& path);
  const std::vector<Column>& columns() const { return columns_; }
  /// Goes on to the next block; false: that was the last one.
  bool next();
  std::uint64_t rows() const { return rows_; }
  /// Of this block, by columns.
  const std::vector<Part>& parts() const { return parts_; }
  /// The data of this block's next column; valid until the next call.
  std::string_view take();
  /// next() gives the first block again.
  void rewind();

 private:
  std::string_view bytes_at(std::uint64_t offset_bytes, std::uint64_t bytes);
  void read_header();
  [[noreturn]] void refuse() const;

  std::string path_;
  UniqueFd file_;
  std::uint64_t length_bytes_ = 0;
  std::vector<Column> columns_;
  std::uint64_t first_block_ = 0, next_block_ = 0;  ///< offsets
  std::uint64_t rows_ = 0;
  std::vector<Part> parts_;
  std::size_t taken_ = 0;           ///< columns of this block
  std::uint64_t next_data_ = 0;     ///< offset
  std::string window_;              ///< bytes of the file
  std::uint64_t window_begin_ = 0;  ///< offset
};

}  // namespace prs
