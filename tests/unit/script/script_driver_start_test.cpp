// How a host comes up, or does not (rules 4.1, 6.6).

#include <gtest/gtest.h>

#include <fstream>

#include "script/script_driver.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

void expect_gives_up(
    const std::string& script, const std::string& category, const std::string& message_part,
    const std::function<void(ScriptSettings&)>& change = [](ScriptSettings&) {}) {
  DriverHarness h(script, change);
  h.driver().set_window(4);
  h.give(0, 6);
  h.run_until([&] { return h.driver().gave_up().has_value(); });
  const Failure& failure = *h.driver().gave_up();
  EXPECT_EQ(failure.category, category) << failure.message;
  EXPECT_NE(failure.message.find(message_part), std::string::npos) << failure.message;
  EXPECT_TRUE(h.ended.empty()) << "no mini-batch is charged";
  EXPECT_EQ(h.driver().take_back(0).size(), 6u);
  EXPECT_EQ(h.driver().held(), 0u);
  EXPECT_TRUE(h.driver().is_over());
}

TEST(ScriptDriverStart, GivesUpAfterThreeFailuresWithTheFirstTraceback) {
  DriverHarness h(R"(
def init():
    with open('../count', 'a') as file: file.write('x')
    raise OSError('attempt %d' % len(open('../count').read()))
def run(mini_batch): return mini_batch
)");
  h.run_until([&] { return h.driver().gave_up().has_value(); });
  EXPECT_EQ(h.driver().gave_up()->message, "OSError: attempt 1");
  EXPECT_NE(h.driver().gave_up()->detail.find("in init"), std::string::npos);
  EXPECT_EQ(h.folder.read("count"), "xxx");
  EXPECT_EQ(h.hosts_ready, 0);
}

TEST(ScriptDriverStart, GivesUpAtOnceInTheForeground) {
  DriverHarness h(R"(
def init():
    with open('../count', 'a') as file: file.write('x')
    raise OSError('no licence')
def run(mini_batch): return mini_batch
)",
                  [](ScriptSettings& s) { s.is_foreground = true; });
  h.run_until([&] { return h.driver().gave_up().has_value(); });
  EXPECT_EQ(h.driver().gave_up()->message, "OSError: no licence");
  EXPECT_EQ(h.folder.read("count"), "x");
  EXPECT_TRUE(h.driver().is_over());
}

TEST(ScriptDriverStart, RecoversFromTwoFailures) {
  DriverHarness h(R"(
import os
def init():
    with open('../count', 'a') as file: file.write('x')
    if len(open('../count').read()) % 3: raise OSError('not yet')
def run(mini_batch):
    if mini_batch[0] == 'item1': os._exit(1)
    return mini_batch
)");
  h.give(0, 3);
  h.run_until_ended(3);
  EXPECT_EQ(h.end_of(1).status, TryStatus::process_died);
  EXPECT_EQ(h.end_of(2).status, TryStatus::run_done) << "the count begins anew after a mini-batch";
  EXPECT_EQ(h.folder.read("count"), "xxxxxx");
}

TEST(ScriptDriverStart, TellsAnExitInInit) {
  expect_gives_up("import sys\ndef init(): sys.exit('no licence')\ndef run(m): return m\n", "SystemExit",
                  "SystemExit: no licence");
  expect_gives_up("import os\ndef init(): os._exit(9)\ndef run(m): return m\n", "InitFailure", "exited with status 9");
}

TEST(ScriptDriverStart, TellsABrokenScript) {
  expect_gives_up("import no_such_module\n", "ModuleNotFoundError", "no_such_module");
  expect_gives_up("def run(mini_batch:\n", "SyntaxError", "entry.py");
  expect_gives_up("x = 1\n", "EntryScriptError", "no function run");
  expect_gives_up("def run(): return []\n", "EntryScriptError", "(mini_batch, context)");
  expect_gives_up("def run(a, b, c): return []\n", "EntryScriptError", "(mini_batch, context)");
  expect_gives_up("", "EntryScriptError", "there is no file",
                  [](ScriptSettings& s) { s.script.entry_script += ".missing.py"; });
}

TEST(ScriptDriverStart, HoldsInitToItsLimit) {
  expect_gives_up("import time\ndef init(): time.sleep(1000)\ndef run(m): return m\n", "InitTimeout",
                  "init_timeout (0.3 s)",
                  [](ScriptSettings& s) { s.limits.init_timeout = std::chrono::milliseconds(300); });
}

TEST(ScriptDriverStart, CountsADeathBeforeTheFirstTaskAsAFailureOfInit) {
  expect_gives_up(
      "import os, threading, time\ndef init(): threading.Timer(0.01, os._exit, (6,)).start()\n"
      "def run(m): return m\n"
      "import prs_wire; prs_wire.Channel.next_frame_now = lambda self: time.sleep(100)\n",
      "InitFailure", "exited with status 6");
}

TEST(ScriptDriverStart, TellsAnInterpreterThatIsNotThere) {
  expect_gives_up("", "StartFailure", "cannot start the interpreter /no/such/python3: No such file or directory",
                  [](ScriptSettings& s) { s.interpreter.command = {"/no/such/python3"}; });
  expect_gives_up("", "StartFailure", "cannot start the keeper",
                  [](ScriptSettings& s) { s.keeper_program = "/no/keeper"; });
}

TEST(ScriptDriverStart, ShowsWhatACommandSaidThatNeverBecameAHost) {
  DriverHarness h("", [](ScriptSettings& s) {
    s.interpreter.command = {"/bin/sh", "-c", "echo image not found >&2; exit 255"};
  });
  h.run_until([&] { return h.driver().gave_up().has_value(); });
  EXPECT_NE(h.driver().gave_up()->message.find("status 255"), std::string::npos);
  EXPECT_NE(h.driver().gave_up()->detail.find("image not found"), std::string::npos);
}

TEST(ScriptDriverStart, StartsThroughAWrapperThatClosesDescriptors) {
  DriverHarness h("def run(mini_batch): return mini_batch\n", [](ScriptSettings& s) {
    s.interpreter.command = {"/usr/bin/python3", "-c",
                             "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))", "/usr/bin/python3"};
  });
  h.give(0);
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done);
  h.shut_down();
}

TEST(ScriptDriverStart, SendsThePrintsToTheLogs) {
  DriverHarness h(
      "import sys\nprint('loaded')\ndef run(mini_batch):\n    print('ran')\n    print('hm', file=sys.stderr)\n    "
      "return mini_batch\n");
  h.give(0);
  h.run_until_ended(1);
  EXPECT_EQ(h.folder.read("logs/stdout.txt"), "loaded\nran\n");
  EXPECT_EQ(h.folder.read("logs/stderr.txt"), "hm\n");
}

}  // namespace
}  // namespace prs
