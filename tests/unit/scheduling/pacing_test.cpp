#include "scheduling/pacing.hpp"

#include <gtest/gtest.h>

namespace prs {
using namespace std::chrono_literals;

TEST(Lookahead, LongRunsHoldAtMostTwo) {
  for (const std::chrono::nanoseconds run : {51ms, 1000ms, 3600000ms}) {
    EXPECT_LE(lookahead_for(run).credit, 2U);
  }
}

TEST(Lookahead, ShortRunsAreHeldManyAtATime) {
  EXPECT_EQ(lookahead_for(1us).credit, 256U);
  EXPECT_EQ(lookahead_for(1us).window, 64U);
}

TEST(Lookahead, ANapIsAtMostAQuarterOfWhatIsHeldAndShort) {
  for (auto run = std::chrono::nanoseconds(100); run < 100s; run *= 3) {
    const Lookahead ahead = lookahead_for(run);
    for (const std::uint64_t held : {0U, 1U, 3U, ahead.credit, 1U << 30}) {
      EXPECT_LE(nap_while_held(run, held), 25ms);
      if (held < 1000) {
        EXPECT_LE(nap_while_held(run, held), run * held / 4 + 1ns);
      }
    }
    EXPECT_GE(ahead.credit, ahead.window);
    EXPECT_GE(ahead.window, 1U);
  }
}

TEST(MeanRun, FollowsAChangeWithinAFewRuns) {
  MeanRun mean;
  for (int i = 0; i < 100; ++i) mean.add(10us);
  for (int i = 0; i < 3; ++i) mean.add(1s);
  EXPECT_GT(mean.value(), 50ms);
}

}  // namespace prs
