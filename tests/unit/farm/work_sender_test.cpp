#include "farm/work_sender.hpp"

#include <gtest/gtest.h>

#include "tests/unit/farm/fake_transport.hpp"

namespace prs {
namespace {

using protocol::Tag;
using std::chrono::milliseconds;

class WorkSenderTest : public testing::Test {
 protected:
  static Task task(std::uint64_t mini_batch) {
    Task task;
    task.mini_batch = {mini_batch};
    task.items = FileItems(std::string("/a\0", 3), 1);
    return task;
  }
  void send(std::uint64_t written, bool is_prompt = false) { sender.send(written, is_prompt, transport.now()); }
  protocol::Work take(int rank) { return protocol::work_of(transport.try_take(rank, Tag::work).value()); }

  FakeTransport transport{0, 4};
  WorkSender sender{transport, 4};
};

TEST_F(WorkSenderTest, TasksOfOneTurnGoInOneMessage) {
  sender.add(2, task(5));
  sender.add(2, task(6));
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
  sender.add(1, task(0));
  send(0);
  take(1);
  sender.note_outcome(1);
  sender.give_ticket(1);
  send(1);
  EXPECT_FALSE(transport.has_sent(1, Tag::work)) << "the worker has just heard something";
  sender.add(1, task(1));
  send(1);
  const protocol::Work work = take(1);
  EXPECT_EQ(work.acknowledged, 1U);
  EXPECT_EQ(work.tasks.size(), 1U);
}

TEST_F(WorkSenderTest, OrGoesAloneSoonOrAtOnceWhereTheRunCloses) {
  sender.add(1, task(0));
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
  sender.add(2, task(1));
  sender.forget(2);
  send(0, true);
  EXPECT_FALSE(transport.has_sent());
}

TEST_F(WorkSenderTest, LongPathsGoInSeveralMessages) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    Task big = task(i);
    big.items = FileItems(std::string(3 << 20, 'x') + '\0', 1);
    sender.add(1, std::move(big));
  }
  send(0);
  std::size_t messages = 0, tasks = 0;
  while (const auto bytes = transport.try_take(1, Tag::work)) {
    ++messages;
    tasks += protocol::work_of(*bytes).tasks.size();
  }
  EXPECT_EQ(tasks, 3U);
  EXPECT_EQ(messages, 3U);
}

TEST_F(WorkSenderTest, BeatsGoToWhomHasHeardNothingForLong) {
  const auto nobody = [](int rank) { return rank == 3; };
  sender.send_beats(nobody, transport.now());
  EXPECT_EQ(transport.take_beats(1).size(), 1U);
  EXPECT_EQ(transport.take_beats(2).size(), 1U);
  transport.advance(protocol::beat_interval - milliseconds(10));
  sender.add(1, task(0));
  send(0);
  take(1);
  transport.advance(milliseconds(20));
  sender.send_beats(nobody, transport.now());
  EXPECT_EQ(transport.take_beats(1).size(), 0U) << "it has just heard something";
  EXPECT_EQ(transport.take_beats(2).size(), 1U);
  EXPECT_EQ(transport.take_beats(3).size(), 0U) << "it is left out";
}

}  // namespace
}  // namespace prs
