#include "report/rate_meter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace prs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
const TimePoint start = TimePoint(seconds(1000));

TEST(RateMeter, NothingIsKnownBeforeSomethingEnded) {
  RateMeter rate(0, start);
  rate.sample(0, true, start + seconds(5));
  EXPECT_EQ(rate.per_second(), 0);
  EXPECT_FALSE(rate.seconds_left(100, 4));
}

TEST(RateMeter, TimeLeftWaitsForAboutOneMiniBatchPerWorker) {
  RateMeter rate(0, start);
  rate.sample(3, true, start + seconds(1));
  EXPECT_FALSE(rate.seconds_left(100, 4));
  rate.sample(4, true, start + seconds(2));
  ASSERT_TRUE(rate.seconds_left(100, 4));
  EXPECT_NEAR(*rate.seconds_left(100, 4), 50, 2);
}

TEST(RateMeter, WhatAnEarlierStartDidIsNoSpeed) {
  RateMeter rate(1000000, start);
  rate.sample(1000000, true, start + seconds(1));
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(1000020, true, start + seconds(2));
  EXPECT_NEAR(rate.per_second(), 10, 0.5);
}

TEST(RateMeter, StartUpIsNoWork) {
  RateMeter rate(0, start);
  for (int second = 1; second <= 300; ++second) rate.sample(0, false, start + seconds(second));
  rate.sample(100, true, start + seconds(301));
  EXPECT_NEAR(rate.per_second(), 100, 1e-6);
}

TEST(RateMeter, ASteadyRateIsThatRateFromTheFirstSampleOn) {
  RateMeter rate(0, start);
  for (int i = 1; i <= 1000; ++i) {
    rate.sample(static_cast<std::uint64_t>(i) * 10, true, start + milliseconds(200 * i));
    ASSERT_NEAR(rate.per_second(), 50, 1e-6);
  }
}

TEST(RateMeter, ANewRateIsFollowedWithinAMinute) {
  RateMeter rate(0, start);
  std::uint64_t over = 0;
  int second = 0;
  for (; second < 600; ++second) rate.sample(over += 1000, true, start + seconds(second + 1));
  for (; second < 660; ++second) rate.sample(over += 100, true, start + seconds(second + 1));
  EXPECT_NEAR(rate.per_second(), 100, 30);
}

TEST(RateMeter, SlowMiniBatchesDoNotMakeItJump) {
  RateMeter rate(0, start);  // two workers, a minute each, both ending together
  double least = 1e9, most = 0;
  for (int second = 1; second <= 7200; ++second) {
    rate.sample(static_cast<std::uint64_t>(second / 60) * 2, true, start + seconds(second));
    if (second < 1800) continue;
    least = std::min(least, rate.per_second());
    most = std::max(most, rate.per_second());
  }
  EXPECT_GT(least, 2.0 / 60 * 0.85);
  EXPECT_LT(most, 2.0 / 60 * 1.15);
}

TEST(RateMeter, AStandstillMakesTheTimeLeftGrow) {
  RateMeter rate(0, start);
  rate.sample(1000, true, start + seconds(10));
  const double before = *rate.seconds_left(1000, 1);
  for (int second = 11; second <= 70; ++second) rate.sample(1000, true, start + seconds(second));
  EXPECT_GT(*rate.seconds_left(1000, 1), 5 * before);
}

TEST(RateMeter, AMiniBatchThatIsNoLongerOverDoesNoHarm) {
  RateMeter rate(5, start);
  rate.sample(3, true, start + seconds(1));
  EXPECT_EQ(rate.per_second(), 0);
  EXPECT_FALSE(rate.seconds_left(10, 1));
  EXPECT_EQ(rate.seconds_left(0, 1), 0.0);
  rate.sample(4, true, start + seconds(1));
  rate.sample(9, true, start + seconds(2));
  EXPECT_GT(rate.per_second(), 0);
}

}  // namespace
}  // namespace prs
