#include "farm/work_sender.hpp"

#include <gtest/gtest.h>

#include "tests/unit/farm/fake_transport.hpp"

namespace prs {
namespace {

using protocol::Tag;
using std::chrono::milliseconds;

class WorkSenderTest : public testing::Test {
 protected:
  void add(std::uint32_t rank, std::uint64_t mini_batch) { sender.add({WorkerId{rank}, {mini_batch}, 1}); }
  void send(std::uint64_t written, bool is_prompt = false) { sender.send(written, is_prompt, transport.now()); }
  protocol::Work take(int rank) { return protocol::work_of(transport.try_take(rank, Tag::work).value()); }

  WorkSender::MakeTask make_tasks() {
    return [this](const HandOut& hand_out) {
      made.push_back(hand_out.mini_batch.value);
      Task task;
      task.mini_batch = hand_out.mini_batch;
      task.dequeue_count = hand_out.dequeue_count;
      task.items = FileItems(path + '\0', 1);
      return task;
    };
  }

  std::string path = "/a";
  std::vector<std::uint64_t> made;  ///< tasks, whose paths take memory
  FakeTransport transport{0, 4};
  WorkSender sender{transport, 4, make_tasks()};
};

TEST_F(WorkSenderTest, TasksOfOneTurnGoInOneMessage) {
  add(2, 5);
  add(2, 6);
  send(0);
  const protocol::Work work = take(2);
  ASSERT_EQ(work.tasks.size(), 2U);
  EXPECT_EQ(work.tasks[1].mini_batch.value, 6U);
}

TEST_F(WorkSenderTest, AnOutcomeIsAcknowledgedOnlyOnceItIsWritten) {
  EXPECT_EQ(sender.note_outcome(1), 0U);
  EXPECT_TRUE(sender.has_outcomes_without_ticket());
  sender.give_ticket(9);
  EXPECT_FALSE(sender.has_outcomes_without_ticket());
  transport.advance(milliseconds(100));
  send(8);
  EXPECT_FALSE(transport.has_sent(1, Tag::work));
  send(9);
  EXPECT_EQ(take(1).acknowledged, 1U);
}

TEST_F(WorkSenderTest, AnAcknowledgementWaitsALittleForATaskToRideWith) {
  add(1, 0);
  send(0);
  take(1);
  sender.note_outcome(1);
  sender.give_ticket(1);
  send(1);
  EXPECT_FALSE(transport.has_sent(1, Tag::work)) << "the worker has just heard something";
  add(1, 1);
  send(1);
  const protocol::Work work = take(1);
  EXPECT_EQ(work.acknowledged, 1U);
  EXPECT_EQ(work.tasks.size(), 1U);
}

TEST_F(WorkSenderTest, OrGoesAloneSoonOrAtOnceWhereTheRunCloses) {
  add(1, 0);
  send(0);
  take(1);
  sender.note_outcome(1);
  sender.give_ticket(1);
  send(1, true);
  EXPECT_EQ(take(1).acknowledged, 1U);
  sender.note_outcome(1);
  sender.give_ticket(2);
  transport.advance(milliseconds(50));
  send(2);
  EXPECT_EQ(take(1).acknowledged, 2U);
}

TEST_F(WorkSenderTest, WhatAnAcknowledgementSaysBesideGoesWithItsOwnNumber) {
  const std::uint64_t first = sender.note_outcome(1);
  sender.drop(1, first);
  sender.give_ticket(1);
  const std::uint64_t second = sender.note_outcome(1);
  sender.overrule(1, second);
  send(1, true);
  protocol::Work work = take(1);
  EXPECT_EQ(work.acknowledged, 1U);
  EXPECT_EQ(work.dropped, std::vector<std::uint64_t>{0});
  EXPECT_TRUE(work.overruled.empty()) << "it is not acknowledged yet";
  sender.give_ticket(2);
  send(2, true);
  work = take(1);
  EXPECT_EQ(work.acknowledged, 2U);
  EXPECT_EQ(work.overruled, std::vector<std::uint64_t>{1});
  EXPECT_TRUE(work.dropped.empty());
}

TEST_F(WorkSenderTest, WorkersAreAcknowledgedInTheOrderOfTheirTickets) {
  sender.note_outcome(3);
  sender.give_ticket(1);
  sender.note_outcome(1);
  sender.note_outcome(3);
  sender.give_ticket(2);
  send(1, true);
  EXPECT_EQ(take(3).acknowledged, 1U);
  EXPECT_FALSE(transport.has_sent(1, Tag::work));
  EXPECT_TRUE(sender.is_any_waiting([](int rank) { return rank == 1; }));
  send(2, true);
  EXPECT_EQ(take(3).acknowledged, 2U);
  EXPECT_EQ(take(1).acknowledged, 1U);
  EXPECT_FALSE(sender.is_any_waiting([](int) { return true; }));
}

TEST_F(WorkSenderTest, NothingGoesToAForgottenWorker) {
  add(2, 1);
  sender.forget(2);
  send(0, true);
  EXPECT_FALSE(transport.has_sent());
}

TEST_F(WorkSenderTest, LongPathsGoInSeveralMessages) {
  path = std::string(3 << 20, 'x');
  for (std::uint64_t i = 0; i < 3; ++i) add(1, i);
  send(0);
  std::size_t messages = 0, tasks = 0;
  while (const auto bytes = transport.try_take(1, Tag::work)) {
    ++messages;
    tasks += protocol::work_of(*bytes).tasks.size();
  }
  EXPECT_EQ(tasks, 3U);
  EXPECT_EQ(messages, 3U);
}

TEST_F(WorkSenderTest, OfAWorkerThatTakesNothingOnlyNumbersAreKept) {
  add(1, 0);
  send(0);
  EXPECT_EQ(take(1).tasks.size(), 1U);
  transport.behind = {1};
  path = std::string(1 << 20, 'x');
  for (std::uint64_t i = 1; i < 4; ++i) add(1, i);
  sender.note_outcome(1);
  sender.give_ticket(1);
  for (int turn = 0; turn < 1000; ++turn) {
    send(1, turn % 2 == 0);
    sender.send_beats([](int rank) { return rank != 1; }, transport.now());
    transport.advance(milliseconds(20));
  }
  EXPECT_FALSE(transport.has_sent());
  EXPECT_TRUE(transport.take_beats(1).empty());
  EXPECT_EQ(made, std::vector<std::uint64_t>{0}) << "the paths of what waits are made when they are sent";
  transport.behind.clear();
  transport.advance(milliseconds(20));
  send(1);
  const protocol::Work work = take(1);
  EXPECT_EQ(work.tasks.size(), 3U);
  EXPECT_EQ(work.acknowledged, 1U);
}

TEST_F(WorkSenderTest, AWorkerThatTakesNothingDelaysNobodyElse) {
  transport.behind = {1};
  add(1, 0);
  add(2, 1);
  send(0);
  EXPECT_EQ(take(2).tasks.size(), 1U);
  transport.behind.clear();
  transport.advance(milliseconds(20));
  send(0);
  EXPECT_EQ(take(1).tasks.size(), 1U);
}

TEST_F(WorkSenderTest, BeatsGoToWhomHasHeardNothingForLong) {
  const auto nobody = [](int rank) { return rank == 3; };
  sender.send_beats(nobody, transport.now());
  EXPECT_TRUE(transport.take_beats(1).empty()) << "it has just been opened";
  transport.advance(protocol::beat_interval);
  sender.send_beats(nobody, transport.now());
  EXPECT_EQ(transport.take_beats(1).size(), 1U);
  EXPECT_EQ(transport.take_beats(2).size(), 1U);
  transport.advance(protocol::beat_interval - milliseconds(10));
  add(1, 0);
  send(0);
  take(1);
  transport.advance(milliseconds(20));
  sender.send_beats(nobody, transport.now());
  EXPECT_EQ(transport.take_beats(1).size(), 0U) << "it has just heard something";
  EXPECT_EQ(transport.take_beats(2).size(), 1U);
  EXPECT_EQ(transport.take_beats(3).size(), 0U) << "it is left out";
}

TEST(WorkSenderOfMany, BeatsAreSpreadOverTheirInterval) {
  constexpr int ranks = 1001;
  FakeTransport transport(0, ranks);
  WorkSender sender(transport, ranks, {});
  int looks = 0;
  const auto count = [&](int) {
    ++looks;
    return false;
  };
  sender.send_beats(count, transport.now());
  for (int turn = 0; turn < 50; ++turn) {
    transport.advance(milliseconds(100));
    looks = 0;
    sender.send_beats(count, transport.now());
    EXPECT_EQ(looks, 20) << "a turn looks at those that are due, and not at all workers";
  }
  for (int rank = 1; rank < ranks; ++rank) EXPECT_EQ(transport.take_beats(rank).size(), 1U) << rank;
}

}  // namespace
}  // namespace prs
