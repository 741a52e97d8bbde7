// What rank 0 waits for, and what not: disks that are slow or hang, and workers that write for long.
#include <gtest/gtest.h>

#include <csignal>

#include "master_harness.hpp"

namespace prs {
namespace {

using protocol::Tag;

constexpr std::size_t more_than_may_wait = 3 << 20;
/// Time goes on and rank 0 has had turns enough to hand out what it would.
constexpr int many_rests = 50;

TEST(MasterWaits, NothingIsHandedOutWhileTheLedgersDiskIsBehindAndThatIsNoLackOfProgress) {
  MasterHarness h(2, 60, [](RunConfig& config) { config.parallel.progress_update_timeout = 60; });
  int handed_out = 0, at_pause = 0, rests = 0;
  bool is_held = false, is_over = false;
  h.workers.run = [&](int, const Task& task) {
    if (++handed_out == 5) {
      h.hold_disk(more_than_may_wait);
      is_held = true;
    }
    return PlayedWorkers::done(task);
  };
  h.on_rest = [&] {
    if (!is_held || is_over) return;
    if (rests == 0 && !h.master().dispatcher().is_paused()) return;
    if (++rests == 2) at_pause = handed_out;  // what was on its way at the first one has arrived
    if (rests > 2) {
      EXPECT_EQ(handed_out, at_pause);
    }
    h.transport.advance(std::chrono::seconds(10));
    if (rests < many_rests) return;
    is_over = true;
    h.let_disk_go();
  };
  h.farm();
  EXPECT_TRUE(is_over) << "it was never paused";
  EXPECT_LT(at_pause, 60);
  EXPECT_EQ(handed_out, 60);
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().dispatcher().tally().done, 60);
}

TEST(MasterWaits, AStoppedWorkerIsSentNoMoreThanItsCreditHoweverMuchTheOthersDo) {
  constexpr std::uint64_t mini_batches = 400;
  constexpr std::size_t credit = 4;
  MasterHarness h(2, mini_batches);
  h.transport.peers().survive_losses();
  std::size_t tasks = 0, rests = 0;
  h.on_rest = [&] {
    const std::int64_t done = h.master().dispatcher().tally().done;
    if (done >= 10) h.workers.silent.insert(1);
    if (!h.workers.silent.contains(1) || h.transport.peers().is_lost(1)) return;
    while (const auto bytes = h.transport.try_take(1, Tag::work)) tasks += protocol::work_of(*bytes).tasks.size();
    if (done + static_cast<std::int64_t>(credit) < static_cast<std::int64_t>(mini_batches) || ++rests < many_rests) {
      h.transport.advance(std::chrono::milliseconds(100));
      return;
    }
    EXPECT_GT(h.master().dispatcher().running(), 0U) << "it was not stopped while it held work";
    h.transport.peers().lose(1);
  };
  h.farm();
  EXPECT_TRUE(h.transport.peers().is_lost(1)) << "it was never stopped";
  EXPECT_LE(tasks, credit);
  EXPECT_EQ(h.master().dispatcher().tally().done, static_cast<std::int64_t>(mini_batches));
}

TEST(MasterWaits, AFewRecordsThatWaitStopNothing) {
  MasterHarness h(1, 20);
  int handed_out = 0;
  bool was_paused = false;
  h.workers.run = [&](int, const Task& task) {
    if (++handed_out == 5) h.hold_disk(1);
    return PlayedWorkers::done(task);
  };
  h.on_rest = [&] {
    was_paused = was_paused || h.master().dispatcher().is_paused();
    if (handed_out == 20) h.let_disk_go();
  };
  h.farm();
  EXPECT_FALSE(was_paused);
  EXPECT_EQ(h.master().dispatcher().tally().done, 20);
}

TEST(MasterWaits, AWorkerThatWritesItsShareForLongIsWaitedForAsLongAsItGivesSigns) {
  MasterHarness h(2, 2);
  h.farm();
  h.workers.left_alone = {Tag::assemble};
  const TimePoint begun = h.transport.now();
  int beats = 0;
  h.on_rest = [&] {
    h.transport.advance(std::chrono::seconds(5));
    if (h.transport.now() - begun < std::chrono::minutes(5)) {
      h.transport.put(1, Tag::beat, protocol::plain_bytes(protocol::Busy::disk));
      ++beats;
    } else if (h.workers.try_take(1, Tag::assemble)) {
      h.transport.put(1, Tag::assembled, protocol::to_bytes(protocol::Assembled{true, {}}));
    }
  };
  EXPECT_TRUE(h.master()
                  .assemble([](std::size_t, std::size_t step) { return std::string(step == 0 ? "x" : ""); },
                            [](std::size_t, std::size_t) {}, 1)
                  .empty());
  EXPECT_GT(beats, 10);
  EXPECT_FALSE(h.master().ending());
  EXPECT_GE(h.transport.now() - begun, std::chrono::minutes(5));
}

TEST(MasterWaits, BeforeItsFirstSignOfLifeAWorkerHasLonger) {
  MasterHarness h(1, 1);
  EXPECT_EQ(h.transport.peers().sign_limit(1), std::chrono::minutes(2)) << "it makes its folders and files first";
  h.farm();
  EXPECT_EQ(h.transport.peers().sign_limit(1), std::chrono::seconds(30));
}

TEST(MasterWaits, AfterASecondSignalADiskThatHangsIsNotWaitedFor) {
  MasterHarness h(1, 4);
  h.farm();
  h.hold_disk(1);
  h.transport.signal(SIGUSR1);
  int rests = 0;
  h.on_rest = [&] {
    h.transport.advance(std::chrono::seconds(1));
    if (++rests == many_rests) h.transport.signal(SIGUSR1);
  };
  EXPECT_FALSE(h.master().sync_ledger());
  EXPECT_GE(rests, many_rests) << "after the first one it is waited for";
  EXPECT_TRUE(h.master().is_forced());
  EXPECT_EQ(h.master().hurry_cause(), "stopped at once by a second signal");
  h.let_disk_go();
}

}  // namespace
}  // namespace prs
