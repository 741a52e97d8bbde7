#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace prs {

/// What `mini_batch_size` asks for, where rows are cut by their number (rule 3.2).
struct RowsWanted {
  std::uint64_t amount = 1;  ///< at least 1
  bool is_bytes = false;     ///< it had a unit; else it is a number of rows
};

/// How many rows one mini-batch of a file has, at least one. A number of rows is kept as it is. A size in bytes is
/// about reached: with rows in chunks it is a whole number of chunks where one fits, so that no chunk is decompressed
/// twice. `chunk_rows`: 0 where there are none.
std::uint64_t rows_per_mini_batch(RowsWanted wanted, std::uint64_t bytes_per_row, std::uint64_t chunk_rows);

/// The mini-batches of files whose rows are counted: no mini-batch crosses a file (rule 3.2). Pure.
class RowCut {
 public:
  struct Piece {
    std::size_t file = 0;
    std::uint64_t begin = 0, end = 0;  ///< rows
    bool operator==(const Piece&) const = default;
  };

  /// The next file; one without rows has no mini-batch.
  void add_file(std::uint64_t rows, std::uint64_t rows_per_mini_batch);
  std::uint64_t mini_batch_count() const { return mini_batch_count_; }
  Piece piece_of(std::uint64_t mini_batch) const;

 private:
  struct File {
    std::uint64_t rows = 0, rows_per_mini_batch = 1;
    std::uint64_t first_mini_batch = 0;
  };
  std::vector<File> files_;
  std::uint64_t mini_batch_count_ = 0;
};

}  // namespace prs
