// What a healthy script gets, and what becomes of what it returns (rule 4.1 … 4.5).

#include "script/script_driver.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "script/host_wire.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;
using test::task_of;

TEST(ScriptDriver, RunsTasksInOrderAndHandsOnTheirRows) {
  DriverHarness h("def run(mini_batch):\n    return [item + '!' for item in mini_batch]\n");
  h.driver().set_window(8);
  h.give(0, 50);
  h.run_until_ended(50);
  for (std::uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(h.ended[i].task.mini_batch.value, i);
    EXPECT_EQ(h.ended[i].status, TryStatus::run_done);
    EXPECT_EQ(h.ended[i].rows, 1u);
    EXPECT_EQ(h.ended[i].items, 1u);
    EXPECT_EQ(h.rows[i], "item" + std::to_string(i) + "!\n");
    EXPECT_GE(h.ended[i].process_time, h.ended[i].run_time);
  }
  EXPECT_EQ(h.driver().held(), 0u);
  EXPECT_EQ(h.hosts_ready, 1);
}

TEST(ScriptDriver, GivesTheScriptItsSurroundings) {
  DriverHarness h(R"(
import os, sys
seen = []
def init():
    seen.append('init')
def run(mini_batch, context):
    return [__file__, ' '.join(sys.argv), os.getcwd(), sys.modules[__name__].__name__, mini_batch.task_id,
            str(context.minibatch_index), str(context.retry_count), str(seen), str(sys.path.index(os.path.dirname(__file__)))]
)",
                  [](ScriptSettings& s) {
                    s.script.arguments = {"--x", "", "a b", "caf\xe9"};
                  });
  Task task = task_of(7, {"a"});
  task.dequeue_count = 3;
  h.give(std::move(task));
  h.run_until_ended(1);
  const std::string script = h.folder.path("scripts/entry.py");
  EXPECT_EQ(h.rows.at(0),
            script + "\n" + script + " --x  a b caf\xe9\n" + h.folder.path("work") + "\nentry\n7\n7\n2\n['init']\n0\n");
}

TEST(ScriptDriver, KeepsAnyByteOfAName) {
  DriverHarness h(
      "def run(mini_batch):\n    return [repr(item.encode('utf-8', 'surrogateescape')) for item in mini_batch]\n");
  h.give(task_of(0, {"/a b", "/\xff\xfe", "/line\nend", "/\xc3\xa9"}));
  h.run_until_ended(1);
  EXPECT_EQ(h.rows.at(0), "b'/a b'\nb'/\\xff\\xfe'\nb'/line\\nend'\nb'/\\xc3\\xa9'\n");
}

TEST(ScriptDriver, HandsOverTenThousandPathsAtOnce) {
  DriverHarness h("def run(mini_batch):\n    return [str(len(mini_batch)), mini_batch[0], mini_batch[-1]]\n");
  std::vector<std::string> items;
  for (int i = 0; i < 10000; ++i) items.push_back("/" + std::string(100, 'x') + std::to_string(i));
  h.driver().set_window(4);
  for (std::uint64_t k = 0; k < 5; ++k) h.give(task_of(k, items));
  h.run_until_ended(5);
  for (std::uint64_t k = 0; k < 5; ++k) EXPECT_EQ(h.rows.at(k), "10000\n" + items.front() + "\n" + items.back() + "\n");
}

TEST(ScriptDriver, StreamsALargeResultInBoundedMemory) {
  DriverHarness h(R"(
import resource
def run(mini_batch):
    if mini_batch[0] == 'item0':
        return ('x' * 999999 for _ in range(300))
    return [str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)]
)");
  h.keeps_rows = false;
  h.give(0);
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  h.run_until_ended(1);
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done) << h.end_of(0).failure.detail;
  EXPECT_EQ(h.end_of(0).rows, 300u);
  EXPECT_EQ(h.row_bytes, 300'000'000u);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 << 10) << "KiB, of the worker";
  h.keeps_rows = true;
  h.give(1);
  h.run_until_ended(2);
  EXPECT_LT(std::stol(h.rows.at(1)), 100 << 10) << "KiB, of the host";
}

TEST(ScriptDriver, LeavesResultsWithTheHostWhileHarvestIsPaused) {
  DriverHarness h("def run(mini_batch):\n    return ['x' * 1000000 for _ in range(20)]\n",
                  [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::milliseconds(500); });
  h.give(0);
  h.driver().pause_harvest(true);
  // Far beyond the limit of run(): a host that waits for room is not blamed.
  const TimePoint until = Clock::now() + std::chrono::milliseconds(1500);
  h.run_until([&] { return Clock::now() > until; });
  EXPECT_EQ(h.row_bytes, 0u);
  h.driver().pause_harvest(false);
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done) << h.end_of(0).failure.message;
  EXPECT_EQ(h.row_bytes, 20u * 1000001u);
}

