#include "report/run_clock.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

constexpr std::int64_t s = 1'000'000;

TEST(RunClock, TheNightBetweenTwoStartsIsLeftOut) {
  RunClock clock;
  clock.set_starts({{1000 * s, 50 * s, 0}, {90'000 * s, 20 * s, 0}});
  EXPECT_EQ(clock.start_of(1010 * s), 0U);
  EXPECT_EQ(clock.start_of(90'005 * s), 1U);
  EXPECT_EQ(clock.time_of(0, 1010 * s), std::uint64_t{10 * s});
  EXPECT_EQ(clock.time_of(1, 90'005 * s), std::uint64_t{55 * s});
  EXPECT_EQ(clock.duration(), std::uint64_t{70 * s});
}

TEST(RunClock, AStartThatLastedLongerThanItSaidMovesTheNextOne) {
  RunClock clock;
  clock.set_starts({{1000 * s, 50 * s, 0}, {2000 * s, 20 * s, 0}});
  clock.stretch(0, 60 * s);
  EXPECT_EQ(clock.starts()[1].offset, std::uint64_t{60 * s});
  clock.set_starts({{1000 * s, 50 * s, 0}, {2000 * s, 25 * s, 0}});
  EXPECT_EQ(clock.starts()[1].offset, std::uint64_t{60 * s});
  EXPECT_EQ(clock.duration(), std::uint64_t{85 * s});
}

TEST(RunClock, AClockThatIsBehindIsOfTheStartThatItIsNearTo) {
  RunClock clock;
  clock.set_starts({{1000 * s, 50 * s, 0}, {1100 * s, 20 * s, 0}});
  EXPECT_EQ(clock.start_of(1097 * s), 1U);
  EXPECT_EQ(clock.time_of(1, 1097 * s), std::uint64_t{50 * s});
  EXPECT_EQ(clock.start_of(1049 * s), 0U);
  EXPECT_EQ(clock.start_of(900 * s), 0U);
  EXPECT_EQ(clock.time_of(0, 900 * s), 0U);
}

TEST(RunClock, WithoutStartsTheFirstTimeBeginsOne) {
  RunClock clock;
  EXPECT_EQ(clock.start_of(500 * s), 0U);
  EXPECT_EQ(clock.time_of(0, 503 * s), std::uint64_t{3 * s});
}

}  // namespace
}  // namespace prs
