#include "script/task_window.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace prs {
namespace {

class TaskWindowTest : public testing::Test {
 protected:
  void give(std::uint64_t count, const std::string& items = {}) {
    for (std::uint64_t i = 0; i < count; ++i) {
      Task task;
      task.mini_batch = {given++};
      task.items = FileItems(items, 1);
      tasks.give(std::move(task), TimePoint());
    }
  }
  void give_table(std::uint64_t bytes) {
    tasks.give({{given++}, 1, TableItems{0, {{"/t", 0, bytes, 0}}}}, TimePoint());
  }
  /// The next table that is to be loaded is.
  void load(std::uint64_t number, std::uint32_t items, std::uint64_t bytes = 100) {
    HeldTask* const next = tasks.loads().next;
    *next->load = LoadAsked{number};
    ASSERT_EQ(tasks.find_load(number), next);
    *next->load = LoadedTable{UniqueFd(::dup(0)), {items, bytes, {{items, bytes, 3, 5, "h"}}}};
  }
  /// The number of tasks in each frame.
  std::vector<std::uint32_t> send() {
    std::vector<std::uint32_t> frames;
    for (std::size_t count = tasks.sendable(); count > 0;) {
      std::uint32_t in_frame = 0;
      std::memcpy(&in_frame, tasks.next_frame(count).payload.data(), sizeof in_frame);
      frames.push_back(in_frame);
    }
    return frames;
  }
  void run(std::uint64_t sequence) { memory[static_cast<std::size_t>(ControlWord::running)] = sequence << 8 | 2; }
  static std::vector<std::uint64_t> indices(const std::vector<Task>& of) {
    std::vector<std::uint64_t> found;
    for (const Task& task : of) found.push_back(task.mini_batch.value);
    return found;
  }
  ~TaskWindowTest() override { EXPECT_TRUE(tasks.adds_up()); }

  using Frames = std::vector<std::uint32_t>;
  using Indices = std::vector<std::uint64_t>;
  std::uint64_t given = 0;
  TaskWindow tasks{0};
  std::vector<std::uint64_t> memory = std::vector<std::uint64_t>((control_bytes + ring_bytes) / 8);
  ResultRing ring{std::as_writable_bytes(std::span(memory))};
};

TEST_F(TaskWindowTest, MoreIsSentOnceHalfOfTheWindowIsFree) {
  tasks.set_size(4);
  give(10);
  EXPECT_EQ(send(), Frames{4});
  tasks.end(0);
  EXPECT_EQ(send(), Frames{});
  tasks.end(0);
  EXPECT_EQ(send(), Frames{2});
  EXPECT_EQ(tasks.held(), 8u);
}

TEST_F(TaskWindowTest, ALargeTaskEndsItsFrame) {
  tasks.set_size(3);
  give(3, std::string(1 << 20, 'x'));
  EXPECT_EQ(send(), (Frames{1, 1, 1}));
}

TEST_F(TaskWindowTest, AHostGetsNoMoreThanItMayRun) {
  tasks = TaskWindow(3);
  tasks.set_size(2);
  give(5);
  EXPECT_EQ(send(), Frames{2});
  tasks.end(0);
  EXPECT_EQ(send(), Frames{1});
  EXPECT_TRUE(tasks.is_host_worn());
  tasks.end(0);
  tasks.end(0);
  EXPECT_EQ(send(), Frames{});
  tasks.host_is_gone();
  EXPECT_EQ(send(), Frames{2});
}

TEST_F(TaskWindowTest, WhatAGoneHostHeldGoesFirstAndInItsOrder) {
  tasks.set_size(3);
  give(4);
  send();
  tasks.end(1);
  tasks.host_is_gone();
  EXPECT_EQ(indices(tasks.take_back(0, nullptr)), (Indices{3, 2, 0}));
}

TEST_F(TaskWindowTest, SuspectsGoOneAtATime) {
  tasks.set_size(4);
  give(6);
  send();
  tasks.be_careful();
  tasks.host_is_gone();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(send(), Frames{1});
    tasks.end(0);
  }
  EXPECT_EQ(send(), Frames{2});
}

TEST_F(TaskWindowTest, TheNewestComeBackFirst) {
  tasks.set_size(2);
  give(4);
  send();
  EXPECT_EQ(indices(tasks.take_back(1, nullptr)), (Indices{3, 2}));
  EXPECT_EQ(tasks.held(), 2u);
}

