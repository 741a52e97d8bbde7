#include "mpi/tally_rounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/mpi/collectives/all_gather.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/serialization/vector.hpp>
#include <numeric>
#include <random>

#include "support/waiting.hpp"

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
  TallyRounds rounds(RoundComms::make(world), limits(world.size()));
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
  TallyRounds rounds(RoundComms::make(world), limits(0));
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
  TallyRounds rounds(RoundComms::make(world), thresholds);
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

/// One rank from farm to farm. As in a run, nothing but rank 0's word that the next farm begins keeps the ranks
/// together.
class FarmingRank {
 public:
  explicit FarmingRank(const Thresholds& thresholds) : rounds(RoundComms::make(world_), thresholds) { rounds.hurry(); }

  void step() {
    rounds.step(mine, Clock::now());
    nap();
  }
  void nap() {
    std::vector<pollfd> none;
    waiting_.rest(none, {});
  }
  /// False: it did not come to that, by far.
  template <typename Condition>
  bool step_until(Condition is_reached) {
    for (int turn = 0; turn < 3000; ++turn) {
      if (is_reached()) return true;
      step();
    }
    return false;
  }
  bool is_told_of(int farm) const { return world_.iprobe(0, farm).has_value(); }
  /// Rank 0 tells of the next farm; the others wait for its word without a step.
  void go_on_to(int farm) {
    if (rank() > 0) world_.recv(0, farm);
    for (int other = 1; rank() == 0 && other < world_.size(); ++other) world_.send(other, farm);
    rounds.begin_farm(static_cast<std::uint32_t>(farm));
    rounds.hurry();
    mine.quiet_farm = 0;
  }
  int rank() const { return world_.rank(); }

 private:
  const boost::mpi::communicator world_;
  Waiting waiting_;

 public:
  TallyRounds rounds;
  Contribution mine;
};

TEST(TallyRounds, TheRoundAfterTheQuietOneIsTheLastAndHasEveryRanksFinalTally) {
  FarmingRank each(limits(-1));
  std::mt19937 random(static_cast<unsigned>(each.rank()));
  std::vector<std::int64_t> own, sums;
  constexpr std::int64_t not_seen = -1;
  for (int farm = 1; farm < 6; ++farm) {
    const std::uint64_t quiet_from = each.rounds.ended() + static_cast<std::uint64_t>(farm) + 2;
    sums.push_back(not_seen);
    ASSERT_TRUE(each.step_until([&] {
      // Ranks drift: each changes its tally up to the moment when it is quiet, and naps now and then.
      const bool is_quiet = each.rounds.ended() >= quiet_from;
      if (!is_quiet && random() % 3 == 0) ++each.mine.tally.done;
      each.mine.quiet_farm = each.rank() == 0 && is_quiet ? static_cast<std::uint32_t>(farm) : 0;
      if (each.rounds.is_final()) sums.back() = each.rounds.sum().done;
      if (each.rank() > 0 && random() % 4 == 0) each.nap();
      return each.rank() == 0 ? each.rounds.is_final() : each.is_told_of(farm + 1);
    }));
    own.push_back(each.mine.tally.done);
    each.go_on_to(farm + 1);
  }
  std::vector<std::vector<std::int64_t>> all;
  boost::mpi::all_gather(boost::mpi::communicator(), own, all);
  for (std::size_t farm = 0; farm < sums.size(); ++farm) {
    std::int64_t sum = 0;
    for (const auto& one : all) sum += one[farm];
    EXPECT_TRUE(sums[farm] == sum || (sums[farm] == not_seen && each.rank() > 0))
        << "farm " << farm + 1 << ": " << sums[farm] << " instead of " << sum;
  }
}

TEST(TallyRounds, ARankThatNapsWhenTheLastRoundEndsGoesOnInTheNextFarm) {
  FarmingRank each(limits(-1));
  const int napping = 1;  // the others have its contribution as soon as it has begun the round
  for (int farm = 1; farm < 4; ++farm) {
    // All is quiet from the first round of the farm on, so its second one is its last.
    each.mine.quiet_farm = each.rank() == 0 ? static_cast<std::uint32_t>(farm) : 0;
    const std::uint64_t before_last = 2 * static_cast<std::uint64_t>(farm) - 1;
    const bool is_napping = each.rank() == napping;
    ASSERT_TRUE(each.step_until([&] {
      return is_napping ? each.rounds.ended() == before_last && each.rounds.is_in_flight() : each.rounds.is_final();
    }));
    each.go_on_to(farm + 1);
    EXPECT_EQ(each.rounds.is_in_flight(), is_napping) << "the next farm overtakes the end of this one there, only";
  }
  each.mine.quiet_farm = each.rank() == 0 ? 4 : 0;
  EXPECT_TRUE(each.step_until([&] { return each.rounds.is_final(); }));
}

