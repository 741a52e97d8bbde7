#include "dataset/row_group_cut.hpp"

#include <algorithm>

#include "support/errors.hpp"

namespace prs {
namespace {

/// Rows are items, which are counted in 32 bits.
constexpr std::uint64_t most_rows = std::uint64_t{1} << 30;

/// At least so many parts are wanted of `rows` rows. Not each number can be had with parts of one size.
std::uint64_t parts_of_one_size(std::uint64_t rows, std::uint64_t parts) {
  const std::uint64_t rows_of_a_part = (rows - 1) / std::min(parts, rows) + 1;
  return (rows - 1) / rows_of_a_part + 1;
}

}  // namespace

bool RowGroupCut::add_file(std::uint64_t path_begin, std::span<const RowGroup> groups, std::uint64_t most_bytes) {
  PRS_INVARIANT(most_bytes >= 1);
  const File file{path_begin, 0, mini_batch_count_, stretches_.size()};
  std::uint64_t first_row = 0, rows = 0, bytes = 0;
  const auto close = [&] {
    if (rows > 0) add_stretch(first_row, rows, bytes, most_bytes);
    first_row += rows;
    rows = bytes = 0;
  };
  for (const RowGroup& group : groups) {
    const bool has_room = rows == 0 || (group.bytes <= most_bytes && bytes <= most_bytes - group.bytes &&
                                        group.rows <= most_rows && rows <= most_rows - group.rows);
    if (!has_room) close();
    rows += group.rows;
    bytes += group.bytes;
    bytes_ += group.bytes;
  }
  close();
  if (first_row == 0) return false;
  if (stretches_.size() == file.first_stretch + 1) stretches_.truncate(file.first_stretch);
  files_.push({file.path_begin, first_row, file.first_mini_batch, file.first_stretch});
  return true;
}

void RowGroupCut::add_stretch(std::uint64_t first_row, std::uint64_t rows, std::uint64_t bytes,
                              std::uint64_t most_bytes) {
  stretches_.push({first_row, mini_batch_count_});
  const std::uint64_t parts = std::max(bytes / most_bytes + (bytes % most_bytes != 0), rows / most_rows + 1);
  mini_batch_count_ += parts_of_one_size(rows, parts);
}

void RowGroupCut::add_unreadable_file(std::uint64_t path_begin) {
  files_.push({path_begin, 0, mini_batch_count_, stretches_.size()});
  ++mini_batch_count_;
}

void RowGroupCut::shrink_to_fit() {
  files_.shrink_to_fit();
  stretches_.shrink_to_fit();
}

RowGroupCut::Piece RowGroupCut::piece_of(std::uint64_t mini_batch) const {
  PRS_INVARIANT(mini_batch < mini_batch_count_);
  const File* const files_end = files_.data() + files_.size();
  const File* const behind =
      std::upper_bound(files_.data(), files_end, mini_batch,
                       [](std::uint64_t value, const File& other) { return value < other.first_mini_batch; });
  const File& file = *(behind - 1);
  const Stretch* const stretches = stretches_.data() + file.first_stretch;
  const Stretch* const stretches_end =
      stretches_.data() + (behind == files_end ? stretches_.size() : behind->first_stretch);
  // The stretch that the mini-batch is of, and what follows it.
  Stretch own{0, file.first_mini_batch};
  Stretch next{file.rows, behind == files_end ? mini_batch_count_ : behind->first_mini_batch};
  if (stretches != stretches_end) {
    const Stretch* const after =
        std::upper_bound(stretches, stretches_end, mini_batch,
                         [](std::uint64_t value, const Stretch& other) { return value < other.first_mini_batch; });
    own = *(after - 1);
    if (after != stretches_end) next = *after;
  }
  if (file.rows == 0) return {file.path_begin, 0, 0};
  const std::uint64_t parts = next.first_mini_batch - own.first_mini_batch;
  const std::uint64_t rows = (next.first_row - own.first_row - 1) / parts + 1;
  const std::uint64_t begin = own.first_row + (mini_batch - own.first_mini_batch) * rows;
  return {file.path_begin, begin, std::min(begin + rows, next.first_row)};
}

void RowGroupCut::add_to(Fingerprint& fingerprint) const {
  fingerprint.add_number(files_.size()).add_number(stretches_.size());
  for (std::size_t i = 0; i < files_.size(); ++i)
    fingerprint.add_number(files_[i].rows).add_number(files_[i].first_mini_batch);
  for (std::size_t i = 0; i < stretches_.size(); ++i)
    fingerprint.add_number(stretches_[i].first_row).add_number(stretches_[i].first_mini_batch);
}

}  // namespace prs
