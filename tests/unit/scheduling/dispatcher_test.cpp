#include "scheduling/dispatcher.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using namespace std::chrono_literals;
using Time = Dispatcher::TimePoint;

/// A dispatcher whose commands are looked at step by step; what is not looked at is found by `expect_silence()`.
class Bench {
 public:
  Bench(std::uint64_t mini_batches, std::uint32_t workers, std::uint32_t run_max_try = 3)
      : dispatcher_({mini_batches, run_max_try, workers, 60s, 20ms}) {
    dispatcher_.begin(now_);
  }
  ~Bench() {
    expect_silence();
    dispatcher_.check_invariants();
  }
  Dispatcher& operator*() { return dispatcher_; }
  Dispatcher* operator->() { return &dispatcher_; }

  void ready(std::uint32_t worker, std::uint32_t credit) {
    dispatcher_.on_host_state(WorkerId{worker}, true, now_, commands_);
    dispatcher_.on_credit(WorkerId{worker}, credit, now_, commands_);
  }
  bool end(std::uint32_t worker, std::uint64_t mini_batch, std::uint32_t dequeue_count,
           TryStatus status = TryStatus::run_done) {
    const Outcome outcome{
        MiniBatchIndex{mini_batch}, dequeue_count, status, 1, status == TryStatus::run_done ? 1U : 0U, 1, {}};
    return dispatcher_.on_outcome(WorkerId{worker}, outcome, now_, commands_);
  }
  void host_lost(std::uint32_t worker) { dispatcher_.on_host_state(WorkerId{worker}, false, now_, commands_); }
  void give_back(std::uint32_t worker, std::vector<MiniBatchIndex> mini_batches) {
    dispatcher_.on_given_back(WorkerId{worker}, mini_batches, now_, commands_);
  }
  void gone(std::uint32_t worker) { dispatcher_.on_worker_gone(WorkerId{worker}, now_, commands_); }
  void lost(std::uint32_t worker, bool is_suspicious = true) {
    dispatcher_.on_worker_lost(WorkerId{worker}, is_suspicious, now_, commands_);
  }
  void hold_suspects(bool are_held) { dispatcher_.hold_suspects(are_held, commands_); }
  void expect_loss_marks(const std::vector<std::uint64_t>& mini_batches) {
    std::vector<std::uint64_t> marked;
    for (const MiniBatchIndex mini_batch : commands_.loss_marks) marked.push_back(mini_batch.value);
    EXPECT_EQ(marked, mini_batches);
    commands_.loss_marks.clear();
  }
  void expect_given_up(std::uint64_t mini_batch) {
    ASSERT_EQ(commands_.given_up.size(), 1U);
    EXPECT_EQ(commands_.given_up.front().mini_batch.value, mini_batch);
    EXPECT_EQ(commands_.given_up.front().status, TryStatus::worker_lost);
    commands_.given_up.clear();
  }
  void tick(Dispatcher::Duration later) {
    now_ += later;
    dispatcher_.on_tick(now_, commands_);
  }
  Time now() const { return now_; }

  void expect_hand_out(std::uint32_t worker, std::uint64_t mini_batch, std::uint32_t dequeue_count) {
    ASSERT_FALSE(commands_.hand_outs.empty()) << "nothing was handed out";
    const HandOut first = commands_.hand_outs.front();
    commands_.hand_outs.erase(commands_.hand_outs.begin());
    EXPECT_EQ(first.worker.value, worker);
    EXPECT_EQ(first.mini_batch.value, mini_batch);
    EXPECT_EQ(first.dequeue_count, dequeue_count);
    EXPECT_EQ(first.previous_try_failed, dequeue_count > 1);
  }
  void expect_call_back(std::uint32_t worker) {
    ASSERT_EQ(commands_.call_backs.size(), 1U);
    EXPECT_EQ(commands_.call_backs.front().worker.value, worker);
    commands_.call_backs.clear();
  }
  void expect_silence() {
    EXPECT_TRUE(commands_.is_empty()) << commands_.hand_outs.size() << " hand-outs, " << commands_.call_backs.size()
                                      << " call-backs were not expected";
  }

 private:
  Time now_{1s};
  Dispatcher dispatcher_;
  Commands commands_;
};

}  // namespace

TEST(Dispatcher, HandsOutInOrderUpToTheCredit) {
  Bench bench(100, 2);
  bench.ready(1, 3);
  for (std::uint64_t i = 0; i < 3; ++i) bench.expect_hand_out(1, i, 1);
  bench.expect_silence();
  EXPECT_TRUE(bench.end(1, 0, 1));
  bench.expect_hand_out(1, 3, 1);
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
  dispatcher.begin(Time{1s});
  EXPECT_EQ(dispatcher.tally(), (Tally{3, 2, 1, 1, 1}));
  EXPECT_EQ(dispatcher.tally_of_no_worker(), dispatcher.tally());
  EXPECT_EQ(dispatcher.reused(), 1U);
  Commands commands;
  dispatcher.on_host_state(WorkerId{1}, true, Time{1s}, commands);
  dispatcher.on_credit(WorkerId{1}, 8, Time{1s}, commands);
  ASSERT_EQ(commands.hand_outs.size(), 1U);
  EXPECT_EQ(commands.hand_outs[0], (HandOut{WorkerId{1}, MiniBatchIndex{1}, 3, true}));
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

TEST(Dispatcher, WhatALostWorkerHeldIsTriedAloneUnchargedByWorkersThatHoldNothing) {
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

TEST(Dispatcher, OnlyTheMiniBatchThatWasAloneOnThreeLostRanksIsGivenUp) {
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

TEST(Dispatcher, ASuspectIsTriedBeforeFreshWorkAndStaysOneUntilItHasPassed) {
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

TEST(Dispatcher, ASuspectThatWasNotStartedGoesBackAndWaitsAloneAgain) {
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

TEST(Dispatcher, LossMarksOfEarlierStartsCountAndTheirSuspectsComeFirst) {
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

TEST(Dispatcher, SuspectsAreHeldBackWhileTheRanksComeToTermsWithALossAndOtherWorkGoesOn) {
  Bench bench(100, 3);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.hold_suspects(true);
  bench.lost(1);
  bench.expect_loss_marks({0});
  bench.ready(2, 1);
  bench.expect_hand_out(2, 1, 1);
  bench.hold_suspects(false);
  bench.expect_silence();  // worker 2 is busy
  bench.ready(3, 1);
  bench.expect_hand_out(3, 0, 1);
}

TEST(Dispatcher, AHeldSuspectGoesToAWaitingWorkerOnceItIsReleased) {
  Bench bench(1, 2);
  bench.ready(1, 1);
  bench.expect_hand_out(1, 0, 1);
  bench.ready(2, 1);
  bench.hold_suspects(true);
  bench.lost(1);
  bench.expect_loss_marks({0});
  bench.expect_silence();
  EXPECT_FALSE(bench->is_over());
  EXPECT_TRUE(bench->has_unbegun());
  bench.hold_suspects(false);
  bench.expect_hand_out(2, 0, 1);
}

TEST(Dispatcher, WorkersThatWereKeptWaitingForSuspectsAreFedOnceTheyAreTaken) {
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

TEST(Dispatcher, WhatALostWorkerChargedIsAccountedForByNoWorker) {
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
