// No script can hurt the job (rules 1.2, 4.9): each of these costs one try of the mini-batch that was running, never
// another, and leaves no process.

#include <gtest/gtest.h>
#include <signal.h>

#include "script/script_driver.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

/// Mini-batch 5 of 0 … 9 does something bad, with a window of 16, so that others wait behind it in the same host.
struct Hostile {
  std::string name, deed;
  TryStatus status = TryStatus::process_died;
  std::string message_part;
};

std::string name_of_case(const testing::TestParamInfo<Hostile>& of) {
  return of.param.name;
}

class ScriptDriverHostile : public testing::TestWithParam<Hostile> {};

TEST_P(ScriptDriverHostile, CostsOneTryOnly) {
  const Hostile& p = GetParam();
  DriverHarness h(
      "import ctypes, os, signal, subprocess, sys, time\n"
      "def run(mini_batch):\n"
      "    if mini_batch[0] == 'item5':\n"
      "        " +
          p.deed +
          "\n"
          "    return mini_batch\n",
      [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::seconds(2); });
  h.driver().set_window(16);
  h.give(0, 10);
  h.run_until_ended(10);
  for (std::uint64_t i = 0; i < 10; ++i) {
    if (i == 5) continue;
    EXPECT_EQ(h.end_of(i).status, TryStatus::run_done) << i << h.end_of(i).failure.message;
    EXPECT_EQ(h.end_of(i).rows, 1u);
  }
  EXPECT_EQ(h.end_of(5).status, p.status) << h.end_of(5).failure.message;
  EXPECT_NE(h.end_of(5).failure.message.find(p.message_part), std::string::npos) << h.end_of(5).failure.message;
  EXPECT_EQ(h.end_of(5).items, 1u);
  h.shut_down();
}

const std::string daemon =
    "import subprocess; subprocess.Popen([sys.executable, '-c', 'import os, signal, time\\nsignal.signal(15, "
    "signal.SIG_IGN)\\n"
    "os.setsid()\\nif os.fork(): os._exit(0)\\ntime.sleep(1000)'])";

INSTANTIATE_TEST_SUITE_P(
    Scripts, ScriptDriverHostile,
    testing::Values(
        Hostile{"exits", "os._exit(3)", TryStatus::process_died, "exited with status 3"},
        Hostile{"segfaults", "ctypes.string_at(0)", TryStatus::process_died, "SIGSEGV"},
        Hostile{"kills_itself", "os.kill(os.getpid(), 9)", TryStatus::process_died, "SIGKILL (out of memory?)"},
        Hostile{"kills_its_group", "os.killpg(0, 15)", TryStatus::process_died, "SIGTERM"},
        Hostile{"kills_its_keeper", "os.kill(os.getppid(), 9); time.sleep(100)", TryStatus::process_died, "process"},
        Hostile{"hangs", "time.sleep(1000)", TryStatus::run_timeout, "run_invocation_timeout (2 s)"},
        Hostile{"hangs_in_c", "signal.signal(15, signal.SIG_IGN); ctypes.PyDLL(None).sleep(1000)",
                TryStatus::run_timeout, "2 s"},
        Hostile{"spins", "exec('while True: pass')", TryStatus::run_timeout, "2 s"},
        Hostile{"hangs_in_its_rows", "return (time.sleep(1000) for _ in [1])", TryStatus::run_timeout, "2 s"},
        Hostile{"stops_itself", "os.kill(os.getpid(), signal.SIGSTOP)", TryStatus::run_timeout, "2 s"},
        Hostile{"closes_everything", "os.closerange(0, 100000)", TryStatus::run_done, ""},
        Hostile{"dies_after_a_daemon", daemon + "; os._exit(1)", TryStatus::process_died, "status 1"},
        Hostile{"forks_many", "exec('for _ in range(6): os.fork()\\ntime.sleep(1000)')", TryStatus::run_timeout, "2 s"},
        Hostile{"dies_in_the_middle_of_its_rows",
                "return (('x' * 200000) if i < 9 else os._exit(4) for i in range(10))", TryStatus::process_died,
                "status 4"},
        Hostile{
            "eats_memory",
            "__import__('resource').setrlimit(__import__('resource').RLIMIT_AS, (1 << 30, 1 << 30)); b'x' * (4 << 30)",
            TryStatus::run_exception, "MemoryError"},
        Hostile{"recurses", "f = lambda f: f(f); f(f)", TryStatus::run_exception, "RecursionError"}),
    name_of_case);

/// These do what they like and still return: the try is done, and nothing of it is left.
class ScriptDriverRude : public testing::TestWithParam<Hostile> {};