#if defined(__x86_64__)
TEST_F(TaskWindowTest, WhatTheHostHasCertainlyNotStartedIsRecalled) {
  tasks.set_size(4);
  give(4);
  send();
  run(2);
  EXPECT_EQ(indices(tasks.take_back(0, &ring)), (Indices{3, 2}));
  give(1);
  EXPECT_EQ(send(), Frames{}) << "the host has not confirmed the recall";
  EXPECT_EQ(tasks.take_back(0, &ring).size(), 1u) << "one recall at a time";
  tasks.end(0);
  EXPECT_TRUE(tasks.accept_returned(2)) << "it was kept, and is sent again";
  EXPECT_TRUE(tasks.accept_returned(3));
  EXPECT_TRUE(tasks.accept_returned(4));
  EXPECT_EQ(send(), Frames{1});
  EXPECT_EQ(tasks.first_sequence(), 5u);
}

TEST_F(TaskWindowTest, WhatNobodyRecalledCannotBeReturned) {
  tasks.set_size(4);
  give(4);
  send();
  EXPECT_FALSE(tasks.accept_returned(1));
  run(2);
  tasks.take_back(2, &ring);
  EXPECT_FALSE(tasks.accept_returned(2));
  EXPECT_FALSE(tasks.accept_returned(5));
}

TEST_F(TaskWindowTest, ARecallEndsWithItsHost) {
  tasks.set_size(4);
  give(4);
  send();
  run(1);
  tasks.take_back(0, &ring);
  tasks.host_is_gone();
  EXPECT_EQ(send(), Frames{1});
  EXPECT_FALSE(tasks.accept_returned(2));
}
#endif

TEST_F(TaskWindowTest, ATableWaitsUntilItIsLoaded) {
  tasks.set_size(4);
  give(1);
  give_table(100);
  give(1);
  EXPECT_EQ(tasks.sendable(), 1u) << "the order is kept";
  load(1, 5);
  EXPECT_EQ(tasks.sendable(), 3u);
  std::size_t count = 3;
  EXPECT_EQ(tasks.next_frame(count).type, FrameType::tasks);
  const TaskFrame table = tasks.next_frame(count);
  EXPECT_EQ(table.type, FrameType::table);
  EXPECT_GE(table.memory, 0);
  EXPECT_EQ(table.payload, std::string("\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0\x2b\0\0\0"
                                       "\0\0\0\0\1\0\0\0"
                                       "\x64\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\5\0\0\0\2\0\0\0\1\0\0\0\5\0\0\0/th",
                                       task_header_bytes + table_header_bytes + table_piece_bytes + 3));
  EXPECT_EQ(tasks.next_frame(count).type, FrameType::tasks);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(tasks.end(1).items(), 5u);
}

TEST_F(TaskWindowTest, RowsThatTheHostReadsItselfWaitForNoLoader) {
  tasks.set_size(4);
  const TablePiece a{"/a", 7, 9, 0, PieceUnit::rows}, b{"/bc", 0, 256, 0, PieceUnit::rows};
  give(1);
  tasks.give({{given++}, 3, TableItems{2, {a, b}}, std::string("v\0", 2)}, TimePoint());
  give(1);
  EXPECT_FALSE(tasks.has_loads());
  EXPECT_EQ(tasks.sendable(), 3u);
  std::size_t count = 3;
  EXPECT_EQ(tasks.next_frame(count).type, FrameType::tasks);
  const TaskFrame rows = tasks.next_frame(count);
  EXPECT_EQ(rows.type, FrameType::rows);
  EXPECT_EQ(rows.memory, -1);
  EXPECT_EQ(rows.payload, std::string("\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\2\1\0\0\x37\0\0\0\2\0\0\0\2\0\0\0"
                                      "\7\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\2\0\0\0/a"
                                      "\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\3\0\0\0/bcv\0",
                                      task_header_bytes + table_header_bytes + 2 * rows_piece_bytes + 7));
  EXPECT_EQ(tasks.next_frame(count).type, FrameType::tasks);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(tasks.end(1).items(), 258u);
}