/// A worker that is short of processor time comes by now and then only: each time it makes room for a part of the rows.
TEST(ScriptDriver, ChargesNobodyForAWorkerThatIsSlowToMakeRoom) {
  DriverHarness h("def run(mini_batch):\n    return ['x' * 1000000 for _ in range(20)]\n",
                  [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::milliseconds(500); });
  h.run_until([&] { return h.hosts_ready == 1; });
  h.give(0);
  ScriptDriver::Events events;
  int visits = 0;
  for (; events.ended.empty() && visits < 100; ++visits) {
    h.driver().poll(Clock::now(), events);
    if (events.ended.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(300));  // as busy as that
  }
  ASSERT_EQ(events.ended.size(), 1u);
  EXPECT_EQ(events.ended.front().status, TryStatus::run_done) << events.ended.front().failure.message;
  EXPECT_EQ(h.row_bytes, 20u * 1000001u);
  EXPECT_GE(visits, 5) << "the ring took them all at once";
}

TEST(ScriptDriver, ChargesNobodyForTheTimeThatAResultWaitsForRoom) {
  // Each mini-batch is one record, so a host whose ring is full waits after run(), with a whole result in its hands.
  DriverHarness h(R"(
def run(mini_batch):
    open('../started.' + mini_batch[0], 'w').close()
    return ['x' * 60000]
)",
                  [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::milliseconds(500); });
  constexpr std::uint64_t count = 80, fit_into_the_ring = ring_bytes / 60100;
  h.driver().set_window(count);
  h.driver().pause_harvest(true);
  h.give(0, count);
  h.run_until_started("item" + std::to_string(fit_into_the_ring));
  // Far beyond the limit of run(): neither the result that waits nor the mini-batch behind it is blamed.
  const TimePoint until = Clock::now() + std::chrono::milliseconds(1500);
  h.run_until([&] { return Clock::now() > until; });
  EXPECT_FALSE(std::filesystem::exists(h.folder.path("started.item" + std::to_string(count - 1))))
      << "the ring never filled";
  h.driver().pause_harvest(false);
  h.run_until_ended(count);
  for (const TryEnd& end : h.ended) {
    EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message << end.failure.detail;
  }
  EXPECT_EQ(h.hosts_ready, 1);
}

TEST(ScriptDriver, TellsAnExceptionWithTheUsersFramesOnly) {
  DriverHarness h(R"(
def helper():
    raise ValueError('bad pixel\nsecond line')
def run(mini_batch):
    helper()
)");
  h.give(0);
  h.run_until_ended(1);
  const TryEnd& end = h.end_of(0);
  EXPECT_EQ(end.status, TryStatus::run_exception);
  EXPECT_EQ(end.failure.category, "ValueError");
  EXPECT_EQ(end.failure.message, "ValueError: bad pixel");
  EXPECT_NE(end.failure.detail.find("entry.py\", line 3, in helper"), std::string::npos) << end.failure.detail;
  EXPECT_EQ(end.failure.detail.find("prs_loop"), std::string::npos) << end.failure.detail;
  EXPECT_EQ(end.rows, 0u);
}

TEST(ScriptDriver, KeepsATracebackWithinBounds) {
  DriverHarness h("def run(mini_batch):\n    raise ValueError('x' * 1000000)\n");
  h.give(0);
  h.run_until_ended(1);
  EXPECT_LE(h.end_of(0).failure.detail.size(), 64u << 10);
  EXPECT_LE(h.end_of(0).failure.message.size(), 1000u);
}

TEST(ScriptDriver, FailsTheTryAndKeepsTheHostWhateverTheScriptRaises) {
  DriverHarness h(R"(
import sys
class Nasty(BaseException):
    def __str__(self): raise Nasty()
def run(mini_batch):
    item = mini_batch[0]
    if item == 'item0': sys.exit('enough')
    if item == 'item1': raise KeyboardInterrupt
    if item == 'item2': raise Nasty()
    if item == 'item3': return None
    if item == 'item4': return 'text'
    if item == 'item5': return 5
    if item == 'item6': return {'a': 1}
    if item == 'item7': return (1 // 0 for _ in range(3))
    if item == 'item8': def_(); 
    return [item]
)");
  h.driver().set_window(4);
  h.give(0, 10);
  h.run_until_ended(10);
  const std::vector<std::string> categories = {"SystemExit", "KeyboardInterrupt", "Nasty",
                                               "BadReturn",  "BadReturn",         "BadReturn",
                                               "BadReturn",  "ZeroDivisionError", "NameError"};
  for (std::size_t i = 0; i < categories.size(); ++i) {
    EXPECT_EQ(h.end_of(i).failure.category, categories[i]);
    EXPECT_EQ(h.end_of(i).status, categories[i] == "BadReturn" ? TryStatus::bad_return : TryStatus::run_exception);
  }
  EXPECT_EQ(h.end_of(9).status, TryStatus::run_done);
  EXPECT_EQ(h.hosts_ready, 1) << "none of these costs a host";
}

TEST(ScriptDriver, CountsRowsWithoutKeepingThem) {
  DriverHarness h("def run(mini_batch):\n    return mini_batch + ['more']\n",
                  [](ScriptSettings& s) { s.rows.format = RowFormat::none; });
  h.give(task_of(0, {"a", "b"}));
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).rows, 3u);
  EXPECT_EQ(h.end_of(0).items, 2u);
  EXPECT_EQ(h.row_bytes, 0u);
}