TEST(TallyRounds, ARankThatHearsOfNoFarmWaitsAfterTheLastRound) {
  FarmingRank each(limits(-1));
  each.mine.quiet_farm = each.rank() == 0 ? 1 : 0;
  ASSERT_TRUE(each.step_until([&] { return each.rounds.is_final(); }));
  const std::uint64_t ended = each.rounds.ended();
  for (int turn = 0; turn < 5; ++turn) each.step();
  EXPECT_EQ(each.rounds.ended(), ended);
  EXPECT_FALSE(each.rounds.is_in_flight());
  each.rounds.begin_farm(1);
  EXPECT_TRUE(each.rounds.is_final()) << "the same farm again is no later one";
}

/// Ranks that stop taking part, as lost ones do, at any moment; rank 0 says so later.
class LosingRanks {
 public:
  LosingRanks() : rounds_(RoundComms::make(MPI_COMM_WORLD), limits(-1), true) {
    rounds_.hurry();
    mine_.tally.done = 1;
  }
  void lose(const std::vector<int>& ranks) {
    is_lost_ = is_lost_ || std::find(ranks.begin(), ranks.end(), rank_) != ranks.end();
    left_ -= static_cast<std::int64_t>(ranks.size());
    step_some();
    for (const int rank : ranks)
      if (rank_ == 0) rounds_.on_rank_lost(rank);
    if (!is_lost_) step_until_only_those_left_are_summed_up();
    boost::mpi::communicator().barrier();  // the next loss comes when all have seen this one; lost ones are here, too
  }
  const std::vector<int>& missing() const { return rounds_.missing(); }
  bool is_lost() const { return is_lost_; }

 private:
  void step_some() {
    for (auto turns = random_() % 20; turns > 0 && !is_lost_; --turns) step();
  }
  void step_until_only_those_left_are_summed_up() {
    for (int turn = 0; turn < 3000 && rounds_.sum().done != left_; ++turn) step();
    EXPECT_EQ(rounds_.sum().done, left_);
  }
  void step() {
    std::vector<pollfd> none;
    waiting_.rest(none, {});
    rounds_.step(mine_, Clock::now());
  }

  const int rank_ = boost::mpi::communicator().rank();
  TallyRounds rounds_;
  Contribution mine_;
  Waiting waiting_;
  std::int64_t left_ = boost::mpi::communicator().size();
  bool is_lost_ = false;
  std::mt19937 random_{static_cast<unsigned>(rank_)};
};

TEST(TallyRounds, SurvivorsOfLossesGoOnAmongThemselves) {
  const boost::mpi::communicator world;
  std::mt19937 random(7);  // the same on all ranks
  LosingRanks ranks;
  std::vector<int> order(static_cast<std::size_t>(world.size() - 1));
  std::iota(order.begin(), order.end(), 1);
  std::shuffle(order.begin(), order.end(), random);
  for (std::size_t at = 0; at < order.size();) {
    const std::size_t end = std::min(order.size(), at + 1 + random() % 3);
    ranks.lose({order.begin() + static_cast<std::ptrdiff_t>(at), order.begin() + static_cast<std::ptrdiff_t>(end)});
    at = end;
    if (!ranks.is_lost()) {
      EXPECT_EQ(ranks.missing(), std::vector<int>(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(at)));
    }
  }
}

TEST(TallyRounds, NothingOfARoundThatALossBrokeIsKept) {
  const boost::mpi::communicator world;
  TallyRounds rounds(RoundComms::make(MPI_COMM_WORLD), limits(0), true);
  rounds.hurry();
  Contribution mine;
  mine.tally.failed_mini_batches = 1;
  end_a_round(rounds, mine);
  EXPECT_TRUE(rounds.verdict().aborts());
  world.barrier();
  const int lost = world.size() - 1;
  mine.tally.failed_mini_batches = 0;  // it came from the lost one, and is charged to nobody any more
  if (world.rank() == 0) rounds.on_rank_lost(lost);
  if (world.rank() != lost) {
    do rounds.step(mine, Clock::now());
    while (rounds.missing().empty() || rounds.is_in_flight());
    EXPECT_FALSE(rounds.verdict().aborts());
  }
  world.barrier();
}

TEST(TallyRounds, WhereNoLossIsSurvivedTheFirstIsTheirEnd) {
  TallyRounds rounds(RoundComms::make(MPI_COMM_WORLD), limits(0));
  rounds.on_rank_lost(1);
  EXPECT_FALSE(rounds.step({}, Clock::now()));
  EXPECT_FALSE(rounds.is_in_flight());
  EXPECT_EQ(rounds.next_due(), TimePoint::max());
}

}  // namespace prs
