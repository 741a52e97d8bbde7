#include "scheduling/ready_queue.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using State = MiniBatchStates::State;

/// A queue over so many mini-batches, and workers that hand out and end at once.
class ReadyQueueTest : public ::testing::Test {
 protected:
  ReadyQueueTest() { queue_.begin(); }
  ~ReadyQueueTest() override {
    states_.check_invariants(9);
    queue_.check_invariants();
  }
  /// What the worker gets, and holds from now on; −1: nothing.
  std::int64_t take(std::uint32_t worker, bool another_waits = false) {
    const auto next = queue_.take(WorkerId{worker}, another_waits);
    if (!next) return -1;
    states_.hand_out(*next, WorkerId{worker});
    return static_cast<std::int64_t>(next->value);
  }
  void fail(std::uint64_t mini_batch) {
    states_.end(MiniBatchIndex{mini_batch}, State::ready);
    queue_.put_back(MiniBatchIndex{mini_batch}, false);
  }

  MiniBatchStates states_{20};
  ReadyQueue queue_{states_};
};

TEST_F(ReadyQueueTest, FreshOnesComeInTheOrderOfThePlan) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(take(1), i);
  EXPECT_TRUE(queue_.is_empty());
  EXPECT_EQ(take(1), -1);
}

TEST_F(ReadyQueueTest, WhatFailedComesBeforeFreshOnesAndToAnotherWorkerWhereOneWaits) {
  EXPECT_EQ(take(1), 0);
  EXPECT_EQ(take(2), 1);
  fail(0);
  fail(1);
  EXPECT_EQ(queue_.last_worker_of_next(), WorkerId{1});
  EXPECT_EQ(take(1), 1);
  EXPECT_EQ(take(1, true), -1) << "worker 1 had it last, and another one waits";
  EXPECT_EQ(take(1, false), 0);
  EXPECT_EQ(take(1), 2);
}

TEST_F(ReadyQueueTest, WhatWasGivenBackIsTheNext) {
  EXPECT_EQ(take(1), 0);
  EXPECT_EQ(take(2), 1);
  fail(1);
  states_.give_back(MiniBatchIndex{0});
  queue_.put_back(MiniBatchIndex{0}, true);
  EXPECT_EQ(states_.never_handed_out(), 19U);
  EXPECT_EQ(take(3), 0);
  EXPECT_EQ(take(3), 1);
}

TEST_F(ReadyQueueTest, SuspectsComeBeforeAllElse) {
  EXPECT_EQ(take(1), 0);
  EXPECT_EQ(take(2), 1);
  fail(1);
  queue_.suspects().mark(MiniBatchIndex{0});
  fail(0);
  EXPECT_EQ(queue_.rest(), 19U) << "suspects are no work that can be shared out";
  EXPECT_EQ(queue_.last_worker_of_next(), WorkerId{1});
  EXPECT_EQ(take(1, true), 0) << "a suspect goes to whoever holds nothing";
  EXPECT_EQ(take(2), 1);
  EXPECT_EQ(take(1), 2);
}

TEST_F(ReadyQueueTest, WhatEarlierStartsLeftIsNotFresh) {
  states_.restore(MiniBatchIndex{0}, 1, State::done);
  states_.restore(MiniBatchIndex{1}, 3, State::gave_up);
  states_.restore(MiniBatchIndex{3}, 2, State::ready);
  queue_.put_back(MiniBatchIndex{3}, false);
  queue_.begin();
  EXPECT_EQ(states_.over(), 2U);
  EXPECT_EQ(states_.reused(), 1U);
  EXPECT_EQ(take(1), 3);
  EXPECT_EQ(states_.dequeue_count(MiniBatchIndex{3}), 3U);
  EXPECT_EQ(take(1), 2);
  EXPECT_EQ(take(1), 4);
}

TEST_F(ReadyQueueTest, WhatWasDoneAndRunsAnewHasItsTriesAnew) {
  EXPECT_EQ(take(1), 0);
  states_.end(MiniBatchIndex{0}, State::done);
  EXPECT_EQ(states_.over(), 1U);
  states_.begin_anew(MiniBatchIndex{0});
  queue_.put_back(MiniBatchIndex{0}, false);
  EXPECT_EQ(states_.never_handed_out(), 20U);
  EXPECT_EQ(take(2), 0);
  EXPECT_EQ(states_.dequeue_count(MiniBatchIndex{0}), 1U);
}

}  // namespace

TEST(MiniBatchStatesDeath, AStepThatCannotBeEndsTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  MiniBatchStates states(2);
  EXPECT_DEATH(states.end(MiniBatchIndex{0}, State::done), "only a running mini-batch ends");
  EXPECT_DEATH(states.begin_anew(MiniBatchIndex{0}), "only a finished mini-batch has a stretch");
  states.hand_out(MiniBatchIndex{0}, WorkerId{1});
  EXPECT_DEATH(states.hand_out(MiniBatchIndex{0}, WorkerId{2}), "only a ready mini-batch is handed out");
  EXPECT_DEATH(states.restore(MiniBatchIndex{0}, 1, State::done), "a mini-batch is restored once");
}

}  // namespace prs
