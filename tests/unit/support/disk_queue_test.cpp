#include "support/disk_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/beat.hpp"

namespace prs {
namespace {

using Job = DiskQueue::Job;
using std::chrono::seconds;

TEST(DiskQueue, SmallJobsForOneFileAreWrittenTogetherAndInTheirOrder) {
  DiskQueue queue;
  for (const std::size_t file : {1, 1, 2, 1}) queue.add({file, std::string(1, static_cast<char>('0' + file))});
  queue.take();
  std::vector<std::string> pieces;
  while (const auto job = queue.next()) {
    pieces.push_back(job->bytes);
    queue.set_over(*job, true);
    EXPECT_EQ(job->tickets, job->bytes.size());
  }
  EXPECT_EQ(pieces, (std::vector<std::string>{"11", "2", "1"}));
  EXPECT_EQ(queue.written(), 4U);
  EXPECT_EQ(queue.backlog_bytes(), 0U);
}

TEST(DiskQueue, WhatIsPutTogetherIsBounded) {
  DiskQueue queue;
  for (int i = 0; i < 5; ++i) queue.add({0, std::string(400'000, 'x')});
  queue.take();
  std::vector<std::uint64_t> tickets;
  while (const auto job = queue.next()) tickets.push_back(job->tickets);
  EXPECT_EQ(tickets, (std::vector<std::uint64_t>{2, 2, 1}));
}

TEST(DiskQueue, RoomIsTriedInItsTurn) {
  DiskQueue queue;
  queue.add({0, "a"});
  queue.add({0, "/path", 100});
  queue.add({0, "b"});
  queue.take();
  std::vector<std::string> pieces;
  while (const auto job = queue.next()) pieces.push_back(job->bytes);
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "/path", "b"}));
}

TEST(DiskQueue, WhatComesWhileItIsWrittenWaitsForTheNextTurn) {
  DiskQueue queue;
  queue.add({0, "a"});
  queue.take();
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.add({0, "b"}), 2U);
  EXPECT_EQ(queue.next()->bytes, "a");
  EXPECT_FALSE(queue.has_next());
  EXPECT_FALSE(queue.is_empty());
  EXPECT_EQ(queue.submitted(), 2U);
}

TEST(DiskQueue, AfterAFailureOnlyLinesAreLeftAndNoTicketIsDone) {
  DiskQueue queue;
  const auto add_line = [&queue](const std::string& text) {
    queue.add_line();
    queue.add({5, text, 0, true});
  };
  queue.add({0, "rows"});
  add_line("taken");
  queue.take();
  queue.add({0, "more rows"});
  add_line("came later");
  queue.take_lines();
  const auto job = queue.next();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->bytes, "takencame later");
  queue.set_over(*job, false);
  EXPECT_FALSE(queue.are_lines_over());
  queue.add_lines_over(job->tickets);
  EXPECT_TRUE(queue.are_lines_over());
  EXPECT_FALSE(queue.next());
  EXPECT_EQ(queue.written(), 0U);
}

TEST(Beat, AStrokeIsDueOnceInEachInterval) {
  const TimePoint start(seconds(100));
  Beat beat;
  EXPECT_EQ(beat.due(), TimePoint::max());
  beat.begin({3, ".", "/rival"}, seconds(5), start);
  EXPECT_FALSE(beat.take_due(start + seconds(4)));
  EXPECT_EQ(beat.take_due(start + seconds(7))->file, 3U);
  EXPECT_EQ(beat.due(), start + seconds(12)) << "a late one is not made up for";
  EXPECT_FALSE(beat.take_due(start + seconds(11)));
}

TEST(Beat, OnlyALookEndsItSoThatItIsOver) {
  const TimePoint start(seconds(100));
  Beat beat;
  beat.begin({}, seconds(5), start);
  beat.stop();
  EXPECT_FALSE(beat.take_due(start + seconds(60)));
  EXPECT_FALSE(beat.is_over());
  beat.begin({}, seconds(5), start);
  beat.end();
  EXPECT_TRUE(beat.is_over());
  EXPECT_EQ(beat.due(), TimePoint::max());
  beat.begin({}, seconds(5), start);
  EXPECT_FALSE(beat.is_over());
}

}  // namespace
}  // namespace prs
