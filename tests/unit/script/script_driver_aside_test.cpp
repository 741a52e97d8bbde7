// Exceptions that no mini-batch is to blame for (rule 6.1): bugs of the host's own Python, and what the user's code
// lets loose while none of it is called.

#include <gtest/gtest.h>

#include "script/host_wire.hpp"
#include "script/script_driver.hpp"
#include "support/errors.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

struct OwnBug {
  std::string name, deed, place;
};

/// Mini-batch 2 of 0 … 4 breaks something of the host's own, so that the host's own code fails.
class ScriptDriverOwnBug : public testing::TestWithParam<OwnBug> {};

TEST_P(ScriptDriverOwnBug, EndsTheJobAndChargesNobody) {
  DriverHarness h(R"(
import sys, types
class DataFrame:
    "Its to_csv() takes the failure of what it writes to for one of its own, and goes on."
    def __len__(self): return 1
    def to_csv(self, stream, **arguments):
        for _ in range(20):
            try:
                stream.write('x' * 100000)
            except TypeError:
                pass
def run(mini_batch):
    if mini_batch[0] == 'item2':
        ring = sys._getframe(1).f_locals['ring']
        )" + GetParam().deed +
                  R"(
    return mini_batch
)");
  h.driver().set_window(8);
  h.give(0, 5);
  try {
    h.run_until([] { return false; });
    ADD_FAILURE() << "nothing was said";
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("internal error of prs_mpi's script host: TypeError: "), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("(" + GetParam().place + ":"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("in " + h.folder.path("logs/stderr.txt")), std::string::npos);
  }
  EXPECT_NE(h.folder.read("logs/stderr.txt").find("Traceback"), std::string::npos);
  for (const TryEnd& end : h.ended) {
    EXPECT_EQ(end.status, TryStatus::run_done);
    EXPECT_LT(end.task.mini_batch.value, 2u);
  }
  h.run_until([&] { return h.driver().is_over(); });
  EXPECT_EQ(h.hosts_ready, 1) << "it would fail again";
}

INSTANTIATE_TEST_SUITE_P(
    Places, ScriptDriverOwnBug,
    testing::Values(OwnBug{"in_the_loop", "ring.published = None", "prs_loop.py"},
                    OwnBug{"below_the_encoder", "ring.words = None; return ['x' * 100000]", "prs_ring.py"},
                    OwnBug{"in_the_sink", "sys.modules['prs_sink'].PIECE = None; return ['x'] * 100", "prs_sink.py"},
                    OwnBug{"below_code_that_swallows_it",
                           "sys.modules['pandas'] = types.SimpleNamespace(DataFrame=DataFrame); ring.words = None; "
                           "return DataFrame()",
                           "prs_ring.py"}),
    [](const auto& of) { return of.param.name; });

/// An exception that comes once, in the first process, from code of the user's that nothing of ours calls.
const std::string one_stray_exception = R"(
import os, signal, sys, threading, time
class Stray(Exception): pass
def raise_stray(*arguments): raise Stray('too late')
signal.signal(signal.SIGALRM, raise_stray)
def strike_while_waiting(number):
    "A signal once the host waits, for work or for room, and calls nothing of ours."
    def strike():
        while sys._current_frames()[threading.main_thread().ident].f_code.co_name != '_wait':
            time.sleep(0.01)
        os.kill(os.getpid(), number)
    threading.Thread(target=strike, daemon=True).start()
