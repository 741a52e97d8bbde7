#include "dataset/row_cut.hpp"

#include <algorithm>

#include "support/errors.hpp"

namespace prs {

std::uint64_t rows_per_mini_batch(RowsWanted wanted, std::uint64_t bytes_per_row, std::uint64_t chunk_rows) {
  PRS_INVARIANT(wanted.amount >= 1);
  if (!wanted.is_bytes) return wanted.amount;
  const std::uint64_t rows = std::max<std::uint64_t>(wanted.amount / std::max<std::uint64_t>(bytes_per_row, 1), 1);
  if (chunk_rows == 0 || rows < chunk_rows) return rows;
  return rows / chunk_rows * chunk_rows;
}

void RowCut::add_file(std::uint64_t rows, std::uint64_t rows_per_mini_batch) {
  PRS_INVARIANT(rows_per_mini_batch >= 1);
  files_.push_back({rows, rows_per_mini_batch, mini_batch_count_});
  mini_batch_count_ += rows / rows_per_mini_batch + (rows % rows_per_mini_batch != 0);
}

RowCut::Piece RowCut::piece_of(std::uint64_t mini_batch) const {
  PRS_INVARIANT(mini_batch < mini_batch_count_);
  // The last file that begins at or before it: files without rows begin where the next one does.
  const auto behind =
      std::upper_bound(files_.begin(), files_.end(), mini_batch,
                       [](std::uint64_t value, const File& candidate) { return value < candidate.first_mini_batch; });
  const File& file = *(behind - 1);
  const std::uint64_t begin = (mini_batch - file.first_mini_batch) * file.rows_per_mini_batch;
  const std::uint64_t rows = std::min(file.rows_per_mini_batch, file.rows - begin);
  return {static_cast<std::size_t>(behind - 1 - files_.begin()), begin, begin + rows};
}

}  // namespace prs
