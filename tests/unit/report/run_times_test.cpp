#include "report/run_times.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "test_support.hpp"

namespace prs {
namespace {

TEST(RunTimes, NoRunsHaveNothing) {
  const RunTimes none;
  EXPECT_EQ(none.quantile(0.5), 0U);
  EXPECT_EQ(none.shortest(), 0U);
  EXPECT_EQ(none.longest(), 0U);
  EXPECT_TRUE(none.bars(40).empty());
}

TEST(RunTimes, OneRunIsEveryQuantile) {
  RunTimes times;
  times.add(1'234'567);
  for (const double part : {0.0, 0.5, 0.95, 1.0}) EXPECT_EQ(times.quantile(part), 1'234'567U);
  ASSERT_EQ(times.bars(40).size(), 1U);
  EXPECT_EQ(times.bars(40)[0].runs, 1U);
}

TEST(RunTimes, QuantilesAreRightWithinTwoPercentFromMicrosecondsToMonths) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  RunTimes times;
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 20000; ++i) {
    all.push_back(random() >> (22 + random() % 42));
    times.add(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double part : {0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const auto exact = static_cast<double>(all[std::max<std::size_t>(1, static_cast<std::size_t>(part * 20000)) - 1]);
    EXPECT_NEAR(static_cast<double>(times.quantile(part)), exact, 0.02 * exact + 1) << part;
  }
  EXPECT_EQ(times.longest(), all.back());
  EXPECT_EQ(times.shortest(), all.front());
}

TEST(RunTimes, BarsHaveEachRunOnceAndTouchOneAnother) {
  RunTimes times;
  for (std::uint64_t i = 0; i < 5000; ++i) times.add(i * i * 7);
  const auto bars = times.bars(40);
  ASSERT_LE(bars.size(), 40U);
  ASSERT_GT(bars.size(), 10U);
  std::uint64_t runs = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    runs += bars[i].runs;
    EXPECT_LT(bars[i].from, bars[i].to);
    if (i > 0) {
      EXPECT_EQ(bars[i - 1].to, bars[i].from);
    }
  }
  EXPECT_EQ(runs, 5000U);
  EXPECT_LE(bars.front().from, static_cast<double>(times.shortest()));
  EXPECT_GT(bars.back().to, static_cast<double>(times.longest()));
}

TEST(RunTimes, TheLongestNumberHasAPlace) {
  RunTimes times;
  times.add(UINT64_MAX);
  EXPECT_EQ(times.quantile(0.5), UINT64_MAX);
}

}  // namespace
}  // namespace prs
