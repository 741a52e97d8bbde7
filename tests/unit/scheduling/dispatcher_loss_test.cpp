// What lost workers held: suspects, which are tried alone, and what is given up for them (rule 7.4).
#include "tests/unit/scheduling/dispatcher_bench.hpp"

namespace prs {

TEST(DispatcherLoss, WhatALostWorkerHeldIsTriedAloneUnchargedByWorkersThatHoldNothing) {
  Bench bench(20, 3);
  bench.ready(1, 3);
  for (std::uint64_t i = 0; i < 3; ++i) bench.expect_hand_out(1, i, 1);
  bench.ready(2, 2);
  bench.expect_hand_out(2, 3, 1);
  bench.expect_hand_out(2, 4, 1);
  bench.lost(1);
  bench.expect_loss_marks({0, 1, 2});
  bench.expect_silence();  // worker 2 holds something
  bench.end(2, 3, 1);
  bench.expect_silence();  // … still
  bench.end(2, 4, 1);
  bench.expect_hand_out(2, 0, 1);
  bench.expect_silence();  // nothing beside it
  bench.ready(3, 3);
  bench.expect_hand_out(3, 1, 1);
  bench.end(2, 0, 1);
  bench.expect_hand_out(2, 2, 1);
  bench.end(3, 1, 1);
  for (std::uint64_t i = 5; i < 8; ++i) bench.expect_hand_out(3, i, 1);
  bench.end(2, 2, 1);
  bench.expect_hand_out(2, 8, 1);
  bench.expect_hand_out(2, 9, 1);
}

TEST(DispatcherLoss, OnlyTheMiniBatchThatWasAloneOnThreeLostRanksIsGivenUp) {
  Bench bench(100, 6);
  bench.ready(1, 4);
  for (std::uint64_t i = 0; i < 4; ++i) bench.expect_hand_out(1, i, 1);
  bench.lost(1);
  bench.expect_loss_marks({0, 1, 2, 3});
  for (std::uint32_t worker = 2; worker <= 5; ++worker) {
    bench.ready(worker, 4);
    bench.expect_hand_out(worker, worker - 2, 1);
  }
  bench.lost(4);  // mini-batch 2 does it
  bench.expect_loss_marks({2});
  bench.end(2, 0, 1);
  bench.expect_hand_out(2, 2, 1);
  bench.lost(2);
  bench.expect_loss_marks({2});
  bench.expect_given_up(2);
  EXPECT_TRUE(bench->has_given_up(MiniBatchIndex{2}));
  EXPECT_EQ(bench->tally().gave_up, 1);
  EXPECT_EQ(bench->tally(), bench->tally_of_no_worker()) << "nobody lives who could tell of it";
  bench.end(3, 1, 1);
  for (std::uint64_t i = 4; i < 8; ++i) bench.expect_hand_out(3, i, 1);
  EXPECT_EQ(bench->tally().done, 2);
}

TEST(DispatcherLoss, ASuspectIsTriedBeforeFreshWorkAndStaysOneUntilItHasPassed) {
  Bench bench(100, 4);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.lost(1);
  bench.expect_loss_marks({0});
  bench.ready(2, 2);
  bench.expect_hand_out(2, 0, 1);
  bench.end(2, 0, 1, TryStatus::run_exception);
  bench.expect_hand_out(2, 0, 2);
  bench.expect_silence();  // a try that fails tells nothing of the loss
  bench.end(2, 0, 2);
  bench.expect_hand_out(2, 1, 1);
  bench.expect_hand_out(2, 2, 1);
  bench.lost(2);
  bench.expect_loss_marks({1, 2});
}

TEST(DispatcherLoss, ASuspectThatWasNotStartedGoesBackAndWaitsAloneAgain) {
  Bench bench(50, 3);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.lost(1);
  bench.expect_loss_marks({0});
  bench.ready(2, 4);
  bench.expect_hand_out(2, 0, 1);
  bench.give_back(2, {MiniBatchIndex{0}});
  bench.expect_hand_out(2, 0, 1);
  bench.gone(2);
  bench.ready(3, 4);
  bench.expect_hand_out(3, 0, 1);
}

TEST(DispatcherLoss, LossMarksOfEarlierStartsCountAndTheirSuspectsComeFirst) {
  Bench bench(50, 3);
  bench->restore_loss_marks(MiniBatchIndex{7}, 2);
  bench->restore_loss_marks(MiniBatchIndex{3}, 1);
  bench->restore_loss_marks(MiniBatchIndex{4}, 1);
  bench->restore({MiniBatchIndex{4}, 1, TryStatus::run_exception, 1, 0, 0, {}});
  bench->begin(bench.now());
  bench.ready(1, 4);
  bench.expect_hand_out(1, 4, 2);
  bench.ready(2, 4);
  bench.expect_hand_out(2, 3, 1);
  bench.ready(3, 4);
  bench.expect_hand_out(3, 7, 1);
  bench.lost(3);
  bench.expect_loss_marks({7});
  bench.expect_given_up(7);
  bench.lost(2, false);  // the job's end took it
  bench.end(1, 4, 2);
  bench.expect_hand_out(1, 3, 1);
  bench.end(1, 3, 1);
  for (const std::uint64_t i : {0U, 1U, 2U, 5U}) bench.expect_hand_out(1, i, 1);
}

TEST(DispatcherLoss, WorkersThatWereKeptWaitingForSuspectsAreFedOnceTheyAreTaken) {
  Bench bench(100, 3);
  bench.ready(1, 2);
  bench.expect_hand_out(1, 0, 1);
  bench.expect_hand_out(1, 1, 1);
  bench.ready(2, 2);
  bench.expect_hand_out(2, 2, 1);
  bench.expect_hand_out(2, 3, 1);
  bench.ready(3, 1);
  bench.expect_hand_out(3, 4, 1);
  bench.lost(3);
  bench.expect_loss_marks({4});
  bench.end(1, 0, 1);
  bench.expect_silence();  // it would not get empty
  bench.end(2, 2, 1);
  bench.end(2, 3, 1);
  bench.expect_hand_out(2, 4, 1);
  bench.expect_hand_out(1, 5, 1);
}

TEST(DispatcherLoss, WhatALostWorkerChargedIsAccountedForByNoWorker) {
  Bench bench(5, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  EXPECT_TRUE(bench.end(1, 0, 1));
  bench.expect_hand_out(1, 1, 1);
  EXPECT_EQ(bench->tally_of_no_worker(), Tally{});
  bench.lost(1);
  bench.expect_loss_marks({1});
  EXPECT_EQ(bench->tally_of_no_worker(), bench->tally());
}

}  // namespace prs
