#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "dataset/fingerprint.hpp"
#include "dataset/growing_array.hpp"

namespace prs {

/// What `mini_batch_size` asks for, where rows are cut by their number (rule 3.2).
struct RowsWanted {
  std::uint64_t amount = 1;  ///< at least 1
  bool is_bytes = false;     ///< it had a unit; else it is a number of rows
};

/// What was found out of the rows of one file, before any is read.
struct CountedRows {
  std::uint64_t rows = 0;
  std::uint64_t bytes_per_row = 0;  ///< about, uncompressed
  std::uint64_t chunk_rows = 0;     ///< that lie in one chunk; 0: not in chunks
  std::string problem = {};         ///< names the file and why it cannot be read; the numbers mean nothing then
};

/// Counts the rows of the files of one input, which no rank may do itself. `paths`: each followed by a NUL. Calls
/// `on_file` for each, in order.
using CountRows = std::function<void(std::uint32_t input, std::string_view paths,
                                     const std::function<void(const CountedRows&)>& on_file)>;

/// How many rows one mini-batch of a file has, at least one. A number of rows is kept as it is, but for what cannot be
/// counted as items. A size in bytes is about reached: with rows in chunks it is a whole number of chunks where one
/// fits, so that no chunk is decompressed twice.
std::uint64_t rows_per_mini_batch(RowsWanted wanted, const CountedRows& file);

/// The mini-batches of files whose rows are counted: no mini-batch crosses a file (rule 3.2). Pure. Holds 32 bytes for
/// each file.
class RowCut {
 public:
  /// Rows of one file; without any: of a file that cannot be read.
  struct Piece {
    std::uint64_t path_begin = 0;  ///< as the file was added with
    std::uint64_t begin = 0, end = 0;
    bool operator==(const Piece&) const = default;
  };

  /// The next file. One without rows has no mini-batch; false then. One that cannot be read has one, so that its tries
  /// tell what is wrong with it.
  bool add_file(std::uint64_t path_begin, const CountedRows& file, RowsWanted wanted);
  void shrink_to_fit() { files_.shrink_to_fit(); }

  std::uint64_t mini_batch_count() const { return mini_batch_count_; }
  std::uint64_t file_count() const { return files_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  Piece piece_of(std::uint64_t mini_batch) const;
  void add_to(Fingerprint& fingerprint) const;
  std::size_t memory_bytes() const { return files_.memory_bytes(); }

 private:
  struct File {
    std::uint64_t path_begin = 0;
    std::uint64_t rows = 0, rows_per_mini_batch = 1;
    std::uint64_t first_mini_batch = 0;
  };
  GrowingArray<File> files_;
  std::uint64_t mini_batch_count_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace prs
