#include "scheduling/time_limit.hpp"

#include <gtest/gtest.h>

namespace prs {
using namespace std::chrono_literals;

namespace {
const TimeLimit::TimePoint begun{1000s};
}

TEST(LongestRun, IsZeroBeforeTheFirst) {
  EXPECT_EQ(LongestRun().value(), 0ns);
}

TEST(LongestRun, FollowsALongerRunAtOnce) {
  LongestRun longest;
  for (int i = 0; i < 1000; ++i) longest.add(1ms);
  longest.add(5s);
  EXPECT_EQ(longest.value(), 5s);
}

TEST(LongestRun, RemembersARunForAtLeast64AndAtMost128Others) {
  for (int before = 0; before < 200; ++before) {
    LongestRun longest;
    for (int i = 0; i < before; ++i) longest.add(1ms);
    longest.add(5s);
    for (int i = 0; i < 63; ++i) longest.add(1ms);
    EXPECT_EQ(longest.value(), 5s);
    for (int i = 0; i < 65; ++i) longest.add(1ms);
    EXPECT_EQ(longest.value(), 1ms);
  }
}

TEST(TimeLimit, NothingIsBegunThatWouldNotBeOverInTime) {
  const TimeLimit limit(begun, begun + 1h, 10min);
  EXPECT_EQ(limit.deadline(), begun + 1h - 30s);
  EXPECT_EQ(limit.last_begin(80s), limit.deadline() - 100s);
}

TEST(TimeLimit, ARunIsNeverTakenToExceedItsTimeout) {
  const TimeLimit limit(begun, begun + 1h, 60s);
  EXPECT_EQ(limit.expected_run(59s), 60s);
  EXPECT_EQ(limit.expected_run(10min), 60s);
}

TEST(TimeLimit, BeforeTheFirstRunHasEndedItsTimeoutCounts) {
  const TimeLimit limit(begun, begun + 1h, 60s);
  EXPECT_EQ(limit.last_begin(0s), limit.deadline() - 60s);
}

TEST(TimeLimit, ATimeoutThatExceedsTheJobsTimeDoesNotKeepAStartFromBeginning) {
  const TimeLimit limit(begun, begun + 10min, 24h);
  EXPECT_GE(limit.last_begin(0s), begun + 4min);
  EXPECT_LE(limit.last_begin(0s), begun + 5min);
}

TEST(TimeLimit, OfAShortTimeMostIsLeftToWorkIn) {
  const TimeLimit limit(begun, begun + 60s, 60s);
  EXPECT_EQ(limit.deadline(), begun + 54s);
  EXPECT_EQ(limit.last_begin(4s), begun + 49s);
}

TEST(TimeLimit, TheLastMomentLiesBetweenTheDeadlineAndTheEnd) {
  EXPECT_EQ(TimeLimit(begun, begun + 1h, 60s).last_moment(), begun + 1h - 15s);
  EXPECT_EQ(TimeLimit(begun, begun + 60s, 60s).last_moment(), begun + 57s);
}

TEST(TimeLimit, AnEndThatWasMovedCounts) {
  TimeLimit limit(begun, begun + 1h, 60s);
  limit.move_end(begun + 2h);
  EXPECT_EQ(limit.end(), begun + 2h);
  EXPECT_EQ(limit.deadline(), begun + 2h - 30s);
  limit.move_end(begun - 1h);
  EXPECT_LE(limit.last_begin(1s), begun);
}

}  // namespace prs
