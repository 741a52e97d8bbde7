#include "report/long_wait.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using namespace std::chrono_literals;
const TimePoint begun{1000s};

std::string what() {
  return "process001 on node1 is still writing";
}

}  // namespace

TEST(LongWait, IsSaidOnceAfterAWhile) {
  LongWait wait;
  for (Duration passed = 0s; passed < 15s; passed += 1s) EXPECT_FALSE(wait.look(true, begun + passed, what));
  EXPECT_EQ(wait.look(true, begun + 15s, what),
            "process001 on node1 is still writing, for 15 s; a second signal ends the job at once");
  for (Duration passed = 16s; passed < 10min; passed += 1s) EXPECT_FALSE(wait.look(true, begun + passed, what));
}

TEST(LongWait, AnotherWaitIsSaidAnew) {
  LongWait wait;
  wait.look(true, begun, what);
  EXPECT_TRUE(wait.look(true, begun + 20s, what));
  EXPECT_FALSE(wait.look(false, begun + 21s, what));
  EXPECT_FALSE(wait.look(true, begun + 22s, what));
  EXPECT_TRUE(wait.look(true, begun + 40s, what));
}

TEST(LongWait, NothingIsAskedWhereNothingIsSaid) {
  LongWait wait;
  const auto must_not_be_asked = []() -> std::string {
    ADD_FAILURE() << "asked";
    return {};
  };
  wait.look(true, begun, must_not_be_asked);
  wait.look(true, begun + 4s, must_not_be_asked);
  wait.look(false, begun + 60s, must_not_be_asked);
}

}  // namespace prs
