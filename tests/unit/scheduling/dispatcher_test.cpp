#include "tests/unit/scheduling/dispatcher_bench.hpp"

namespace prs {

using namespace std::chrono_literals;

TEST(Dispatcher, HandsOutInOrderUpToTheCredit) {
  Bench bench(100, 2);
  bench.ready(1, 3);
  for (std::uint64_t i = 0; i < 3; ++i) bench.expect_hand_out(1, i, 1);
  bench.expect_silence();
  EXPECT_TRUE(bench.end(1, 0, 1));
  bench.expect_hand_out(1, 3, 1);
}

TEST(Dispatcher, ASliceHandsOutItsOwnAndNoOther) {
  Bench bench(3, 1, 3, 100);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 100, 1);
  bench.end(1, 100, 1, TryStatus::run_exception);
  bench.expect_hand_out(1, 100, 2);
  EXPECT_EQ(bench->never_handed_out(), 2U);
  bench.end(1, 100, 2);
  bench.expect_hand_out(1, 101, 1);
  bench.end(1, 101, 1);
  bench.expect_hand_out(1, 102, 1);
  EXPECT_FALSE(bench.end(1, 2, 1)) << "of another slice";
  bench.end(1, 102, 1);
  EXPECT_TRUE(bench->is_over());
  EXPECT_EQ(bench->tally().done, 3);
}

TEST(Dispatcher, AnEmptySliceIsOverAtOnce) {
  Bench bench(0, 1, 3, 7);
  EXPECT_TRUE(bench->is_over());
  EXPECT_TRUE(bench->all_handed_out());
  bench.ready(1, 1);
  bench.expect_silence();
}

