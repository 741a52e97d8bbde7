#include "dataset/row_cut.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(RowCut, ANumberOfRowsIsKeptAndASizeInBytesIsAboutReached) {
  EXPECT_EQ(rows_per_mini_batch({7, false}, {9, 1000, 100}), 7u);
  EXPECT_EQ(rows_per_mini_batch({7, false}, {9, 0, 0}), 7u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, {9, 8, 0}), 125u);
  EXPECT_EQ(rows_per_mini_batch({1, true}, {9, 8, 0}), 1u) << "at least one row";
  EXPECT_EQ(rows_per_mini_batch({1000, true}, {9, 0, 0}), 1000u) << "a row without bytes";
  for (const bool is_bytes : {false, true})
    EXPECT_EQ(rows_per_mini_batch({UINT64_MAX, is_bytes}, {9, 1, 0}), 1u << 30) << "rows are items";
}

TEST(RowCut, ASizeInBytesTakesWholeChunksWhereOneFits) {
  EXPECT_EQ(rows_per_mini_batch({1000, true}, {9, 8, 50}), 100u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, {9, 8, 125}), 125u);
  EXPECT_EQ(rows_per_mini_batch({1000, true}, {9, 8, 126}), 125u);
}

TEST(RowCut, EachRowOfEachFileIsInExactlyOnePieceAndNoPieceCrossesAFile) {
  const std::vector<std::uint64_t> rows = {0, 7, 3, 0, 0, 1, 12, 0};
  for (std::uint64_t size = 1; size <= 13; ++size) {
    RowCut cut;
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(cut.add_file(10 * i, {rows[i], 1, 0}, {size, false}), rows[i] > 0);
    std::size_t file = 0;
    std::uint64_t row = 0;
    for (std::uint64_t i = 0; i < cut.mini_batch_count(); ++i) {
      const RowCut::Piece piece = cut.piece_of(i);
      while (file < rows.size() && row == rows[file]) ++file, row = 0;
      EXPECT_EQ(piece, (RowCut::Piece{10 * file, row, std::min(row + size, rows[file])})) << size << " " << i;
      row = piece.end;
    }
    while (file < rows.size() && row == rows[file]) ++file, row = 0;
    EXPECT_EQ(file, rows.size()) << size;
  }
}

TEST(RowCut, HugeNumbersDoNotOverflow) {
  RowCut cut;
  cut.add_file(0, {UINT64_MAX, 1, 0}, {UINT64_MAX, false});
  EXPECT_EQ(cut.mini_batch_count(), std::uint64_t{1} << 34);
  EXPECT_EQ(cut.piece_of(cut.mini_batch_count() - 1).end, UINT64_MAX);
  cut = {};
  cut.add_file(0, {10, 1, 0}, {UINT64_MAX, false});
  EXPECT_EQ(cut.piece_of(0), (RowCut::Piece{0, 0, 10}));
}

TEST(RowCut, AFileThatCannotBeReadIsOneMiniBatchWithoutRows) {
  RowCut cut;
  cut.add_file(0, {5, 4, 0}, {3, false});
  EXPECT_TRUE(cut.add_file(7, {0, 0, 0, "/a: is no HDF5 file"}, {3, false}));
  cut.add_file(9, {2, 4, 0}, {3, false});
  EXPECT_EQ(cut.mini_batch_count(), 4u);
  EXPECT_EQ(cut.piece_of(2), (RowCut::Piece{7, 0, 0}));
  EXPECT_EQ(cut.piece_of(3), (RowCut::Piece{9, 0, 2}));
  EXPECT_EQ(cut.bytes(), 28u);
}

TEST(RowCut, OtherRowsOrAnotherSizeMakeAnotherFingerprint) {
  const auto fingerprint_of = [](const CountedRows& file, RowsWanted wanted) {
    RowCut cut;
    cut.add_file(0, file, wanted);
    Fingerprint fingerprint;
    cut.add_to(fingerprint);
    return fingerprint.value();
  };
  const auto one = fingerprint_of({100, 8, 0}, {10, false});
  EXPECT_EQ(one, fingerprint_of({100, 9, 5}, {10, false}));
  for (const auto other : {fingerprint_of({101, 8, 0}, {10, false}), fingerprint_of({100, 8, 0}, {11, false}),
                           fingerprint_of({100, 8, 0}, {10, true}), fingerprint_of({0, 0, 0, "x"}, {10, false})})
    EXPECT_NE(one, other);
}

}  // namespace
}  // namespace prs
