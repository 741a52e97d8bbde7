#include "mpi/tally_rounds.hpp"

#include <gtest/gtest.h>

#include <boost/mpi/collectives/all_gather.hpp>
#include <boost/mpi/communicator.hpp>
#include <random>

#include "mpi/waiting.hpp"

namespace prs {
namespace {

Thresholds limits(std::int64_t allowed_failed_count) {
  Thresholds thresholds;
  thresholds.allowed_failed_count = allowed_failed_count;
  thresholds.mini_batches = 100;
  return thresholds;
}

/// Steps until a round ends.
void end_a_round(TallyRounds& rounds, const Contribution& mine) {
  Waiting waiting;
  std::vector<pollfd> none;
  while (!rounds.step(mine, Clock::now())) waiting.rest(none, {});
}

}  // namespace

TEST(TallyRounds, EveryRankGetsTheSameSumAndTheSameVerdict) {
  const boost::mpi::communicator world;
  TallyRounds rounds(world, limits(world.size()));
  rounds.hurry();
  Contribution mine;
  mine.tally.failed_mini_batches = 1;
  end_a_round(rounds, mine);
  EXPECT_EQ(rounds.sum().failed_mini_batches, world.size());
  EXPECT_FALSE(rounds.verdict().aborts()) << "equal is not more";
  mine.tally.failed_mini_batches = 2;
  end_a_round(rounds, mine);
  EXPECT_TRUE(rounds.verdict().aborts());
  mine.tally.failed_mini_batches = 0;
  end_a_round(rounds, mine);
  EXPECT_TRUE(rounds.verdict().aborts()) << "an abort stays";
}

TEST(TallyRounds, ACancelledChargeOfAnotherRankSumsUpToNothing) {
  const boost::mpi::communicator world;
  TallyRounds rounds(world, limits(0));
  rounds.hurry();
  Contribution mine;
  if (world.rank() == 0) mine.tally.failed_mini_batches = 3;
  if (world.rank() == 1) mine.tally.failed_mini_batches = -3;
  end_a_round(rounds, mine);
  EXPECT_FALSE(rounds.verdict().aborts());
}

TEST(TallyRounds, ThePercentageWaitsUntilRankZeroHasHandedOutEverything) {
  const boost::mpi::communicator world;
  Thresholds thresholds = limits(-1);
  thresholds.allowed_failed_percent = 0;
  TallyRounds rounds(world, thresholds);
  rounds.hurry();
  Contribution mine;
  mine.tally.failed_mini_batches = 1;
  if (world.rank() == 0) mine.never_handed_out = 1;
  end_a_round(rounds, mine);
  EXPECT_FALSE(rounds.verdict().aborts());
  mine.never_handed_out = 0;
  end_a_round(rounds, mine);
  EXPECT_TRUE(rounds.verdict().aborts());
}

TEST(TallyRounds, TheRoundAfterTheQuietOneIsTheLastAndHasEveryRanksFinalTally) {
  const boost::mpi::communicator world;
  TallyRounds rounds(world, limits(-1));
  rounds.hurry();
  std::mt19937 random(static_cast<unsigned>(world.rank()));
  for (int time = 0; time < 5; ++time) {
    Contribution mine;
    const int wait_rounds = 3 + time;
    Waiting waiting;
    std::vector<pollfd> none;
    while (!rounds.is_final()) {
      // Ranks drift: each changes its tally up to the moment when it is quiet.
      const bool is_quiet =
          rounds.ended() >= static_cast<std::uint64_t>(wait_rounds) * static_cast<std::uint64_t>(time + 1);
      if (!is_quiet && random() % 3 == 0) ++mine.tally.done;
      mine.is_quiet = world.rank() == 0 && is_quiet;
      rounds.step(mine, Clock::now());
      waiting.rest(none, {});
    }
    std::vector<std::int64_t> all;
    boost::mpi::all_gather(world, mine.tally.done, all);
    std::int64_t sum = 0;
    for (const std::int64_t one : all) sum += one;
    EXPECT_EQ(rounds.sum().done, sum);
    rounds.reopen();
    rounds.hurry();
  }
}

}  // namespace prs
