#include "model/byte_ranges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

namespace prs {
namespace {

using Ranges = std::vector<ByteRange>;

TEST(ByteRanges, WhatTouchesBecomesOne) {
  ByteRanges ranges;
  EXPECT_EQ(ranges.gaps({5, 20}), (Ranges{{5, 20}}));
  ranges.add({5, 7});
  ranges.add({10, 12});
  EXPECT_EQ(ranges.gaps({5, 20}), (Ranges{{7, 10}, {12, 20}}));
  ranges.add({7, 10});
  EXPECT_EQ(ranges.gaps({5, 20}), (Ranges{{12, 20}}));
  EXPECT_EQ(ranges.bytes(), 7u);
  ranges.add({0, 30});
  EXPECT_TRUE(ranges.gaps({5, 20}).empty());
  EXPECT_TRUE(ranges.gaps({20, 20}).empty());
}

TEST(ByteRanges, AnyRangesInAnyOrderSayTheSameAsTheirBytes) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    ByteRanges ranges;
    std::vector<bool> is_written(64, false);
    for (std::uint64_t i = random() % 12; i > 0; --i) {
      const ByteRange range{random() % 64, random() % 65};
      ranges.add(range);
      for (std::uint64_t at = range.begin; at < range.end; ++at) is_written[at] = true;
    }
    EXPECT_EQ(ranges.bytes(), static_cast<std::uint64_t>(std::ranges::count(is_written, true)));
    const ByteRange whole{random() % 20, 30 + random() % 30};
    std::vector<bool> is_missing(64, false);
    std::uint64_t last = 0;
    for (const ByteRange& gap : ranges.gaps(whole)) {
      EXPECT_TRUE(gap.begin < gap.end && (last == 0 || gap.begin > last));
      last = gap.end;
      for (std::uint64_t at = gap.begin; at < gap.end; ++at) is_missing[at] = true;
    }
    for (std::uint64_t at = 0; at < 64; ++at)
      EXPECT_EQ(is_missing[at], at >= whole.begin && at < whole.end && !is_written[at]);
  }
}

}  // namespace
}  // namespace prs
