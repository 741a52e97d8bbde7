// A pause: nothing is handed out while what ended cannot be written down, and all goes on as if there had been none.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "scheduling/dispatcher.hpp"

namespace prs {
namespace {

using namespace std::chrono_literals;

/// Workers that hold what they get until end() or give_back().
class PausedFarm {
 public:
  PausedFarm(std::uint64_t mini_batches, std::uint32_t workers)
      : dispatcher({mini_batches, 3, workers, 60s, 20ms}), held(workers + 1) {
    dispatcher.begin(now);
    for (std::uint32_t worker = 1; worker <= workers; ++worker) {
      dispatcher.on_host_state(WorkerId{worker}, true, now, commands_);
      credit(worker, 2);
    }
  }
  void credit(std::uint32_t worker, std::uint32_t credit) {
    dispatcher.on_credit(WorkerId{worker}, credit, now, commands_);
    take_hand_outs();
  }
  void pause(bool is_paused) {
    dispatcher.set_paused(is_paused, now, commands_);
    take_hand_outs();
  }
  void end(std::uint32_t worker, TryStatus status = TryStatus::run_done) {
    const HandOut ended = held[worker].front();
    held[worker].pop_front();
    const std::uint32_t succeeded = status == TryStatus::run_done ? 1 : 0;
    dispatcher.on_outcome(WorkerId{worker}, {ended.mini_batch, ended.dequeue_count, status, 1, succeeded, 1, {}}, now,
                          commands_);
    take_hand_outs();
  }
  void give_back(std::uint32_t worker) {
    const std::vector<MiniBatchIndex> back{held[worker].back().mini_batch};
    held[worker].pop_back();
    dispatcher.on_given_back(WorkerId{worker}, back, now, commands_);
    take_hand_outs();
  }
  std::uint64_t tick(Dispatcher::Duration later) {
    now += later;
    dispatcher.on_tick(now, commands_);
    const std::uint64_t call_backs = commands_.call_backs.size();
    take_hand_outs();
    return call_backs;
  }
  std::size_t held_in_all() const {
    std::size_t sum = 0;
    for (const auto& each : held) sum += each.size();
    return sum;
  }

  Dispatcher::TimePoint now{1s};
  Dispatcher dispatcher;
  std::vector<std::deque<HandOut>> held;

 private:
  void take_hand_outs() {
    for (const HandOut& hand_out : commands_.hand_outs) held[hand_out.worker.value].push_back(hand_out);
    commands_.clear();
    dispatcher.check_invariants();
  }
  Commands commands_;
};

}  // namespace

TEST(DispatcherPause, NothingIsHandedOutUntilItEndsAndThenEverybodyIsFed) {
  PausedFarm farm(100, 3);
  farm.pause(true);
  for (std::uint32_t worker = 1; worker <= 3; ++worker) {
    farm.end(worker);
    farm.end(worker, TryStatus::run_exception);
    farm.credit(worker, 4);
  }
  EXPECT_EQ(farm.held_in_all(), 0U);
  farm.pause(false);
  for (std::uint32_t worker = 1; worker <= 3; ++worker) EXPECT_EQ(farm.held[worker].size(), 4U);
}

TEST(DispatcherPause, AWorkerThatWaitedForWorkBeforeItGetsWhatCameBackMeanwhile) {
  PausedFarm farm(2, 3);
  ASSERT_TRUE(farm.held[3].empty());
  farm.pause(true);
  farm.end(1, TryStatus::run_exception);
  farm.give_back(2);
  EXPECT_TRUE(farm.held[3].empty());
  farm.pause(false);
  EXPECT_FALSE(farm.held[3].empty());
}

TEST(DispatcherPause, IsNoLackOfProgress) {
  PausedFarm farm(10, 1);
  farm.pause(true);
  farm.end(1);
  farm.end(1);
  farm.now += 10min;
  EXPECT_FALSE(farm.dispatcher.is_stuck(farm.now));
  farm.pause(false);
  EXPECT_FALSE(farm.dispatcher.is_stuck(farm.now));
  EXPECT_TRUE(farm.dispatcher.is_stuck(farm.now + 61s));
}

TEST(DispatcherPause, NothingIsCalledBackThatCouldNotBeHandedOutAnyway) {
  PausedFarm farm(4, 2);
  farm.credit(1, 4);
  farm.end(2);
  while (!farm.held[2].empty()) farm.end(2);
  farm.pause(true);
  EXPECT_EQ(farm.tick(1s), 0U);
}

TEST(DispatcherPause, EveryMiniBatchEndsHoweverOftenAndWheneverItIsPaused) {
  std::random_device device;
  for (int round = 0; round < 200; ++round) {
    const auto seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto workers = static_cast<std::uint32_t>(1 + random() % 5);
    PausedFarm farm(random() % 200, workers);
    while (!farm.dispatcher.is_over()) {
      const auto worker = static_cast<std::uint32_t>(1 + random() % workers);
      if (random() % 4 == 0) farm.pause(!farm.dispatcher.is_paused());
      if (random() % 4 == 0) farm.credit(worker, static_cast<std::uint32_t>(1 + random() % 8));
      if (!farm.held[worker].empty())
        farm.end(worker, random() % 4 == 0 ? TryStatus::run_exception : TryStatus::run_done);
      if (!farm.held[worker].empty() && random() % 8 == 0) farm.give_back(worker);
      if (farm.held_in_all() == 0) farm.pause(false);
      ASSERT_TRUE(farm.dispatcher.is_over() || farm.held_in_all() > 0 || farm.dispatcher.is_paused());
    }
  }
}

}  // namespace prs
