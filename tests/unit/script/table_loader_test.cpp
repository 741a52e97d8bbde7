// What hangs, dies or is taken back while a table is read ahead (rules 1.2, 4.5, 6.1, 7.6).

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <random>
#include <set>

#include "script/script_driver.hpp"
#include "support/proc_text.hpp"
#include "support/process_stat.hpp"
#include "tests/unit/script/table_harness.hpp"

namespace prs {
namespace {

using test::TableHarness;

const std::string echo = "def run(frame):\n    return frame\n";

/// Whoever opens it to read it waits for a writer that never comes.
void make_fifo(const TableHarness& h, const std::string& name) {
  ASSERT_EQ(::mkfifo(h.folder.path(name).c_str(), 0600), 0);
}

/// As the kernel tells: the process is in a call that opens a file.
bool is_opening(int pid) {
  return proc_text(process_file(pid, "syscall")).value_or("").starts_with(std::to_string(SYS_openat) + " ");
}

void expect_names(const TryEnd& end, const std::string& part) {
  EXPECT_NE(end.failure.message.find(part), std::string::npos) << end.failure.message;
}

void short_overhead(ScriptSettings& settings) {
  settings.limits.task_overhead_timeout = std::chrono::seconds(5);
}

TEST(TableLoader, AFileThatHangsCostsItsOwnMiniBatchOnly) {
  TableHarness h(echo, short_overhead);
  make_fifo(h, "fifo");
  h.give_lines(0, "a\n");
  h.give_piece(1, "fifo", 0, 100);
  h.give_lines(2, "c\n");
  h.run_until_ended(3);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done);
  EXPECT_EQ(h.end_of(1).status, TryStatus::load_timeout);
  expect_names(h.end_of(1), h.folder.path("fifo") + "#bytes=0-99");
  expect_names(h.end_of(1), "task_overhead_timeout (5 s)");
  EXPECT_EQ(h.end_of(2).status, TryStatus::run_done) << h.end_of(2).failure.message;
  EXPECT_EQ(h.hosts_ready, 1);
  h.shut_down();
}

TEST(TableLoader, OneThatIsStoppedIsReplaced) {
  TableHarness h(echo, short_overhead);
  h.give_lines(0, "a\n");
  h.run_until_ended(1);
  const int stopped = h.loader();
  ASSERT_NE(stopped, 0);
  ASSERT_EQ(::kill(stopped, SIGSTOP), 0);
  h.give_lines(1, "b\n");
  h.give_lines(2, "c\n");
  h.run_until_ended(3);
  EXPECT_EQ(h.end_of(1).status, TryStatus::load_timeout);
  EXPECT_EQ(h.end_of(2).status, TryStatus::run_done) << h.end_of(2).failure.message;
  EXPECT_NE(h.loader(), stopped);
  h.shut_down();
}

TEST(TableLoader, TheLoadThatItWasKilledInPaysAndNoOther) {
  TableHarness h(echo);
  make_fifo(h, "fifo");
  h.give_piece(0, "fifo", 0, 100);
  h.give_lines(1, "b\n");
  h.give_lines(2, "c\n");
  const int pid = h.wait_for_loader();
  h.run_until([&] { return is_opening(pid); });
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  h.run_until_ended(3);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_exception);
  expect_names(h.end_of(0), "was killed by SIGKILL");
  expect_names(h.end_of(0), h.folder.path("fifo"));
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done) << h.end_of(1).failure.message;
  EXPECT_EQ(h.end_of(2).status, TryStatus::run_done) << h.end_of(2).failure.message;
  h.shut_down();
}

TEST(TableLoader, ItIsThereBeforeInitIsOverAndNobodyPaysWhereItDiesThen) {
  TableHarness h("import os, time\ndef init():\n    while not os.path.exists('../go_on'):\n        time.sleep(.01)\n" +
                 echo);
  const int first = h.wait_for_loader();
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  h.run_until([&] { return h.has_note("before it could load anything") || h.has_note("was being loaded"); });
  h.folder.write("go_on", "");
  h.give_lines(0, "a\n");
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done);
  EXPECT_NE(h.loader(), first);
  h.shut_down();
}

TEST(TableLoader, NobodyPaysForOneThatDiesIdle) {
  TableHarness h(echo);
  h.give_lines(0, "a\n");
  h.run_until_ended(1);
  ASSERT_EQ(::kill(h.loader(), SIGKILL), 0);
  h.run_until([&] { return h.has_note("no mini-batch was being loaded"); });
  h.give_lines(1, "b\n");
  h.run_until_ended(2);
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done);
  h.shut_down();
}

