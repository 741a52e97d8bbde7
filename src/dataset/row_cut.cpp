#include "dataset/row_cut.hpp"

#include <algorithm>

#include "support/errors.hpp"

namespace prs {
namespace {

/// Rows are items, which are counted in 32 bits.
constexpr std::uint64_t most_rows = std::uint64_t{1} << 30;

}  // namespace

std::uint64_t rows_per_mini_batch(RowsWanted wanted, const CountedRows& file) {
  PRS_INVARIANT(wanted.amount >= 1);
  if (!wanted.is_bytes) return std::min(wanted.amount, most_rows);
  const std::uint64_t wanted_rows = wanted.amount / std::max<std::uint64_t>(file.bytes_per_row, 1);
  const std::uint64_t rows = std::clamp<std::uint64_t>(wanted_rows, 1, most_rows);
  if (file.chunk_rows == 0 || rows < file.chunk_rows) return rows;
  return rows / file.chunk_rows * file.chunk_rows;
}

bool RowCut::add_file(std::uint64_t path_begin, const CountedRows& file, RowsWanted wanted) {
  if (!file.problem.empty()) {
    files_.push({path_begin, 0, 1, mini_batch_count_++});
    return true;
  }
  if (file.rows == 0) return false;
  const std::uint64_t rows = rows_per_mini_batch(wanted, file);
  files_.push({path_begin, file.rows, rows, mini_batch_count_});
  mini_batch_count_ += (file.rows - 1) / rows + 1;
  bytes_ += file.rows * file.bytes_per_row;
  return true;
}

RowCut::Piece RowCut::piece_of(std::uint64_t mini_batch) const {
  PRS_INVARIANT(mini_batch < mini_batch_count_);
  const File* const behind =
      std::upper_bound(files_.data(), files_.data() + files_.size(), mini_batch,
                       [](std::uint64_t value, const File& candidate) { return value < candidate.first_mini_batch; });
  const File& file = *(behind - 1);
  const std::uint64_t begin = (mini_batch - file.first_mini_batch) * file.rows_per_mini_batch;
  return {file.path_begin, begin, begin + std::min(file.rows_per_mini_batch, file.rows - begin)};
}

void RowCut::add_to(Fingerprint& fingerprint) const {
  fingerprint.add_number(files_.size());
  for (std::size_t i = 0; i < files_.size(); ++i)
    fingerprint.add_number(files_[i].rows).add_number(files_[i].rows_per_mini_batch);
}

}  // namespace prs