TEST_P(ScriptDriverRude, IsDone) {
  DriverHarness h(
      "import os, signal, sys, time, threading\n"
      "def run(mini_batch):\n"
      "    if mini_batch[0] == 'item5':\n"
      "        " +
      GetParam().deed +
      "\n"
      "    return mini_batch\n");
  h.driver().set_window(4);
  h.give(0, 10);
  h.run_until_ended(10);
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(h.end_of(i).status, TryStatus::run_done) << i << h.end_of(i).failure.message;
    EXPECT_EQ(h.rows.at(i), "item" + std::to_string(i) + "\n");
  }
  EXPECT_EQ(h.hosts_ready, 1);
  h.shut_down();
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, ScriptDriverRude,
    testing::Values(
        Hostile{"floods_stdout", "[print('y' * 9999) for _ in range(10000)]", {}, {}},
        Hostile{"closes_fds_0_to_50", "os.closerange(0, 51)", {}, {}},
        Hostile{"closes_and_reopens", "os.closerange(0, 51); [os.open('/dev/null', 2) for _ in range(60)]", {}, {}},
        Hostile{"leaves_a_grandchild", "os.system('sleep 1000 &')", {}, {}}, Hostile{"leaves_a_daemon", daemon, {}, {}},
        Hostile{"forks_and_the_copy_returns", "os.fork()", {}, {}},
        Hostile{"forks_and_the_copy_raises", "exec('if os.fork() == 0: raise ValueError()')", {}, {}},
        Hostile{"forks_and_the_copy_exits", "exec('if os.fork() == 0: sys.exit(1)')", {}, {}},
        Hostile{"forks_in_its_rows", "return (mini_batch[0] for _ in [0] if os.fork() >= 0)", {}, {}},
        Hostile{"ignores_signals", "[signal.signal(s, signal.SIG_IGN) for s in (1, 2, 3, 13, 15)]", {}, {}},
        Hostile{"leaves_a_thread", "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()", {}, {}},
        Hostile{"prints_frames", "os.write(1, b'\\x00\\x00\\x00\\x00\\x12\\x00' * 1000)", {}, {}},
        Hostile{"raises_where_nobody_hears_it",
                "class Loud:\n"
                "            def __del__(self): raise SystemExit(3)\n"
                "        __import__('gc').callbacks.append(lambda *_: 1 // 0)\n"
                "        return (mini_batch[0] for keep in [Loud()])",
                {},
                {}},
        Hostile{"redirects_stdout", "sys.stdout = sys.stderr = None", {}, {}}),
    name_of_case);

TEST(ScriptDriverCrash, LeavesATracebackOfASegmentationFault) {
  DriverHarness h("import ctypes\ndef run(mini_batch):\n    ctypes.string_at(0)\n");
  h.give(0);
  h.run_until_ended(1);
  EXPECT_NE(h.end_of(0).failure.detail.find("Segmentation fault"), std::string::npos) << h.end_of(0).failure.detail;
  EXPECT_NE(h.end_of(0).failure.detail.find("entry.py"), std::string::npos);
}

TEST(ScriptDriverCrash, ChargesNobodyForADeathBetweenTasks) {
  DriverHarness h(R"(
import os, threading
def run(mini_batch):
    if mini_batch[0] == 'item0' and not os.path.exists('../died'):
        open('../died', 'w').close()
        threading.Timer(0.05, os._exit, (5,)).start()
    return mini_batch
)");
  h.give(0);
  h.run_until_ended(1);
  h.run_until([&] { return h.hosts_ready == 2; });
  h.give(1);
  h.run_until_ended(2);
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done);
  EXPECT_TRUE(h.has_note("exited with status 5"));
}

TEST(ScriptDriverCrash, LosesNothingWhenEveryThirdTryKillsTheHost) {
  // Repeated tries of the failed, as a dispatcher would give them: each mini-batch ends well exactly once.
  DriverHarness h(R"(
import os
def run(mini_batch):
    marker = '../killed.' + mini_batch[0]
    if int(mini_batch[0][4:]) % 3 == 0 and not os.path.exists(marker):
        open(marker, 'w').close()
        os._exit(1)
    return mini_batch
)");
  h.driver().set_window(16);
  h.give(0, 30);
  std::size_t seen = 0, done = 0;
  h.run_until([&] {
    for (; seen < h.ended.size(); ++seen) {
      if (h.ended[seen].status == TryStatus::run_done) {
        ++done;
      } else {
        EXPECT_EQ(h.ended[seen].task.mini_batch.value % 3, 0u);
        h.give(h.ended[seen].task);
      }
    }
    return done == 30;
  });
  EXPECT_EQ(h.ended.size(), 40u);
  for (std::uint64_t i = 0; i < 30; ++i) EXPECT_EQ(h.end_of(i).status, TryStatus::run_done);
}

}  // namespace
}  // namespace prs