TEST(ScriptDriver, LoadsDottedModulesAndScriptsInSubFolders) {
  for (const std::string script : {"steps.score", "steps/score.py"}) {
    DriverHarness h("", [&](ScriptSettings& s) {
      const std::string folder = s.script.import_folder;
      std::filesystem::create_directories(folder + "/steps");
      std::ofstream(folder + "/steps/__init__.py") << "";
      std::ofstream(folder + "/helper_at_top.py") << "value = 1\n";
      std::ofstream(folder + "/steps/score.py")
          << "import helper_at_top\nfrom . import other\ndef run(m): return [__name__]\n";
      std::ofstream(folder + "/steps/other.py") << "";
      s.script.entry_script = folder + "/" + script;
    });
    h.give(0);
    h.run_until([&] { return !h.ended.empty() || h.driver().gave_up(); });
    ASSERT_FALSE(h.driver().gave_up()) << h.driver().gave_up()->detail;
    EXPECT_EQ(h.rows.at(0), "steps.score\n");
  }
}

TEST(ScriptDriver, CallsRunByItsArity) {
  const std::vector<std::string> heads = {"def run(mini_batch, context):",         "def run(mini_batch, context=None):",
                                          "def run(mini_batch, *, context=None):", "def run(b, other):",
                                          "def run(mini_batch, verbose=False):",   "def run(*args):"};
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const std::string body = i == 3   ? "    return [str(other.minibatch_index)]\n"
                             : i == 4 ? "    return [str(verbose)]\n"
                             : i == 5 ? "    return [str(len(args))]\n"
                                      : "    return [str(context.minibatch_index)]\n";
    DriverHarness h(heads[i] + "\n" + body);
    h.give(9);
    h.run_until_ended(1);
    EXPECT_EQ(h.rows.at(0), i == 4 ? "False\n" : i == 5 ? "1\n" : "9\n") << heads[i];
  }
}

TEST(ScriptDriver, WorksWithFilesNamedLikeStandardModules) {
  DriverHarness h(
      "import json, helper\ndef run(mini_batch):\n    raise ValueError(helper.name)\n", [](ScriptSettings& s) {
        for (const char* name :
             {"json", "csv", "struct", "types", "traceback", "logging", "inspect", "threading", "random"}) {
          std::filesystem::create_directories(s.script.import_folder);
          std::ofstream(s.script.import_folder + "/" + name + ".py") << "raise RuntimeError('the wrong module')\n";
        }
        std::ofstream(s.script.import_folder + "/helper.py") << "name = 'mine'\n";
        s.environment.push_back("PYTHONPATH=" + s.script.import_folder);
      });
  h.give(0);
  h.run_until([&] { return !h.ended.empty() || h.driver().gave_up(); });
  ASSERT_FALSE(h.driver().gave_up()) << h.driver().gave_up()->detail;
  EXPECT_EQ(h.end_of(0).failure.message, "ValueError: mine");
}

TEST(ScriptDriver, LetsScriptsUsePoolsOfProcesses) {
  DriverHarness h(R"(
import multiprocessing
def square(x): return x * x
def run(mini_batch):
    rows = []
    for way in ('fork', 'spawn'):
        with multiprocessing.get_context(way).Pool(2) as pool:
            rows.append(str(pool.map(square, [1, 2, 3])))
    return rows
)");
  h.give(0);
  h.run_until_ended(1);
  EXPECT_EQ(h.rows.at(0), "[1, 4, 9]\n[1, 4, 9]\n") << h.end_of(0).failure.detail;
}

TEST(ScriptDriver, LeavesAProfile) {
  DriverHarness h("def work(): return sum(range(100))\ndef run(mini_batch):\n    work()\n    return mini_batch\n",
                  [](ScriptSettings& s) {
                    s.script.profiling_module = "cProfile";
                    s.files.profile_file = s.files.run_folder + "/profile/process001.prof";
                  });
  h.give(0, 3);
  h.run_until_ended(3);
  h.shut_down();
  EXPECT_GT(h.folder.read("run/profile/process001.prof").size(), 100u);
}

}  // namespace
}  // namespace prs
