#include "dataset/row_cut.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(RowCut, ANumberOfRowsIsKeptAndASizeInBytesIsAboutReached) {
  EXPECT_EQ(rows_per_mini_batch({7, false}, 1000, 100), 7u);
  EXPECT_EQ(rows_per_mini_batch({7, false}, 0, 0), 7u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, 8, 0), 125u);
  EXPECT_EQ(rows_per_mini_batch({1, true}, 8, 0), 1u) << "at least one row";
  EXPECT_EQ(rows_per_mini_batch({1000, true}, 0, 0), 1000u) << "a row without bytes";
  EXPECT_EQ(rows_per_mini_batch({UINT64_MAX, true}, 1, 0), UINT64_MAX);
}

TEST(RowCut, ASizeInBytesTakesWholeChunksWhereOneFits) {
  EXPECT_EQ(rows_per_mini_batch({1000, true}, 8, 50), 100u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, 8, 125), 125u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, 8, 126), 125u);
}

TEST(RowCut, EachRowOfEachFileIsInExactlyOnePieceAndNoPieceCrossesAFile) {
  const std::vector<std::uint64_t> rows = {0, 7, 3, 0, 0, 1, 12, 0};
  for (std::uint64_t size = 1; size <= 13; ++size) {
    RowCut cut;
    for (const std::uint64_t count : rows) cut.add_file(count, size);
    std::size_t file = 0;
    std::uint64_t row = 0;
    for (std::uint64_t i = 0; i < cut.mini_batch_count(); ++i) {
      const RowCut::Piece piece = cut.piece_of(i);
      while (file < rows.size() && row == rows[file]) ++file, row = 0;
      EXPECT_EQ(piece, (RowCut::Piece{file, row, std::min(row + size, rows[file])})) << size << " " << i;
      row = piece.end;
    }
    while (file < rows.size() && row == rows[file]) ++file, row = 0;
    EXPECT_EQ(file, rows.size()) << size;
  }
}

TEST(RowCut, HugeNumbersDoNotOverflow) {
  RowCut cut;
  cut.add_file(UINT64_MAX, UINT64_MAX / 2);
  EXPECT_EQ(cut.mini_batch_count(), 3u);
  EXPECT_EQ(cut.piece_of(2), (RowCut::Piece{0, UINT64_MAX - 1, UINT64_MAX}));
  cut = {};
  cut.add_file(10, UINT64_MAX);
  EXPECT_EQ(cut.piece_of(0), (RowCut::Piece{0, 0, 10}));
}

}  // namespace
}  // namespace prs
