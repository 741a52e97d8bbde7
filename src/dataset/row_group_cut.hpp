#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "dataset/fingerprint.hpp"
#include "dataset/growing_array.hpp"

namespace prs {

/// What the footer of a Parquet file says of one of its row groups.
struct RowGroup {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< about, as they lie in the file
};

/// What the footer of a Parquet file says.
struct Footer {
  std::span<const RowGroup> groups;
  bool is_readable = true;
};

/// Reads the footers of Parquet files, which no rank may do itself. `paths`: each followed by a NUL. Calls `on_file`
/// for each, in order.
using ReadFooters = std::function<void(std::string_view paths, const std::function<void(const Footer&)>& on_file)>;

/// The mini-batches of files that have their rows in groups (rules 3.2, 3.4). Groups are taken whole, several small
/// ones together, up to a size in bytes; one that is larger is cut by rows into parts of one size. No mini-batch
/// crosses a file. Pure. Holds 32 bytes for each file, and 16 for each stretch of a file that has several.
class RowGroupCut {
 public:
  /// Rows of one file; without any: of a file that cannot be read.
  struct Piece {
    std::uint64_t path_begin = 0;  ///< as the file was added with
    std::uint64_t begin = 0, end = 0;
  };

  /// The next file. One without rows has no mini-batch; false then. `most_bytes`: what a mini-batch shall have.
  bool add_file(std::uint64_t path_begin, std::span<const RowGroup> groups, std::uint64_t most_bytes);
  /// One mini-batch, so that its tries tell what is wrong with it.
  void add_unreadable_file(std::uint64_t path_begin);
  void shrink_to_fit();

  std::uint64_t mini_batch_count() const { return mini_batch_count_; }
  std::uint64_t file_count() const { return files_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  Piece piece_of(std::uint64_t mini_batch) const;
  void add_to(Fingerprint& fingerprint) const;
  std::size_t memory_bytes() const { return files_.memory_bytes() + stretches_.memory_bytes(); }

 private:
  struct File {
    std::uint64_t path_begin = 0;
    std::uint64_t rows = 0;
    std::uint64_t first_mini_batch = 0;
    std::uint64_t first_stretch = 0;  ///< in `stretches_`, where a file with one stretch has none
  };
  /// Rows that are cut into mini-batches of one size, the last one shorter; up to the next stretch of the file.
  struct Stretch {
    std::uint64_t first_row = 0;
    std::uint64_t first_mini_batch = 0;
  };
  void add_stretch(std::uint64_t first_row, std::uint64_t rows, std::uint64_t bytes, std::uint64_t most_bytes);

  GrowingArray<File> files_;
  GrowingArray<Stretch> stretches_;
  std::uint64_t mini_batch_count_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace prs