TEST_F(TaskWindowTest, ValuesOfPartitionKeysStandBeforeThePathsAndBehindThePieces) {
  tasks.set_size(4);
  const std::string values("x\0\0", 3);
  tasks.give({{given++}, 1, FileItems(std::string("/a\0", 3), 1), values}, TimePoint());
  const TableItems three{7, {{"/empty", 0, 9, 0}, {"/b", 0, 9, 0}, {"/c", 0, 9, 0}}};
  tasks.give({{given++}, 1, three, values}, TimePoint());
  *tasks.loads().next->load = LoadAsked{1};
  *tasks.find_load(1)->load =
      LoadedTable{UniqueFd(::dup(0)), {3, 8, {{0, 0, 0, 0, ""}, {1, 3, 4, 1, ""}, {2, 5, 6, 6, ""}}}};
  std::size_t count = tasks.sendable();
  ASSERT_EQ(count, 2u);
  const std::string files(tasks.next_frame(count).payload);
  EXPECT_EQ(files.substr(4 + task_header_bytes), values + std::string("/a\0", 3));
  EXPECT_EQ(files.substr(4 + task_header_bytes - 4, 4), std::string("\6\0\0\0", 4)) << "bytes of all texts";
  const std::string table(tasks.next_frame(count).payload);
  EXPECT_EQ(table.substr(task_header_bytes, table_header_bytes), std::string("\7\0\0\0\2\0\0\0", 8));
  EXPECT_EQ(table.substr(table.size() - 3), values);
  EXPECT_EQ(table.find("/empty"), std::string::npos);
  EXPECT_EQ(table.size(), task_header_bytes + table_header_bytes + 2 * (table_piece_bytes + 2) + values.size());
}

TEST_F(TaskWindowTest, WhatIsLoadedStaysSoWhenItsHostIsGone) {
  tasks.set_size(4);
  for (int i = 0; i < 3; ++i) give_table(100);
  load(1, 1);
  load(2, 1);
  for (std::size_t count = tasks.sendable(); count > 0;) tasks.next_frame(count);
  EXPECT_EQ(tasks.sent_count(), 2u);
  tasks.host_is_gone();
  EXPECT_EQ(tasks.sendable(), 2u);
  EXPECT_EQ(tasks.loads().count, 2u);
  EXPECT_EQ(tasks.loads().next->task.mini_batch.value, 2u);
}

TEST_F(TaskWindowTest, LoadsAreCountedWithTheirBytes) {
  tasks.set_size(1);
  for (int i = 0; i < 4; ++i) give_table(100);
  EXPECT_EQ(tasks.loads().count, 0u);
  load(1, 1, 70);
  std::size_t count = tasks.sendable();
  tasks.next_frame(count);
  *tasks.loads().next->load = LoadAsked{2};
  EXPECT_EQ(tasks.loads().count, 2u) << "the one with the host too";
  EXPECT_EQ(tasks.loads().bytes, 170u);
  EXPECT_EQ(tasks.loads().next->task.mini_batch.value, 2u);
  EXPECT_EQ(tasks.find_load(2)->task.mini_batch.value, 1u);
  tasks.take_back(1, nullptr);
  EXPECT_EQ(tasks.find_load(2), nullptr);
  EXPECT_EQ(tasks.loads().next, nullptr);
}

TEST_F(TaskWindowTest, RowsThatALoaderReadsCountAsMuchUntilTheyAreThere) {
  tasks.set_size(1);
  tasks.give({{given++}, 1, TableItems{0, {{"/a.h5", 0, 9, 0, PieceUnit::loaded_rows}}}}, TimePoint());
  ASSERT_TRUE(tasks.has_loads());
  *tasks.loads().next->load = LoadAsked{1};
  EXPECT_GT(tasks.loads().bytes, 1u << 30) << "nobody knows how long a row is";
  *tasks.find_load(1)->load = LoadedTable{UniqueFd(::dup(0)), {9, 128, {{9, 128, 0, 0, ""}}}};
  EXPECT_EQ(tasks.loads().bytes, 128u);
  std::size_t count = tasks.sendable();
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(tasks.next_frame(count).type, FrameType::table);
}

TEST_F(TaskWindowTest, WhatNoHostCanRunEndsAndTheRestGoesOn) {
  tasks.set_size(4);
  for (int i = 0; i < 4; ++i) give_table(100);
  load(1, 0);
  load(2, 1);
  *tasks.loads().next->load = FailedLoad{};
  const std::vector<HeldTask> ended = tasks.take_unrunnable();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[0].items(), 0u);
  EXPECT_EQ(ended[1].items(), 1u);
  EXPECT_EQ(tasks.held(), 2u);
  EXPECT_EQ(tasks.sendable(), 1u);
}

TEST_F(TaskWindowTest, OnlyWhatIsWithTheHostHasAPlace) {
  tasks.set_size(2);
  give(3);
  EXPECT_EQ(tasks.place_of(1), std::nullopt);
  send();
  EXPECT_EQ(tasks.place_of(0), std::nullopt);
  EXPECT_EQ(tasks.place_of(2), 1u);
  EXPECT_EQ(tasks.place_of(3), std::nullopt);
}

}  // namespace
}  // namespace prs