TEST(Dispatcher, AFailedTryComesBeforeFreshWorkAndGoesToAnotherWorkerWhereOneIsFree) {
  Bench bench(3, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.ready(2, 1);
  bench.expect_hand_out(2, 1, 1);
  bench.end(1, 0, 1, TryStatus::run_exception);
  bench.expect_hand_out(1, 0, 2);  // nobody else is free, and it comes before mini-batch 2
  bench.end(2, 1, 1);
  bench.expect_hand_out(2, 2, 1);
  bench.end(2, 2, 1);
  bench.expect_silence();  // worker 2 waits
  bench.end(1, 0, 2, TryStatus::process_died);
  bench.expect_hand_out(2, 0, 3);
  bench.end(2, 0, 3, TryStatus::run_exception);
  EXPECT_TRUE(bench->is_over());
  EXPECT_TRUE(bench->has_given_up(MiniBatchIndex{0}));
  EXPECT_EQ(bench->tally().failed_items, 1);
}

TEST(Dispatcher, AnOutcomeOfAnOlderTryChangesNothing) {
  Bench bench(1, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.gone(1);
  bench.ready(2, 1);
  bench.expect_hand_out(2, 0, 1);
  EXPECT_FALSE(bench.end(1, 0, 1)) << "worker 1 was gone";
  EXPECT_FALSE(bench.end(2, 0, 2)) << "there is no second try";
  EXPECT_FALSE(bench.end(2, 99, 1)) << "there is no such mini-batch";
  EXPECT_TRUE(bench.end(2, 0, 1));
  EXPECT_FALSE(bench.end(2, 0, 1)) << "it is over";
  EXPECT_EQ(bench->tally().done, 1);
}

TEST(Dispatcher, WhatWasNotStartedGoesBackUndequeued) {
  Bench bench(100, 2, 1);
  bench.ready(1, 2);
  bench.expect_hand_out(1, 0, 1);
  bench.expect_hand_out(1, 1, 1);
  bench.give_back(1, {MiniBatchIndex{1}});
  bench.expect_hand_out(1, 1, 1);
  bench.gone(1);
  EXPECT_EQ(bench->tally(), Tally{});
  EXPECT_EQ(bench->never_handed_out(), 100U);
  bench.ready(2, 2);
  bench.expect_hand_out(2, 0, 1);
  bench.expect_hand_out(2, 1, 1);
}

TEST(Dispatcher, NobodySitsOnWorkNearTheEnd) {
  Bench bench(9, 2);
  bench.ready(1, 64);
  bench.expect_hand_out(1, 0, 1);
  bench.expect_hand_out(1, 1, 1);  // a quarter of the rest at most
  bench.ready(2, 64);
  bench.expect_hand_out(2, 2, 1);
}

TEST(Dispatcher, UnstartedWorkIsCalledBackForAWorkerThatHasNone) {
  Bench bench(9, 2);
  bench.ready(1, 2);
  bench.expect_hand_out(1, 0, 1);
  bench.expect_hand_out(1, 1, 1);
  bench.ready(2, 1);
  for (std::uint64_t i = 2; i < 9; ++i) {
    bench.expect_hand_out(2, i, 1);
    bench.end(2, i, 1);
  }
  bench.tick(1ms);
  bench.expect_silence();  // worker 1 may be about to report
  bench.tick(30ms);
  bench.expect_call_back(1);
  bench.tick(30ms);
  bench.expect_silence();  // it was asked already
  bench.give_back(1, {MiniBatchIndex{1}});
  bench.expect_hand_out(2, 1, 1);
}

TEST(Dispatcher, AHostThatIsDownGetsNothingAndWhatItsWorkerHoldsIsCalledBackForOneThatIsIdle) {
  Bench bench(2, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.ready(2, 1);
  bench.expect_hand_out(2, 1, 1);
  bench.host_lost(1);
  bench.end(1, 0, 1, TryStatus::process_died);
  bench.expect_silence();  // worker 2 is busy, worker 1 is in init()
  bench.end(2, 1, 1);
  bench.expect_hand_out(2, 0, 2);
  bench.end(2, 0, 2);
  EXPECT_TRUE(bench->is_over());
}

TEST(Dispatcher, WhatAWorkerHoldsWhoseHostWentDownIsCalledBackWhole) {
  Bench bench(9, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.ready(2, 1);
  for (std::uint64_t i = 1; i < 9; ++i) {
    bench.expect_hand_out(2, i, 1);
    if (i == 8) bench.host_lost(1);
    bench.end(2, i, 1);
  }
  bench.tick(30ms);
  bench.expect_call_back(1);
  bench.give_back(1, {MiniBatchIndex{0}});
  bench.expect_hand_out(2, 0, 1);
}

TEST(Dispatcher, NothingIsHandedOutAfterAStop) {
  Bench bench(10, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench->stop();
  bench.end(1, 0, 1, TryStatus::run_exception);
  bench.ready(2, 4);
  bench.expect_silence();
  EXPECT_TRUE(bench->is_quiet());
  EXPECT_FALSE(bench->is_over());
}

TEST(Dispatcher, IsStuckOnlyWhileAHostIsPastInitAndNothingEnds) {
  Bench bench(2, 1);
  EXPECT_FALSE(bench->is_stuck(bench.now() + 1000s)) << "no host is ready";
  bench.tick(1000s);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  EXPECT_FALSE(bench->is_stuck(bench.now() + 59s));
  EXPECT_TRUE(bench->is_stuck(bench.now() + 61s));
  Commands none;
  bench->on_host_state(WorkerId{1}, false, bench.now(), none);
  EXPECT_FALSE(bench->is_stuck(bench.now() + 61s)) << "a host in init() has a limit of its own";
}

TEST(Dispatcher, GoesOnFromWhatEarlierStartsLeft) {
  Dispatcher dispatcher({4, 3, 1, 60s, 20ms});
  dispatcher.restore({MiniBatchIndex{0}, 1, TryStatus::run_done, 2, 1, 1, {}});
  dispatcher.restore({MiniBatchIndex{1}, 2, TryStatus::run_timeout, 2, 0, 0, {}});
  dispatcher.restore({MiniBatchIndex{2}, 3, TryStatus::process_died, 2, 0, 0, {}});
  dispatcher.begin(Dispatcher::TimePoint{1s});
  EXPECT_EQ(dispatcher.tally(), (Tally{3, 2, 1, 1, 1}));
  EXPECT_EQ(dispatcher.tally_of_no_worker(), dispatcher.tally());
  EXPECT_EQ(dispatcher.reused(), 1U);
  Commands commands;
  dispatcher.on_host_state(WorkerId{1}, true, Dispatcher::TimePoint{1s}, commands);
  dispatcher.on_credit(WorkerId{1}, 8, Dispatcher::TimePoint{1s}, commands);
  ASSERT_EQ(commands.hand_outs.size(), 1U);
  EXPECT_EQ(commands.hand_outs[0], (HandOut{WorkerId{1}, MiniBatchIndex{1}, 3}));
  dispatcher.check_invariants();
}

TEST(Dispatcher, DamagedRowsRunAgainWithTheirTriesAnewAndTheirChargeTakenBack) {
  Bench bench(1, 1, 1);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.end(1, 0, 1);
  EXPECT_TRUE(bench->is_over());
  Commands commands;
  bench->on_bad_stretch({MiniBatchIndex{0}, 1, TryStatus::run_done, 1, 1, 1, {}}, bench.now(), commands);
  ASSERT_EQ(commands.hand_outs.size(), 1U);
  EXPECT_EQ(bench->tally(), Tally{});
  EXPECT_TRUE(bench.end(1, 0, 1));
  EXPECT_EQ(bench->tally().done, 1);
}

TEST(Dispatcher, WhatWaitsForItsTurnOrForAHostIsNotBegunYet) {
  Bench bench(2, 1);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  EXPECT_TRUE(bench->has_unbegun());
  bench.end(1, 0, 1);
  bench.expect_hand_out(1, 1, 1);
  EXPECT_FALSE(bench->has_unbegun());
  bench.host_lost(1);
  EXPECT_TRUE(bench->has_unbegun());
  bench.end(1, 1, 1);
  EXPECT_FALSE(bench->has_unbegun());
}

}  // namespace prs