TEST(TableLoader, KillsAtAnyMomentCostAtMostTheLoadsThatTheyHit) {
  TableHarness h("import time\ndef run(frame):\n    time.sleep(0.002)\n    return frame\n");
  h.driver().set_window(4);
  constexpr std::uint64_t tasks = 300;
  const std::string filling(200 << 10, 'x');
  for (std::uint64_t i = 0; i < tasks; ++i) h.give_lines(i, std::to_string(i) + filling + "\n");
  std::mt19937 random(11);
  std::size_t kills = 0;
  while (h.ended.size() < tasks) {
    const std::size_t before = h.ended.size() + random() % 20;
    h.run_until([&] { return h.ended.size() > before || h.ended.size() == tasks; });
    if (const int pid = h.loader(); pid != 0 && ::kill(pid, SIGKILL) == 0) ++kills;
  }
  EXPECT_GT(kills, 5u);
  std::size_t charged = 0;
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < h.ended.size(); ++i) {
    const std::uint64_t index = h.ended[i].task.mini_batch.value;
    EXPECT_TRUE(seen.insert(index).second) << index << " ended twice";
    if (h.ended[i].status == TryStatus::run_done) {
      EXPECT_TRUE(h.rows[i] == std::to_string(index) + filling + "\n") << index;
    } else {
      EXPECT_EQ(h.ended[i].status, TryStatus::load_exception);
      ++charged;
    }
  }
  EXPECT_LE(charged, kills);
  EXPECT_EQ(test::tables_in_memory(), 0u);
  h.shut_down();
}

TEST(TableLoader, OneThatCannotBeStartedFailsTheTriesInTheEnd) {
  TableHarness h(echo, [](ScriptSettings& s) { s.tables.loader_program = "/no/loader"; });
  h.give_lines(0, "a\n");
  h.give_lines(1, "b\n");
  h.run_until_ended(2);
  for (std::uint64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(h.end_of(i).status, TryStatus::load_exception);
    expect_names(h.end_of(i), "could not be started: No such file");
  }
  h.shut_down();
}

TEST(TableLoader, OneThatSaysNothingIsNotWaitedForWithoutEnd) {
  TableHarness h(echo, [](ScriptSettings& s) {
    s.tables.loader_program = "/usr/bin/yes";
    s.limits.task_overhead_timeout = std::chrono::seconds(2);
  });
  h.give_lines(0, "a\n");
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_exception);
  h.shut_down();
}

TEST(TableLoader, WhatIsBeingReadCanBeTakenBack) {
  TableHarness h(echo);
  make_fifo(h, "fifo");
  h.give_piece(0, "fifo", 0, 100);
  for (std::uint64_t i = 1; i < 6; ++i) h.give_lines(i, "a\n");
  h.wait_for_loader();
  std::vector<std::uint64_t> back;
  for (const Task& task : h.driver().take_back(0)) back.push_back(task.mini_batch.value);
  EXPECT_EQ(back, (std::vector<std::uint64_t>{5, 4, 3, 2, 1, 0})) << "newest first, loaded or not";
  EXPECT_EQ(h.driver().held(), 0u);
  h.shut_down();
  EXPECT_TRUE(h.ended.empty());
}

TEST(TableLoader, TakingBackLosesNothingAndDoublesNothing) {
  TableHarness h(echo);
  h.folder.write("table", "a\n");
  h.driver().set_window(8);
  std::multiset<std::uint64_t> expected, seen;
  std::uint64_t next = 0;
  while (next < 3000) {
    for (; h.driver().held() < 16; ++next) {
      expected.insert(next);
      h.give_piece(next, "table", 0, 2);
    }
    const std::size_t before = h.ended.size();
    h.run_until([&] { return h.ended.size() > before; });
    for (const Task& task : h.driver().take_back(next % 7)) seen.insert(task.mini_batch.value);
  }
  h.run_until([&] { return h.driver().held() == 0; });
  for (const TryEnd& end : h.ended) {
    EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message;
    seen.insert(end.task.mini_batch.value);
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(test::tables_in_memory(), 0u);
  h.shut_down();
}

TEST(TableLoader, AStopInTheMiddleOfALoadIsNoOutcome) {
  TableHarness h(echo);
  make_fifo(h, "fifo");
  h.give_piece(0, "fifo", 0, 100);
  h.wait_for_loader();
  h.driver().kill_all();
  h.run_until([&] { return h.driver().is_over(); });
  EXPECT_TRUE(h.ended.empty());
  EXPECT_EQ(h.loader(), 0);
}

}  // namespace
}  // namespace prs
