// Row groups as mini-batches: every row of every file in exactly one, none of two files, small ones together, large
// ones cut, and little memory.
#include "dataset/row_group_cut.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace prs {
namespace {

using Groups = std::vector<RowGroup>;
using Rows = std::pair<std::uint64_t, std::uint64_t>;

std::vector<Rows> pieces_of(const Groups& groups, std::uint64_t most_bytes) {
  RowGroupCut cut;
  EXPECT_TRUE(cut.add_file(5, groups, most_bytes));
  std::vector<Rows> pieces;
  for (std::uint64_t i = 0; i < cut.mini_batch_count(); ++i) {
    EXPECT_EQ(cut.piece_of(i).path_begin, 5u);
    pieces.emplace_back(cut.piece_of(i).begin, cut.piece_of(i).end);
  }
  return pieces;
}

}  // namespace

TEST(RowGroupCut, TakesGroupsWholeAndSmallOnesTogether) {
  const Groups groups{{10, 100}, {10, 100}, {10, 100}, {1, 10}, {5, 90}, {5, 90}};
  EXPECT_EQ(pieces_of(groups, 100), (std::vector<Rows>{{0, 10}, {10, 20}, {20, 30}, {30, 36}, {36, 41}}));
  EXPECT_EQ(pieces_of(groups, 250), (std::vector<Rows>{{0, 20}, {20, 36}, {36, 41}}));
  EXPECT_EQ(pieces_of(groups, 1 << 20), (std::vector<Rows>{{0, 41}}));
}

TEST(RowGroupCut, CutsALargeGroupByRowsAndNeverJoinsItsPartsWithOthers) {
  EXPECT_EQ(pieces_of({{1, 10}, {10, 100}, {1, 10}}, 40),
            (std::vector<Rows>{{0, 1}, {1, 5}, {5, 9}, {9, 11}, {11, 12}}));
  EXPECT_EQ(pieces_of({{2, 1 << 30}}, 1), (std::vector<Rows>{{0, 1}, {1, 2}})) << "a row is never cut";
  EXPECT_EQ(pieces_of({{3, 0}, {4, 0}}, 1), (std::vector<Rows>{{0, 7}}));
}

TEST(RowGroupCut, AMiniBatchHasNoMoreRowsThanCanBeCounted) {
  const std::uint64_t many = 5ULL << 30;
  for (const Groups& groups : {Groups{{many, 1}}, Groups(5, {1ULL << 30, 1}), Groups{{many - 1, 1}, {1, 0}}})
    for (const auto& [begin, end] : pieces_of(groups, UINT64_MAX)) EXPECT_LE(end - begin, 1ULL << 30);
}

TEST(RowGroupCut, AFileWithoutRowsHasNoMiniBatchAndAnUnreadableOneHasOne) {
  RowGroupCut cut;
  EXPECT_FALSE(cut.add_file(0, {}, 10));
  EXPECT_FALSE(cut.add_file(3, Groups{{0, 7}, {0, 0}}, 10));
  EXPECT_EQ(cut.mini_batch_count(), 0u);
  cut.add_unreadable_file(6);
  EXPECT_TRUE(cut.add_file(9, Groups{{2, 20}}, 10));
  EXPECT_EQ(cut.mini_batch_count(), 3u);
  EXPECT_EQ(cut.piece_of(0).path_begin, 6u);
  EXPECT_EQ(cut.piece_of(0).begin, cut.piece_of(0).end);
  EXPECT_EQ(cut.piece_of(2).path_begin, 9u);
  EXPECT_EQ(cut.piece_of(2).begin, 1u);
  EXPECT_EQ(cut.file_count(), 2u);
}

TEST(RowGroupCut, EachRowOfEachFileIsInExactlyOnePiece) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t most_bytes = 1 + random() % 300;
    RowGroupCut cut;
    std::vector<std::uint64_t> rows;
    for (std::uint64_t file = random() % 6; file > 0; --file) {
      Groups groups(random() % 6);
      std::uint64_t count = 0;
      for (RowGroup& group : groups) count += (group = {random() % 40, random() % 1000}).rows;
      if (cut.add_file(rows.size(), groups, most_bytes)) rows.push_back(count);
    }
    std::uint64_t file = 0, row = 0;
    for (std::uint64_t i = 0; i < cut.mini_batch_count(); ++i) {
      const RowGroupCut::Piece piece = cut.piece_of(i);
      ASSERT_EQ(piece.path_begin, file) << "seed " << seed << " round " << round;
      ASSERT_EQ(piece.begin, row) << "seed " << seed << " round " << round;
      ASSERT_GT(piece.end, row) << "seed " << seed << " round " << round;
      row = piece.end;
      if (row == rows.at(file)) ++file, row = 0;
    }
    ASSERT_EQ(file, rows.size()) << "seed " << seed << " round " << round;
  }
}

TEST(RowGroupCut, TakesAtMostThirtyTwoBytesForEachMiniBatch) {
  constexpr std::uint64_t count = 100'000;
  RowGroupCut one_each, two_each, of_one_file, cut_small;
  for (std::uint64_t i = 0; i < count; ++i) one_each.add_file(i, Groups{{1000, 100}}, 100);
  for (std::uint64_t i = 0; i < count; ++i) two_each.add_file(i, Groups{{1000, 100}, {10, 100}}, 100);
  of_one_file.add_file(0, Groups(count, {1000, 100}), 100);
  cut_small.add_file(0, Groups(1, {1ULL << 40, 1ULL << 40}), 1);
  for (RowGroupCut* cut : {&one_each, &two_each, &of_one_file, &cut_small}) {
    cut->shrink_to_fit();
    constexpr std::size_t page = 8192;
    EXPECT_LE(cut->memory_bytes(), 32 * cut->mini_batch_count() + page);
  }
  EXPECT_EQ(cut_small.mini_batch_count(), 1ULL << 40);
  EXPECT_LE(cut_small.memory_bytes(), 2u * 4096);
}

}  // namespace prs
