// What a script writes into the memory that its process shares with the worker (script/host_wire.hpp): nothing of it is
// taken for a result, and nobody pays for it who was done.

#include <gtest/gtest.h>

#include <filesystem>

#include "script/host_wire.hpp"
#include "script/script_driver.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

/// Mini-batch 3 of 0 … 7 does something to `memory`, all that its process shares with the worker, while the results of
/// 0, 1 and 2 lie there unread. Each returns one row, with `filling` characters before the item's name.
std::string stray_script(const std::string& deed, bool is_done_once = true, int filling = 0) {
  return R"(
import ctypes, os, time
def shared_memory():
    for line in open('/proc/self/maps'):
        if 'prs_script_host' in line:
            first, last = (int(x, 16) for x in line.split()[0].split('-'))
            return memoryview((ctypes.c_char * (last - first)).from_address(first)).cast('B')
def run(mini_batch):
    item = mini_batch[0]
    if item == 'item3' and not )" +
         std::string(is_done_once ? "os.path.exists('../spoilt')" : "False") + R"(:
        memory = shared_memory()
        published = int.from_bytes(memory[24:32], 'little')
        row_of_1 = bytes(memory).find(b'item1\n')
        )" +
         deed + R"(
        open('../spoilt', 'w').close()
    return ['x' * )" +
         std::to_string(filling) + R"( + item]
)";
}

void expect_a_row_of_each(const DriverHarness& h, std::uint64_t count, const std::string& filling = {}) {
  ASSERT_EQ(h.ended.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const TryEnd& end = h.ended[i];
    EXPECT_EQ(end.status, TryStatus::run_done) << end.task.mini_batch.value << end.failure.message;
    EXPECT_EQ(end.rows, 1u);
    EXPECT_TRUE(h.rows.at(i) == filling + "item" + std::to_string(end.task.mini_batch.value) + "\n")
        << "mini-batch " << end.task.mini_batch.value << " has other rows than it returned";
  }
}

struct StrayWrite {
  std::string name, deed;
  int filling = 0;
};

class ScriptDriverStrayWrite : public testing::TestWithParam<StrayWrite> {};

TEST_P(ScriptDriverStrayWrite, SpoilsNoResultAndChargesNobody) {
  DriverHarness h(stray_script(GetParam().deed, true, GetParam().filling));
  h.driver().set_window(8);
  h.driver().pause_harvest(true);  // so that what is spoilt was not read before
  h.give(0, 8);
  h.run_until([&] { return std::filesystem::exists(h.folder.path("spoilt")); });
  h.driver().pause_harvest(false);
  h.run_until_ended(8);
  expect_a_row_of_each(h, 8, std::string(static_cast<std::size_t>(GetParam().filling), 'x'));
  EXPECT_EQ(h.hosts_ready, 2) << "the process with the spoilt memory is replaced";
  EXPECT_TRUE(h.has_note("wrote over the memory"));
  h.shut_down();
}

INSTANTIATE_TEST_SUITE_P(
    Writes, ScriptDriverStrayWrite,
    testing::Values(StrayWrite{"over_everything", "memory[:] = bytes([165]) * len(memory)"},
                    StrayWrite{"over_the_ring", "memory[4096:] = bytes(1) * (len(memory) - 4096)"},
                    StrayWrite{"over_a_row", "memory[row_of_1] = ord('I')"},
                    StrayWrite{"over_the_number_of_rows", "memory[row_of_1 - 24] = 2"},
                    StrayWrite{"over_the_end_of_long_rows",
                               "memory[4096 + published - 64:4096 + published] = bytes([165]) * 64", 300000}),
    [](const auto& of) { return of.param.name; });

TEST(ScriptDriverCrash, ChargesTheOneThatSpoilsTheSharedMemoryAgainAndAgain) {
  DriverHarness h(stray_script("memory[:] = bytes([165]) * len(memory); time.sleep(1000)", false));
  h.driver().set_window(8);
  h.give(0, 8);
  h.run_until_ended(8);
  for (std::uint64_t i = 0; i < 8; ++i)
    EXPECT_EQ(h.end_of(i).status, i == 3 ? TryStatus::process_died : TryStatus::run_done) << i;
  EXPECT_NE(h.end_of(3).failure.message.find("wrote over the memory"), std::string::npos);
  h.shut_down();
}

TEST(ScriptDriverCrash, AScriptThatPublishesWithoutEndDoesNotKeepTheWorker) {
  // Pieces of rows, each as soon as there is room, and a word of it as often: faster than they are taken.
  DriverHarness h(R"(
import sys
def run(mini_batch):
    frame = sys._getframe(1)
    ring, notify = frame.f_locals['ring'], frame.f_locals['notify']
    def wait_for_room(size):
        while ring.published + size - ring.words[16] > 4 << 20:
            pass
    ring._wait_for_room = wait_for_room
    while True:
        notify()
        ring.emit(bytes(1 << 18))
)",
                  [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::seconds(1); });
  h.keeps_rows = false;
  h.give(0);
  std::size_t before = 0, most = 0;
  h.run_until([&] {
    most = std::max(most, h.row_bytes - before);
    before = h.row_bytes;
    return h.ended.size() == 1;
  });
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_timeout) << h.end_of(0).failure.message;
  EXPECT_GT(h.row_bytes, ring_bytes);
  EXPECT_LE(most, ring_bytes) << "in one poll()";
  h.shut_down();
}

}  // namespace
}  // namespace prs