def is_first():
    try:
        os.close(os.open('../first', os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False
)";

TEST(ScriptDriverAside, PassesOverASignalThatStrikesAnIdleHost) {
  DriverHarness h(one_stray_exception + R"(
def run(mini_batch):
    if is_first():
        strike_while_waiting(signal.SIGALRM)
    return mini_batch
)");
  h.give(0);
  h.run_until_ended(1);
  h.run_until([&] { return h.folder.read("logs/stderr.txt").find("Stray: too late") != std::string::npos; });
  EXPECT_NE(h.folder.read("logs/stderr.txt").find("in raise_stray"), std::string::npos);
  h.give(1, 3);
  h.run_until_ended(4);
  EXPECT_EQ(h.hosts_ready, 1) << "the process goes on";
  for (const TryEnd& end : h.ended) EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message;
}

TEST(ScriptDriverAside, PassesOverASignalThatStrikesAHostThatWaitsForRoom) {
  DriverHarness h(one_stray_exception + R"(
def run(mini_batch):
    if is_first():
        strike_while_waiting(signal.SIGALRM)
    return ['x' * 60000] * 10
)");
  h.driver().set_window(30);
  h.driver().pause_harvest(true);
  h.give(0, 30);
  h.run_until([&] { return h.folder.read("logs/stderr.txt").find("Stray: too late") != std::string::npos; });
  h.driver().pause_harvest(false);
  h.run_until_ended(30);
  EXPECT_EQ(h.hosts_ready, 1);
  for (const TryEnd& end : h.ended) EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message;
}

TEST(ScriptDriverAside, AProcessThatIsAskedToEndWhileItIsIdleCostsNothing) {
  for (const std::string number : {"signal.SIGINT", "signal.SIGTERM"}) {
    DriverHarness h(one_stray_exception + R"(
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
def run(mini_batch):
    if is_first():
        strike_while_waiting()" +
                    number +
                    R"()
    return mini_batch
)");
    h.give(0);
    h.run_until([&] { return h.hosts_ready == 2; });
    h.give(1);
    h.run_until_ended(2);
    for (const TryEnd& end : h.ended) EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message;
    EXPECT_TRUE(h.has_note("no mini-batch was running"));
  }
}

struct Aside {
  std::string name, deed, category;
};

/// A profile function strikes at a certain call of the host's own, in the first process; `deed` is what it does there.
class ScriptDriverStruck : public testing::TestWithParam<Aside> {
 protected:
  static std::string script(const std::string& deed, const std::string& called, bool is_once) {
    return one_stray_exception + R"(
def asynchronous(kind):
    import ctypes
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.main_thread().ident), ctypes.py_object(kind))
def strike(frame, event, function):
    if event == 'c_call' and function.__name__ == ')" +
           called + R"(' and os.path.basename(frame.f_code.co_filename).startswith('prs_'):
        sys.setprofile(None)
        )" +
           deed +
           R"(
def run(mini_batch):
    if mini_batch[0] == 'item2' and )" +
           std::string(is_once ? "is_first()" : "True") + R"(:
        sys.setprofile(strike)
    return (mini_batch[0] * 30000 for _ in range(5))
)";
  }
};

TEST_P(ScriptDriverStruck, RunsAgainUnchargedInANewProcess) {
  // Called for a piece of rows, when others of the same mini-batch were taken.
  DriverHarness h(script(GetParam().deed, "crc32", true));
  h.driver().set_window(4);
  h.give(0, 6);
  h.run_until_ended(6);
  EXPECT_EQ(h.hosts_ready, 2) << "the exception never came";
  for (std::size_t i = 0; i < h.ended.size(); ++i) {
    const TryEnd& end = h.ended[i];
    EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message << end.failure.detail;
    std::string row;
    for (int k = 0; k < 30000; ++k) row += "item" + std::to_string(end.task.mini_batch.value);
    row += '\n';
    EXPECT_TRUE(h.rows.at(i) == row + row + row + row + row) << "rows of mini-batch " << end.task.mini_batch.value;
  }
  EXPECT_TRUE(h.has_note("came while none of its code was called"));
  EXPECT_TRUE(h.has_note(GetParam().category));
  h.shut_down();
}

INSTANTIATE_TEST_SUITE_P(
    Exceptions, ScriptDriverStruck,
    testing::Values(Aside{"exception_of_the_users", "raise_stray()", "Stray: too late"},
                    Aside{"exception_that_looks_like_ours", "raise TypeError('argument out of range')", "TypeError"},
                    Aside{"from_another_thread", "asynchronous(TypeError)", "TypeError"},
                    Aside{"keyboard_interrupt", "os.kill(os.getpid(), signal.SIGINT)", "KeyboardInterrupt"},
                    Aside{"exit", "sys.exit(3)", "SystemExit"}, Aside{"short_memory", "raise MemoryError()", "Memory"}),
    [](const auto& of) { return of.param.name; });

TEST_F(ScriptDriverStruck, IsChargedWhereItEndsOneProcessAfterTheOther) {
  DriverHarness h(script("raise_stray()", "crc32", false));
  h.driver().set_window(4);
  h.give(0, 6);
  h.run_until_ended(6);
  for (const TryEnd& end : h.ended)
    EXPECT_EQ(end.status, end.task.mini_batch.value == 2 ? TryStatus::process_died : TryStatus::run_done);
  EXPECT_EQ(h.end_of(2).failure.category, "Stray");
  EXPECT_NE(h.end_of(2).failure.message.find("Stray: too late"), std::string::npos) << h.end_of(2).failure.message;
  EXPECT_NE(h.end_of(2).failure.detail.find("in strike"), std::string::npos) << h.end_of(2).failure.detail;
  EXPECT_EQ(h.hosts_ready, 4) << "three of them in a row got no further";
}

}  // namespace
}  // namespace prs
