#include "report/busy_bins.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace prs {
namespace {

BusyBins::Sum whole(const BusyBins& bins, std::uint64_t length, std::size_t count) {
  BusyBins::Sum all;
  for (std::size_t i = 0; i < count; ++i) {
    const BusyBins::Sum sum = bins.sum(length, i);
    all.busy += sum.busy * static_cast<double>(length);
    all.tries += sum.tries;
    all.failed += sum.failed;
  }
  return all;
}

TEST(BusyBins, NoTimeIsLostOrCountedTwiceHoweverLongTheRunGrows) {
  BusyBins bins;
  double busy = 0;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const std::uint64_t from = at + 300, to = from + 500 * (1 + i % 7);
    bins.add(from, to, i % 10 == 0);
    busy += static_cast<double>(to - from);
    at = to;
  }
  const std::uint64_t length = bins.length_microseconds();
  EXPECT_LE(at / length, BusyBins::most);
  for (const std::uint64_t coarser : {length, 2 * length, 8 * length}) {
    const BusyBins::Sum all = whole(bins, coarser, static_cast<std::size_t>(at / coarser) + 1);
    EXPECT_NEAR(all.busy, busy, 1);
    EXPECT_EQ(all.tries, 4000U);
    EXPECT_EQ(all.failed, 400U);
  }
}

TEST(BusyBins, ATryThatGoesOverManyBinsMakesEachBusy) {
  BusyBins bins;
  bins.add(1500, 9500, false);
  EXPECT_EQ(bins.length_microseconds(), 1000U);
  EXPECT_DOUBLE_EQ(bins.sum(1000, 0).busy, 0);
  EXPECT_DOUBLE_EQ(bins.sum(1000, 1).busy, 0.5);
  EXPECT_DOUBLE_EQ(bins.sum(1000, 5).busy, 1);
  EXPECT_DOUBLE_EQ(bins.sum(1000, 9).busy, 0.5);
  EXPECT_EQ(bins.sum(1000, 5).tries, 0U);
  EXPECT_EQ(bins.sum(1000, 9).tries, 1U);
  EXPECT_DOUBLE_EQ(bins.sum(1000, 500).busy, 0);
}

TEST(BusyBins, ALongPauseMakesThemCoarse) {
  BusyBins bins;
  bins.add(0, 1000, true);
  bins.add(86'400'000'000, 86'401'000'000, false);
  const std::uint64_t length = bins.length_microseconds();
  EXPECT_EQ(whole(bins, length, BusyBins::most).tries, 2U);
  EXPECT_EQ(bins.sum(length, 0).failed, 1U);
}

}  // namespace
}  // namespace prs
