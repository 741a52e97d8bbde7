// Taking back, limits, shutting down (rules 4.1, 6.1, 6.5, 7.6).

#include <gtest/gtest.h>

#include <set>

#include "script/script_driver.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

/// Says which item runs, and waits where it is told to until `go` exists.
const std::string waiting_script = R"(
import os, time
def run(mini_batch):
    open('../started.' + mini_batch[0], 'w').close()
    while os.path.exists('../hold.' + mini_batch[0]): time.sleep(0.001)
    return mini_batch
)";

TEST(ScriptDriverStop, TakesBackWhatHasNotStartedAndNothingElse) {
  DriverHarness h(waiting_script);
  h.folder.write("hold.item2", "");
  h.driver().set_window(16);
  h.give(0, 10);
  h.run_until_started("item2");
  std::set<std::uint64_t> back;
  for (const Task& task : h.driver().take_back(3)) back.insert(task.mini_batch.value);
  for (std::uint64_t i = 0; i <= 2; ++i) EXPECT_FALSE(back.contains(i)) << "it has started";
  EXPECT_LE(back.size(), 7u);
  EXPECT_GE(back.size(), 5u);
  EXPECT_TRUE(back.contains(9)) << "the newest first";
  const std::size_t held = h.driver().held();
  h.give(20, 2);
  std::filesystem::remove(h.folder.path("hold.item2"));
  h.run_until([&] { return h.driver().held() == 0; });
  for (const TryEnd& end : h.ended) {
    EXPECT_EQ(end.status, TryStatus::run_done);
    EXPECT_FALSE(back.contains(end.task.mini_batch.value)) << "given back, and run";
  }
  EXPECT_EQ(h.ended.size() + back.size(), 12u) << held;
}

TEST(ScriptDriverStop, TakesBackWithoutLossOrDoubleWhileTheHostRuns) {
  DriverHarness h("def run(mini_batch): return mini_batch\n");
  h.driver().set_window(16);
  std::multiset<std::uint64_t> expected, seen;
  std::uint64_t next = 0;
  std::size_t recalled = 0;
  while (next < 20000) {
    while (h.driver().held() < 32) {
      expected.insert(next);
      h.give(next++);
    }
    const std::size_t before = h.ended.size();
    h.run_until([&] { return h.ended.size() > before; });
    for (const Task& task : h.driver().take_back(next % 7)) {
      seen.insert(task.mini_batch.value);
      ++recalled;
    }
  }
  h.run_until([&] { return h.driver().held() == 0; });
  for (const TryEnd& end : h.ended) seen.insert(end.task.mini_batch.value);
  EXPECT_EQ(seen, expected) << recalled << " were taken back";
}

TEST(ScriptDriverStop, TakesBackAllThatNoHostHas) {
  DriverHarness h("import time\ndef init(): time.sleep(1000)\ndef run(m): return m\n");
  h.give(0, 5);
  h.run_until([] { return true; });
  const std::vector<Task> back = h.driver().take_back(2);
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back.front().mini_batch.value, 4u);
  EXPECT_EQ(h.driver().held(), 2u);
}

TEST(ScriptDriverStop, ChargesTheFrontTaskOfAHostThatStartsNothing) {
  DriverHarness h(R"(
import time
def run(mini_batch): return mini_batch
import prs_wire
def next_frame_now(self): time.sleep(1000)
prs_wire.Channel.next_frame_now = next_frame_now
)",
                  [](ScriptSettings& s) { s.limits.task_overhead_timeout = std::chrono::milliseconds(300); });
  h.give(0, 1);
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_timeout);
  EXPECT_NE(h.end_of(0).failure.message.find("task_overhead_timeout (0.3 s)"), std::string::npos);
}

TEST(ScriptDriverStop, CallsShutdownOnceAtTheEnd) {
  DriverHarness h("def run(mini_batch): return mini_batch\ndef shutdown():\n    open('../shut', 'a').write('x')\n");
  h.driver().set_window(4);
  h.give(0, 20);
  h.run_until([&] { return h.hosts_ready == 1; });
  h.shut_down();
  EXPECT_EQ(h.ended.size(), 20u) << "what it holds is run first";
  EXPECT_EQ(h.folder.read("shut"), "x");
  EXPECT_TRUE(h.notes.empty()) << h.notes.front();
  EXPECT_EQ(h.failed_shutdowns, 0);
}

