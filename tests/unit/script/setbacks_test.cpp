#include "script/setbacks.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

const TimePoint now = TimePoint() + std::chrono::hours(1);
const Failure first{"ValueError", "one", "trace one"}, other{"ValueError", "two", {}};

TEST(Setbacks, ThreeInitFailuresInARowAreTooMany) {
  Setbacks setbacks(false);
  EXPECT_EQ(setbacks.count_init_failure(first, now), "init() failed, attempt 1 of 3: one");
  EXPECT_EQ(setbacks.restart_at(), now + std::chrono::milliseconds(100));
  setbacks.count_init_failure(other, now);
  EXPECT_EQ(setbacks.restart_at(), now + std::chrono::milliseconds(200));
  EXPECT_EQ(setbacks.gave_up(), std::nullopt);
  setbacks.count_init_failure(other, now);
  EXPECT_EQ(setbacks.gave_up(), first);
}

TEST(Setbacks, ATaskThatStartsBeginsTheCountAnew) {
  Setbacks setbacks(false);
  for (int i = 0; i < 10; ++i) {
    setbacks.count_init_failure(first, now);
    setbacks.count_init_failure(first, now);
    setbacks.note_started_task();
  }
  EXPECT_EQ(setbacks.gave_up(), std::nullopt);
}

TEST(Setbacks, InTheForegroundOneIsEnough) {
  Setbacks setbacks(true);
  EXPECT_EQ(setbacks.count_init_failure(first, now), "init() failed: one");
  EXPECT_EQ(setbacks.gave_up(), first);
}

TEST(Setbacks, TheThirdDeathThatStruckNobodyIsBlamedOnSomebody) {
  Setbacks setbacks(false);
  EXPECT_FALSE(setbacks.count_uncharged_death());
  EXPECT_FALSE(setbacks.count_uncharged_death());
  setbacks.note_end_of_try();
  EXPECT_FALSE(setbacks.count_uncharged_death());
  EXPECT_FALSE(setbacks.count_uncharged_death());
  EXPECT_TRUE(setbacks.count_uncharged_death());
}

}  // namespace
}  // namespace prs
