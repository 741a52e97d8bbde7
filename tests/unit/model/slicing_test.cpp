#include "model/slicing.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(Slicing, SlicesCoverAllMiniBatchesOnceAndDifferByOneAtMost) {
  for (const std::uint64_t mini_batches : {0ULL, 1ULL, 2ULL, 7ULL, 8ULL, 1'000'003ULL, 1ULL << 63})
    for (const std::uint32_t count : {1U, 2U, 3U, 8U, 1000U}) {
      std::uint64_t next = 0;
      for (std::uint32_t number = 1; number <= count; ++number) {
        const MiniBatchRange range = Slicing{count, number}.range_of(mini_batches);
        EXPECT_EQ(range.begin, next) << number << " of " << count;
        EXPECT_GE(range.size(), mini_batches / count);
        EXPECT_LE(range.size(), mini_batches / count + 1);
        next = range.end;
      }
      EXPECT_EQ(next, mini_batches) << count;
    }
}

TEST(Slicing, EmptySlicesAreTheLastOnes) {
  EXPECT_EQ((Slicing{5, 3}.range_of(3).size()), 1U);
  EXPECT_EQ((Slicing{5, 4}.range_of(3).size()), 0U);
  EXPECT_EQ((Slicing{5, 5}.range_of(3).size()), 0U);
}

TEST(Slicing, AWholeRunAndAJoinHaveAllMiniBatches) {
  for (const Slicing slicing : {Slicing{}, Slicing{8, 0}}) {
    EXPECT_EQ(slicing.range_of(42).begin, 0U);
    EXPECT_EQ(slicing.range_of(42).end, 42U);
    EXPECT_EQ(slicing.folder_in(RunFolder{"/run"}).path, "/run");
  }
  EXPECT_EQ((Slicing{8, 3}.folder_in(RunFolder{"/run"}).path), "/run/.prs/slices/3-of-8");
}

TEST(Slicing, IsReadFromTheNameOfItsFolder) {
  EXPECT_EQ(slicing_of_folder("3-of-8"), (Slicing{8, 3}));
  EXPECT_EQ(slicing_of_folder("1-of-1"), (Slicing{1, 1}));
  for (const char* other : {"", "3", "3-of-", "-of-8", "9-of-8", "0-of-8", "3-of-8.old", "x3-of-8", "3-of-0", "-3-of-8",
                            "3-of-99999999999"})
    EXPECT_EQ(slicing_of_folder(other), std::nullopt) << other;
}

TEST(Slicing, EachPartOfAJoinIsFoundByItsNumber) {
  const RunFolder whole{"/run"};
  EXPECT_EQ(part_path(whole, {}, 7), whole.part(7));
  EXPECT_EQ(part_path(whole, {8, 3}, 7), RunFolder{"/run/.prs/slices/3-of-8"}.part(7));
  for (const std::uint32_t count : {1U, 8U, 100'000U}) {
    const Slicing join{count, 0};
    const std::uint32_t most = parts_of_each(join) - 1;
    EXPECT_GT(most, 40'000U);
    for (const std::uint32_t part : {1U, 7U, most}) {
      EXPECT_EQ(part_path(whole, join, part), whole.part(part)) << "the join's own";
      for (const std::uint32_t number : {1U, count})
        EXPECT_EQ(part_path(whole, join, parts_before(join, number) + part),
                  slice_of(join, number).folder_in(whole).part(part));
    }
  }
}

TEST(Slicing, SaysWhatItIs) {
  EXPECT_EQ((Slicing{}.text()), "");
  EXPECT_EQ((Slicing{8, 3}.text()), "slice 3 of 8");
  EXPECT_EQ((Slicing{8, 0}.text()), "join of 8 slices");
  EXPECT_EQ((Slicing{1, 0}.text()), "join of 1 slice");
}

}  // namespace
}  // namespace prs