TEST(ScriptDriverStop, OnlyWarnsOfAFailedShutdown) {
  DriverHarness h("def run(mini_batch): return mini_batch\ndef shutdown(): raise OSError('disk is gone')\n");
  h.give(0);
  h.run_until_ended(1);
  h.shut_down();
  EXPECT_TRUE(h.has_note("OSError: disk is gone"));
  EXPECT_EQ(h.failed_shutdowns, 1);
}

TEST(ScriptDriverStop, KillsAShutdownThatHangs) {
  DriverHarness h(
      "import time, signal\ndef run(mini_batch): return mini_batch\n"
      "def shutdown():\n    signal.signal(15, signal.SIG_IGN)\n    time.sleep(1000)\n");
  h.give(0);
  h.run_until_ended(1);
  h.driver().begin_shutdown(Clock::now() + std::chrono::milliseconds(500));
  h.run_until([&] { return h.driver().is_over(); });
  EXPECT_TRUE(h.has_note("shutdown()"));
  EXPECT_EQ(h.failed_shutdowns, 1);
}

TEST(ScriptDriverStop, KillsAtOnceWithoutAnOutcome) {
  DriverHarness h(waiting_script);
  h.folder.write("hold.item1", "");
  h.driver().set_window(8);
  h.give(0, 6);
  h.run_until_started("item1");
  h.driver().kill_all();
  h.run_until([&] { return h.driver().is_over(); });
  for (const TryEnd& end : h.ended) EXPECT_EQ(end.status, TryStatus::run_done);
  EXPECT_EQ(h.driver().take_back(0).size() + h.ended.size(), 6u);
  EXPECT_EQ(h.driver().held(), 0u);
}

TEST(ScriptDriverStop, EndsWithTheTimeOfAShutdownThoughATryStillRuns) {
  DriverHarness h(waiting_script);
  h.folder.write("hold.item0", "");
  h.give(0, 2);
  h.run_until_started("item0");
  h.driver().begin_shutdown(Clock::now() + std::chrono::milliseconds(200));
  h.run_until([&] { return h.driver().is_over(); });
  EXPECT_TRUE(h.ended.empty());
}

TEST(ScriptDriverStop, ReplacesAHostAfterItsShareOfMiniBatches) {
  DriverHarness h(
      "import os\ndef run(mini_batch): return [str(os.getpid())]\ndef shutdown(): open('../shut', 'a').write('x')\n",
      [](ScriptSettings& s) { s.max_batches_per_process = 4; });
  h.driver().set_window(3);
  h.give(0, 10);
  h.run_until_ended(10);
  const std::set<std::string> pids(h.rows.begin(), h.rows.end());
  EXPECT_EQ(pids.size(), 3u);
  h.shut_down();
  EXPECT_EQ(h.folder.read("shut"), "xxx");
}

TEST(ScriptDriverStop, LeavesNothingWhenItIsDestroyedInTheMiddle) {
  DriverHarness h(
      "import os, time\ndef run(mini_batch):\n    os.system('setsid sleep 1000 & setsid sleep 1000 &')\n"
      "    open('../started.' + mini_batch[0], 'w').close()\n    time.sleep(1000)\n");
  h.give(0);
  h.run_until_started("item0");
}

TEST(ScriptDriverStop, RunsInTheForegroundWithoutLimits) {
  DriverHarness h(
      "import os, time\ndef run(mini_batch):\n    time.sleep(0.3)\n    return [str(os.getsid(0) == "
      "os.getsid(os.getppid()))]\n",
      [](ScriptSettings& s) {
        s.is_foreground = true;
        s.limits.run_invocation_timeout = s.limits.init_timeout = s.limits.task_overhead_timeout =
            std::chrono::milliseconds(1);
      });
  h.give(0);
  h.run_until_ended(1);
  EXPECT_EQ(h.rows.at(0), "True\n");
  h.shut_down();
}

}  // namespace
}  // namespace prs
